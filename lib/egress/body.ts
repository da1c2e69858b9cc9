import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'

type Decoder = ReturnType<typeof createGunzip>

export type SinkEvents = {
  onDone: (body: Uint8Array) => void
  onTooLarge: () => void
  /** the compressed stream is corrupt or cut short */
  onCorrupt: () => void
  /** stop reading from the socket until `onResume`: the decoder is behind */
  onPause: () => void
  onResume: () => void
}

export type BodySink = {
  write: (chunk: Uint8Array) => void
  end: () => void
  destroy: (error?: Error) => void
}

// Gzip of random bytes is slightly longer than its input; beyond this, input without output is an attack on the CPU.
const framingSlackBytes = 64 * 1024
const firstBufferBytes = 1024

/** Whether `createSink` can decode this `Content-Encoding`; lists of encodings are refused, no provider sends them. */
export function isKnownEncoding(encoding: string): boolean {
  return ['', 'identity', 'gzip', 'x-gzip', 'deflate', 'br'].includes(encoding)
}

/**
 * Collects a body, decompressed as it streams, and stops at the cap: a bomb never exists in memory as a whole.
 * @param maxBytes cap on the decompressed size
 */
export function createSink(encoding: string, maxBytes: number, events: SinkEvents): BodySink {
  // One growing buffer, not a list: a body sent in one-byte chunks would cost a hundred times its size in objects.
  let buffer = new Uint8Array(Math.min(maxBytes, firstBufferBytes))
  let size = 0
  let received = 0
  let closed = false
  let decoder: Decoder | undefined

  const destroy = () => {
    closed = true
    buffer = new Uint8Array(0)
    decoder?.destroy()
  }
  const overflow = () => {
    destroy()
    events.onTooLarge()
  }
  const keep = (part: Uint8Array) => {
    if (closed) return
    const end = size + part.byteLength
    if (end > maxBytes) return overflow()
    if (end > buffer.byteLength) {
      const grown = new Uint8Array(Math.min(maxBytes, Math.max(end, buffer.byteLength * 2)))
      grown.set(buffer.subarray(0, size))
      buffer = grown
    }
    buffer.set(part, size)
    size = end
  }
  const finish = () => {
    if (closed) return
    closed = true
    events.onDone(buffer.slice(0, size))
  }
  const startDecoder = (first: Uint8Array) => {
    const made = decoderFor(encoding, first)
    made.on('data', keep)
    made.on('end', finish)
    made.on('drain', events.onResume)
    made.on('error', () => {
      if (closed) return
      destroy()
      events.onCorrupt()
    })
    return made
  }

  return {
    write(chunk) {
      if (closed || chunk.byteLength === 0) return
      if (encoding === '' || encoding === 'identity') return keep(chunk)
      received += chunk.byteLength
      if (received > maxBytes + framingSlackBytes) return overflow()
      decoder ??= startDecoder(chunk)
      if (!decoder.write(chunk)) events.onPause()
    },
    end() {
      if (closed) return
      if (decoder === undefined) finish()
      else decoder.end()
    },
    destroy,
  }
}

function decoderFor(encoding: string, first: Uint8Array): Decoder {
  if (encoding === 'br') return createBrotliDecompress()
  if (encoding !== 'deflate') return createGunzip()
  // RFC 9110 §8.4.1.2 note: some servers send `deflate` without the zlib wrapper, whose first byte ends in 8.
  return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw()
}
