import { writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

const standardOutput = 1
const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * Standard output, with the lines of one turn of the loop in one write: many calls end in the same turn, and a write
 * costs more than what it writes. What is gathered when the process ends is its last act.
 */
export function toStandardOutput(write: (text: string) => void = writeAll): DestinationStream {
  let gathered = ''
  const flush = () => {
    const text = gathered
    gathered = ''
    if (text !== '') write(text)
  }
  process.on('exit', flush)
  return {
    write: (line) => {
      if (gathered === '') setImmediate(flush)
      gathered += line
    },
  }
}

/** A pipe that is full is waited for; one that nobody reads any more is no reason to end. */
function writeAll(text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(standardOutput, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}
