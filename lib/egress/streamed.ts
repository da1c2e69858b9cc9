import { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { BodySink } from './body.ts'

export type StreamEvents = {
  onTooLarge: () => void
  onCorrupt: () => void
  /** stop reading from the socket until `onResume`: whoever takes the body is behind */
  onPause: () => void
  onResume: () => void
}

/** What is held of a body between the socket and whoever takes it. */
const heldBytesMax = 256 * 1024

/**
 * A body that is handed on as it comes, decompressed, and never held whole. The socket is read no faster than the body
 * is taken.
 * @param maxBytes cap on the decompressed size
 */
export function createStream(
  encoding: string,
  maxBytes: number,
  events: StreamEvents,
): BodySink & { body: AsyncIterable<Uint8Array> } {
  const raw = new Readable({ highWaterMark: heldBytesMax, read: events.onResume })
  const decoder = decoderFor(encoding)
  const out: Readable = decoder ?? raw
  // Whoever takes the body is told by the iteration; an error that nobody is waiting for must not end the process.
  raw.on('error', () => {})
  if (decoder) {
    decoder.on('error', () => events.onCorrupt())
    raw.pipe(decoder)
  }
  async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
    let size = 0
    for await (const chunk of out) {
      const bytes = chunk as Buffer
      size += bytes.byteLength
      if (size > maxBytes) {
        events.onTooLarge()
        throw new Error('too large')
      }
      yield bytes
    }
  }
  return {
    body: body(),
    write: (chunk) => {
      if (!raw.destroyed && !raw.push(chunk)) events.onPause()
    },
    end: () => void (raw.destroyed || raw.push(null)),
    destroy: (error) => {
      raw.destroy(error)
      decoder?.destroy(error)
    },
  }
}

function decoderFor(encoding: string) {
  if (encoding === 'br') return createBrotliDecompress()
  if (encoding === 'deflate') return createInflate()
  return encoding === 'gzip' || encoding === 'x-gzip' ? createGunzip() : null
}
