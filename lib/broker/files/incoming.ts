import { createHash } from 'node:crypto'
import type { FileSaid } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import { type Moved, stallMsMax } from './moved.ts'

/** The body of a request that carries a file. */
export type Upload = {
  body: ReadableStream<Uint8Array> | null
  /** What `Content-Length` says; `null` where it says nothing. */
  bytes: number | null
}

/** A caller's file on its way to the provider. */
export type Incoming = {
  /** `complete`: the provider may have all of it. Before that nobody can take what was sent for the file. */
  readonly state: 'untouched' | 'begun' | 'complete'
  readonly said: FileSaid
  /** Can be taken once. @throws AppError `invalid_request` where the bytes are not what was said of them */
  chunks(): AsyncGenerator<Uint8Array, void, undefined>
  moved(): Moved
}

const differs = (detail: string, path: string) =>
  new AppError('invalid_request', {
    detail: `${detail} The provider was not given the whole of it.`,
    param: `params.file.${path}`,
    errors: [{ path: `params.file.${path}`, message: 'is not what was sent' }],
  })
const short = () => differs('The file ended before its size_bytes.', 'size_bytes')

/**
 * Hands a caller's file on as it comes. Its last piece is held back until length and digest are found to be what the
 * call says: a request that ends before is none (RFC 9112 §8), so that nothing but the very file that was asked about,
 * approved and recorded is ever complete at the provider.
 * @param signal ends it
 */
export function incoming(upload: Upload, said: FileSaid, signal: AbortSignal): Incoming {
  let state: Incoming['state'] = 'untouched'
  let bytes = 0
  const hash = createHash('sha256')

  function take(chunk: Uint8Array): Uint8Array {
    bytes += chunk.byteLength
    if (bytes > said.size_bytes) throw differs('The file is longer than its size_bytes.', 'size_bytes')
    hash.update(chunk)
    return chunk
  }

  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    if (state !== 'untouched') throw new Error('a file is sent once')
    state = 'begun'
    const reader = upload.body?.getReader()
    try {
      let held: Uint8Array | null = null
      for (;;) {
        const next: Uint8Array | null = reader ? await nextOf(reader, signal) : null
        if (next === null) break
        if (next.byteLength === 0) continue
        // Looked at first: what is too long ends here, before the piece that would make it whole has left.
        const seen = take(next)
        if (held !== null) yield held
        held = seen
      }
      if (bytes < said.size_bytes) throw short()
      if (hash.digest('hex') !== said.sha256)
        throw differs('The file is not the one of its sha256.', 'sha256')
      state = 'complete'
      if (held !== null) yield held
    } finally {
      if (reader) void discard(reader)
    }
  }

  return {
    get state() {
      return state
    },
    said,
    chunks,
    moved: () => ({
      direction: 'in',
      media_type: said.media_type,
      size_bytes: bytes,
      sha256: state === 'complete' ? said.sha256 : null,
      complete: state === 'complete',
    }),
  }
}

const discardMsMax = 5_000

/**
 * Takes what is left of a file that goes nowhere any more: a connection that is closed while its caller still sends is
 * closed before the answer was read (RFC 9112 §9.6).
 */
async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const until = performance.now() + discardMsMax
  try {
    while (performance.now() < until && !(await reader.read()).done);
  } catch {
    // Hung up.
  } finally {
    reader.releaseLock()
  }
}

/** @returns `null` at the end */
async function nextOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  let over = () => {}
  const ended = new Promise<never>((_, fail) => {
    const late = setTimeout(() => fail(short()), stallMsMax)
    const onAbort = () => fail(signal.reason instanceof AppError ? signal.reason : short())
    signal.addEventListener('abort', onAbort, { once: true })
    over = () => {
      clearTimeout(late)
      signal.removeEventListener('abort', onAbort)
    }
    if (signal.aborted) onAbort()
  })
  // Whoever sends the file has hung up: what came of it is not the file.
  const read = reader.read().catch(() => Promise.reject(short()))
  try {
    const { done, value } = await Promise.race([read, ended])
    return done ? null : value
  } finally {
    over()
  }
}
