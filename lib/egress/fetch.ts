import type { EgressPurpose } from './allow.ts'
import type { EgressRequest, EgressResponse } from './exchange.ts'
import { parseTarget } from './target.ts'

export type EgressFetchOptions = Pick<EgressRequest, 'hosts' | 'deadlineMs' | 'maxBytes'>
export type EgressFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

const bodiless = new Set([204, 205, 304])

/** Adapts `request` to the Fetch API; the whole body is read before the Response exists, so the deadline covers it. */
export function toFetch(
  request: (call: EgressRequest) => Promise<EgressResponse>,
  purpose: EgressPurpose,
  options: EgressFetchOptions,
): EgressFetch {
  return async (input, init) => {
    // Before `new Request`, whose own errors quote the URL.
    const url = parseTarget(input instanceof Request ? input.url : input)
    const { signal: _, ...rest } = init ?? {}
    const asked = new Request(input instanceof Request ? input : url, { ...rest, redirect: 'manual' })
    const body = new Uint8Array(await asked.arrayBuffer())
    const headers = Object.fromEntries(asked.headers)
    // Recomputed from the body that is really sent.
    delete headers['content-length']
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    const answer = await request({
      ...options,
      purpose,
      method: asked.method,
      url,
      headers,
      ...(body.byteLength > 0 && { body }),
      ...(signal && { signal }),
    })
    const payload = bodiless.has(answer.status) ? null : new Uint8Array(answer.body)
    return new Response(payload, { status: answer.status, headers: answer.headers })
  }
}
