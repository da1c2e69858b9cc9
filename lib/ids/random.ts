import { randomBytes } from 'node:crypto'

const poolBytes = 4096
let pool = Buffer.alloc(0)

/**
 * Random bytes for what every call needs some of and what is no secret: nonces, ids of traces. The system is asked for
 * many at once, since asking costs more than what is done with them; none is given out twice. Keys are not drawn here.
 */
export function drawBytes(count: number): Buffer {
  if (pool.length < count) pool = randomBytes(Math.max(poolBytes, count))
  const drawn = pool.subarray(0, count)
  pool = pool.subarray(count)
  return drawn
}
