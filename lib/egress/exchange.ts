import type { Agent, Dispatcher } from 'undici'
import type { EgressPurpose } from './allow.ts'
import { type BodySink, createSink, isKnownEncoding } from './body.ts'
import { EgressError, type EgressErrorKind, InvalidJsonError, kindOf, transportCode } from './errors.ts'
import { Refusal } from './guard.ts'
import type { EgressMethod } from './target.ts'

export type EgressRequest = {
  purpose: EgressPurpose
  method: string
  url: string | URL
  headers?: Record<string, string>
  body?: string | Uint8Array
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
  body: string | Uint8Array | undefined
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
    let requestSent = false
    let settled = false
    let complete = false

    const settle = () => {
      settled = true
      clearTimeout(timer)
      call.signal?.removeEventListener('abort', onAbort)
    }
    const fail = (kind: EgressErrorKind, why: string, code?: string) => {
      if (settled) return
      settle()
      reject(new EgressError(kind, `egress ${call.label}: ${why}`, { requestSent, code }))
      sink?.destroy()
      // Destroys the socket, so that a stalling peer does not hold a slot in the pool.
      controller?.abort(new Error('egress ended'))
    }
    // In a process that was suspended or busy past the deadline, timers come before what its sockets hold: one turn
    // more reads an answer that has arrived. It may carry a token that is not given twice.
    const outOfTime = (why: string) => void setImmediate(() => complete || fail('timeout', why))
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
        const headers = toHeaders(rawHeaders)
        if (isRedirect(status)) return fail('redirect', `answered ${status}${towards(headers, call.url)}`)
        const encoding = (headers.get('content-encoding') ?? '').trim().toLowerCase()
        if (!isKnownEncoding(encoding)) return fail('network', 'answered in an unknown content encoding')
        const declared = Number(headers.get('content-length') ?? 0)
        const tooLarge = () => fail('too_large', `answered more than ${call.maxBytes} bytes`)
        if (call.method !== 'HEAD' && encoding === '' && declared > call.maxBytes) return tooLarge()
        if (encoding !== '') {
          headers.delete('content-encoding')
          headers.delete('content-length')
        }
        sink = createSink(encoding, call.maxBytes, {
          onDone: (body) => {
            if (settled) return
            settle()
            resolve(toResponse(status, headers, body))
          },
          onTooLarge: tooLarge,
          onCorrupt: () => fail('network', 'answered a body that does not decompress'),
          onPause: () => control.pause(),
          onResume: () => control.resume(),
        })
      },
      onResponseData(_control, chunk) {
        sink?.write(chunk)
      },
      onResponseEnd() {
        complete = true
        sink?.end()
      },
      onResponseError(_control, error) {
        if (error instanceof Refusal) return fail('refused', error.message)
        const code = transportCode(error)
        fail(kindOf(code), `failed${code === undefined ? '' : ` with ${code}`}`, code)
      },
    }

    agent.dispatch(
      {
        origin: call.url.origin,
        path: call.url.pathname + call.url.search,
        method: call.method,
        headers: call.headers,
        body: call.body ?? null,
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

function towards(headers: Headers, base: URL): string {
  const target = URL.parse(headers.get('location') ?? '', base)
  return target === null || target.hostname === '' ? '' : ` towards ${target.hostname}`
}

function toHeaders(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(raw)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one)
  }
  return headers
}

function toResponse(status: number, headers: Headers, body: Uint8Array): EgressResponse {
  const text = () => new TextDecoder().decode(body)
  const json = (): unknown => {
    try {
      return JSON.parse(text())
    } catch {
      throw new InvalidJsonError()
    }
  }
  return { status, headers, body, text, json }
}
