import type { ServerResponse } from 'node:http'

const texts = new WeakMap<Response, string>()

/** A JSON answer that no cache keeps. Its text is remembered, so that our own front need not read it from a stream. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const text = JSON.stringify(body)
  const response = new Response(text, {
    status,
    headers: { 'cache-control': 'no-store', 'content-type': 'application/json', ...headers },
  })
  texts.set(response, text)
  return response
}

/**
 * Sends an answer of `json` in one piece; a `Response` that is read as a stream goes out in three.
 * @returns whether it was one
 */
export function sendPlain(response: Response, outgoing: ServerResponse): boolean {
  const text = texts.get(response)
  if (text === undefined || response.bodyUsed) return false
  const headers: Record<string, string | number> = { 'content-length': Buffer.byteLength(text) }
  for (const [name, value] of response.headers) headers[name] = value
  outgoing.writeHead(response.status, headers).end(text)
  return true
}
