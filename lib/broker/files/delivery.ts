import { createHash } from 'node:crypto'
import { attachment } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import { log } from '#lib/log'
import { type Moved, stallMsMax } from './moved.ts'

/** A file on its way to the caller. */
export type Delivery = {
  /** The answer, as soon as the provider's file begins; until then a call may still end in an error of the usual kind. */
  readonly opened: Promise<Response>
  readonly isOpen: boolean
  /** Aborted when whoever takes the file goes away. */
  readonly gone: AbortSignal
  open(file: { executionId: string; name: string; mediaType: string }): void
  /** Hands on a piece, and waits until there is room for more. @throws AppError where the caller does not take it */
  write(chunk: Uint8Array): Promise<void>
  /** Everything has been handed on. */
  whole(): Moved
  moved(): Moved | null
  /** The call is settled: only now the caller sees the end of the file. */
  end(): void
  /** The caller sees that the file was cut off. */
  fail(error: unknown): void
}

/** What is held of a file between the provider and the caller. */
const heldBytesMax = 256 * 1024

/** Types that a browser would run: they are given as octets, whatever the provider calls them. */
const active = /html|xml|svg|script|pdf|wasm|flash|xsl/

/**
 * Makes ready to hand a file on. Its length is not told beforehand: what ends the answer is its last chunk, and that is
 * sent when the call is settled. A file that is cut off, or whose audit could not be written, never looks whole.
 */
export function createDelivery(): Delivery {
  const { promise: opened, resolve } = Promise.withResolvers<Response>()
  const gone = new AbortController()
  const hash = createHash('sha256')
  let moved: Moved | null = null
  let isOpen = false
  let over = false
  let wake = () => {}
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        stream = controller
      },
      pull: () => wake(),
      cancel: () => {
        over = true
        gone.abort(left())
        wake()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: heldBytesMax }),
  )

  const room = (): Promise<void> =>
    new Promise((done, fail) => {
      const late = setTimeout(() => fail(left()), stallMsMax)
      wake = () => {
        clearTimeout(late)
        wake = () => {}
        if (over) fail(left())
        else done()
      }
    })

  return {
    opened,
    get isOpen() {
      return isOpen
    },
    gone: gone.signal,
    open: ({ executionId, name, mediaType }) => {
      isOpen = true
      moved = { direction: 'out', media_type: mediaType, size_bytes: 0, sha256: null, complete: false }
      resolve(new Response(body, { status: 200, headers: headersOf(executionId, name, mediaType) }))
    },
    write: async (chunk) => {
      if (over || !moved) throw left()
      hash.update(chunk)
      moved.size_bytes += chunk.byteLength
      stream?.enqueue(chunk)
      while ((stream?.desiredSize ?? 0) <= 0) await room()
    },
    whole: () => {
      if (!moved) throw new Error('no file was begun')
      moved = { ...moved, sha256: hash.digest('hex'), complete: true }
      return moved
    },
    moved: () => moved,
    end: () => {
      if (over || !isOpen) return
      over = true
      stream?.close()
    },
    fail: (error) => {
      if (over || !isOpen) return
      over = true
      log.warn({ err: error }, 'file cut off')
      stream?.error(new Error('the file ends here'))
    },
  }
}

const left = () =>
  new AppError('upstream_timeout', {
    detail: 'Whoever asked for the file does not take it any more.',
    category: 'transient',
  })

/** Nothing of a provider's is ever shown by a browser at our address. */
const headersOf = (executionId: string, name: string, mediaType: string) => ({
  'content-type': active.test(mediaType) ? 'application/octet-stream' : mediaType,
  'content-disposition': attachment(name),
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store, no-transform',
  'behalf-execution-id': executionId,
  'behalf-content-trust': 'untrusted_provider_data',
})

/**
 * The answer of a call that may give a file: the file, as soon as it begins; else what the call answered.
 * @throws what the call throws before its file begins
 */
export async function answeredWith<Answered>(
  delivery: Delivery,
  running: Promise<Answered>,
): Promise<Answered | Response> {
  running.then(
    () => delivery.end(),
    (error: unknown) => delivery.fail(error),
  )
  return Promise.race([delivery.opened, running])
}
