import { Duplex } from 'node:stream'
import { toFetchResponse, toReqRes } from 'fetch-to-node'
import { config } from '#lib/config'
import { readBytes } from '#lib/http'
import { mount } from './issuer.ts'
import { provider } from './provider.ts'

// The provider speaks Node's http; our doors speak Request and Response.

/** Longest body that is read of any request, in bytes: those of forms and registrations have limits of their own. */
const bodyBytesMax = 256 * 1024

/** What Koa asks of a socket: nobody writes to it. */
function socket(): Duplex {
  const made = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  return Object.assign(made, { remoteAddress: '127.0.0.1', encrypted: false })
}

/** Headers that say where the request came to are ours to set: whatever the client sent of them counts for nothing. */
function headersOf(request: Request): Headers {
  const { host, protocol } = new URL(config().publicUrl)
  const headers = new Headers(request.headers)
  for (const name of [...headers.keys()])
    if (name.startsWith('x-forwarded-') || name === 'forwarded') headers.delete(name)
  headers.set('host', host)
  headers.set('x-forwarded-proto', protocol.slice(0, -1))
  return headers
}

/**
 * The request as the provider's own functions take it, and where its answer is collected.
 * @param asIs whether the path is not one of the provider's, so that nothing is taken off it
 */
export async function toNode(request: Request, { asIs = false } = {}) {
  const { pathname, search } = new URL(request.url)
  const { method } = request
  const body =
    method === 'GET' || method === 'HEAD' ? null : new Uint8Array(await readBytes(request, bodyBytesMax))
  const made = new Request(new URL(`${pathname}${search}`, config().publicUrl), {
    method,
    headers: headersOf(request),
    ...(body && body.byteLength > 0 && { body }),
  })
  const { req, res } = toReqRes(made)
  const { host, protocol } = new URL(config().publicUrl)
  // A Request drops these where they are set on it, and without a length a body counts as none.
  Object.assign(req.headers, {
    host,
    'x-forwarded-proto': protocol.slice(0, -1),
    ...(body && { 'content-length': String(body.byteLength) }),
  })
  Object.assign(req, {
    originalUrl: req.url,
    ...(!asIs && { url: (req.url ?? '').slice(mount.length) || '/' }),
  })
  for (const side of [req, res]) {
    const stub = socket()
    for (const name of ['socket', 'connection'])
      Object.defineProperty(side, name, { value: stub, configurable: true, writable: true })
  }
  return { req, res }
}

/** Lets the provider answer. */
export async function answerByProvider(request: Request): Promise<Response> {
  const { req, res } = await toNode(request)
  const [response] = await Promise.all([toFetchResponse(res), provider().callback()(req, res)])
  return response
}
