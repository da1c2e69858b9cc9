import { Readable } from 'node:stream'
import type { Agent, Dispatcher } from 'undici'
import type { EgressPurpose } from './allow.ts'
import { type BodySink, createSink, isKnownEncoding } from './body.ts'
import { EgressError, type EgressErrorKind, InvalidJsonError, kindOf, transportCode } from './errors.ts'
import { Refusal } from './guard.ts'
import { createStream } from './streamed.ts'
import type { EgressMethod } from './target.ts'

/** A body that is sent as it comes. A request that carries one is never sent again by the transport. */
export type StreamedBody = {
  /** its whole length: a body that ends before is no message, and nobody may take it for one (RFC 9112 §8) */
  bytes: number
  /** what it throws ends the request, and is what the request fails with */
  chunks: AsyncIterable<Uint8Array>
}

/** Takes a body as it comes; the request ends when it has, and with what it throws. */
export type TakeBody = (body: AsyncIterable<Uint8Array>) => Promise<void>

export type EgressRequest = {
  purpose: EgressPurpose
  method: string
  url: string | URL
  headers?: Record<string, string>
  body?: string | Uint8Array | StreamedBody
  /** For the body of a 2xx, which is then empty in the response; what it throws is what the request fails with. */
  deliver?: (head: Pick<EgressResponse, 'status' | 'headers'>) => TakeBody
  /** longest pause of the peer within a body that is streamed, in milliseconds; default 30 000 */
  stallMs?: number
  /** `host` or `host:port`, one of which the URL's host must equal exactly; required for purpose `provider` */
  hosts?: readonly string[]
  /** total, in milliseconds, over lookup, connection, headers and body; default 30 000 */
  deadlineMs?: number
  /** cap on the body after decompression; default 4 MiB */
  maxBytes?: number
  signal?: AbortSignal
}

export type EgressResponse = {
  status: number
  /** without `content-encoding` and `content-length` once the body has been decoded */
  headers: Headers
  body: Uint8Array
  text: () => string
  /** @throws InvalidJsonError, which never quotes the body */
  json: () => unknown
}

export type Exchange = {
  /** for messages: purpose and host */
  label: string
  url: URL
  method: EgressMethod
  headers: Record<string, string>
  body: string | Uint8Array | StreamedBody | undefined
  deliver: EgressRequest['deliver']
  stallMs: number
  deadlineMs: number
  maxBytes: number
  signal: AbortSignal | undefined
}

/**
 * One request and its whole answer, under one deadline that spans name lookup, connection, headers and body.
 * It drives the dispatcher itself, because only there is it known whether the request had begun to be written.
 * @throws EgressError
 */
export function exchange(agent: Agent, call: Exchange): Promise<EgressResponse> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let sink: BodySink | undefined
    let streaming = false
    let requestSent = false
    let settled = false
    let complete = false

    const settle = () => {
      settled = true
      clearTimeout(timer)
      clearTimeout(stall)
      call.signal?.removeEventListener('abort', onAbort)
    }
    const fail = (kind: EgressErrorKind, why: string, code?: string) => {
      if (settled) return
      end(new EgressError(kind, `egress ${call.label}: ${why}`, { requestSent, code }))
    }
    const end = (error: Error) => {
      if (settled) return
      settle()
      reject(error)
      sink?.destroy(error)
      // Destroys the socket, so that a stalling peer does not hold a slot in the pool.
      controller?.abort(new Error('egress ended'))
    }
    // In a process that was suspended or busy past the deadline, timers come before what its sockets hold: one turn
    // more reads an answer that has arrived. It may carry a token that is not given twice.
    const outOfTime = (why: string) =>
      void setImmediate(() => (complete && !streaming) || fail('timeout', why))
    // A peer that neither sends nor takes anything is not waited for until the deadline.
    let stall: NodeJS.Timeout | undefined
    const beat = () => {
      clearTimeout(stall)
      if (!settled)
        stall = setTimeout(() => fail('timeout', `nothing within ${call.stallMs} ms`), call.stallMs)
    }
    const quiet = () => clearTimeout(stall)
    const onAbort = () => {
      const timedOut = call.signal?.reason instanceof Error && call.signal.reason.name === 'TimeoutError'
      if (timedOut) outOfTime('the caller ran out of time')
      else fail('aborted', 'the caller gave up')
    }
    const timer = setTimeout(() => outOfTime(`no answer within ${call.deadlineMs} ms`), call.deadlineMs)
    if (call.signal?.aborted) return onAbort()
    call.signal?.addEventListener('abort', onAbort, { once: true })

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(control) {
        // Settled: it waited for a connection until past the deadline. Sent: the dispatcher requeued it, and a write
        // must never go out twice.
        if (settled || requestSent) {
          control.abort(new Error('egress ended'))
          fail('reset', 'the connection was lost after the request was sent')
          return
        }
        controller = control
        requestSent = true
      },
      onResponseStart(control, status, rawHeaders) {
        if (status < 200 || settled) return
        if (isRedirect(status))
          return fail('redirect', `answered ${status}${towards(headerOf(rawHeaders, 'location'), call.url)}`)
        const encoding = headerOf(rawHeaders, 'content-encoding').trim().toLowerCase()
        if (!isKnownEncoding(encoding)) return fail('network', 'answered in an unknown content encoding')
        const declared = Number(headerOf(rawHeaders, 'content-length'))
        const tooLarge = () => fail('too_large', `answered more than ${call.maxBytes} bytes`)
        if (call.method !== 'HEAD' && encoding === '' && declared > call.maxBytes) return tooLarge()
        // Most answers are read for their body alone.
        let made: Headers | undefined
        const headers = (): Headers => {
          made ??= toHeaders(rawHeaders, encoding !== '')
          return made
        }
        quiet()
        const flow = { onPause: () => control.pause(), onResume: () => control.resume() }
        const onCorrupt = () => fail('network', 'answered a body that does not decompress')
        const take = status < 300 ? call.deliver : undefined
        if (take) {
          streaming = true
          const stream = createStream(encoding, call.maxBytes, {
            onTooLarge: tooLarge,
            onCorrupt,
            onPause: () => {
              quiet()
              control.pause()
            },
            onResume: () => {
              if (!complete) beat()
              control.resume()
            },
          })
          sink = stream
          const done = () => {
            if (settled) return
            settle()
            resolve(toResponse(status, headers, new Uint8Array(0)))
          }
          const taking = async () => take({ status, headers: headers() })(stream.body)
          taking().then(done, (thrown: unknown) =>
            end(thrown instanceof Error ? thrown : new Error('not taken')),
          )
          return
        }
        sink = createSink(encoding, call.maxBytes, {
          onDone: (body) => {
            if (settled) return
            settle()
            resolve(toResponse(status, headers, body))
          },
          onTooLarge: tooLarge,
          onCorrupt,
          ...flow,
        })
      },
      onResponseData(_control, chunk) {
        if (streaming) beat()
        sink?.write(chunk)
      },
      onResponseEnd() {
        complete = true
        quiet()
        sink?.end()
      },
      onResponseError(_control, error) {
        if (unsent) return end(unsent)
        if (error instanceof Refusal) return fail('refused', error.message)
        const code = transportCode(error)
        fail(kindOf(code), `failed${code === undefined ? '' : ` with ${code}`}`, code)
      },
    }

    // What ended a streamed body on our side: it is what the request fails with.
    let unsent: Error | undefined
    async function* outgoing({ chunks }: StreamedBody): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        for await (const chunk of chunks) {
          beat()
          yield chunk
        }
        // From here on the peer has everything, and may think about it.
        quiet()
      } catch (thrown) {
        unsent = thrown instanceof Error ? thrown : new Error('not sent')
        throw unsent
      }
    }
    const { body } = call
    const streamed = typeof body === 'object' && 'chunks' in body ? body : undefined

    agent.dispatch(
      {
        origin: call.url.origin,
        path: call.url.pathname + call.url.search,
        method: call.method,
        headers: streamed ? { ...call.headers, 'content-length': String(streamed.bytes) } : call.headers,
        body: streamed
          ? Readable.from(outgoing(streamed), { objectMode: false })
          : ((body ?? null) as string | Uint8Array | null),
        // The deadline above is total; a per-chunk timeout is what a slow-loris slips through.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      handler,
    )
  })
}

/** 304 is no redirect: it carries no target and answers the caller's own conditional request. */
function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304
}

function towards(location: string, base: URL): string {
  const target = URL.parse(location, base)
  return target === null || target.hostname === '' ? '' : ` towards ${target.hostname}`
}

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>

/** As `Headers` gives it; empty where there is none. */
const headerOf = (raw: RawHeaders, name: string): string => {
  const value = Object.hasOwn(raw, name) ? (raw[name] ?? '') : ''
  return Array.isArray(value) ? value.join(', ') : value
}

/** @param decoded whether the body was: then what was said of it as it came does not hold any more */
function toHeaders(raw: RawHeaders, decoded: boolean): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(raw)) {
    if (decoded && (name === 'content-encoding' || name === 'content-length')) continue
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one)
  }
  return headers
}

function toResponse(status: number, headers: () => Headers, body: Uint8Array): EgressResponse {
  const text = () => new TextDecoder().decode(body)
  const json = (): unknown => {
    try {
      return JSON.parse(text())
    } catch {
      throw new InvalidJsonError()
    }
  }
  return {
    status,
    get headers() {
      return headers()
    },
    body,
    text,
    json,
  }
}
