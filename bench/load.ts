// The load: a closed loop per connection, each sending its next request when the last was answered in full. In a
// process of its own, so that no program under test shares an event loop with it.
import { randomUUID } from 'node:crypto'
import { Pool } from 'undici'
import { type Latency, latencyOf } from './figures.ts'

export type Load = {
  url: string
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body?: string
  connections: number
  seconds: number
  /** Ends it sooner. */
  requests?: number
  /** An Idempotency-Key of its own for every request. */
  keys?: boolean
}
export type Measured = Latency & {
  requestsPerSecond: number
  requests: number
  errors: number
  firstError?: string
}

/** Whatever is asked for, one load ends after this many requests. */
const requestsMax = 500_000

async function drive({ connections, seconds, requests = requestsMax, ...asked }: Load): Promise<Measured> {
  const { url, method, body, keys = false } = asked
  const target = new URL(url)
  if (target.hostname !== '127.0.0.1') throw new Error('load goes to 127.0.0.1 only')
  const pool = new Pool(target.origin, {
    connections,
    pipelining: 1,
    headersTimeout: 20_000,
    bodyTimeout: 20_000,
  })
  const latenciesMs: number[] = []
  let errors = 0
  let firstError: string | undefined
  const fail = (what: string) => {
    errors++
    firstError ??= what.slice(0, 500)
  }
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1000
  const one = async () => {
    while (performance.now() < endsAt && latenciesMs.length < requests && errors < 100) {
      const sentAt = performance.now()
      try {
        const headers = keys ? { ...asked.headers, 'idempotency-key': randomUUID() } : asked.headers
        const answer = await pool.request({ path: target.pathname, method, headers, body: body ?? null })
        const text = await answer.body.text()
        if (answer.statusCode === 200) latenciesMs.push(performance.now() - sentAt)
        else fail(`${answer.statusCode} ${text}`)
      } catch (error) {
        fail(String(error))
      }
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  const requestsPerSecond = (latenciesMs.length / (performance.now() - startedAt)) * 1000
  await pool.close()
  return {
    ...latencyOf(latenciesMs),
    requestsPerSecond,
    requests: latenciesMs.length,
    errors,
    ...(firstError !== undefined && { firstError }),
  }
}

process.on('message', (load: Load) => {
  void drive(load).then(
    (measured) => process.send?.({ measured }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  )
})
process.send?.('ready')
