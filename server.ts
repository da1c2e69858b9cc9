// The web server process: Next behind a plain Node server, which cleans what comes in and drains when told to stop.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import next from 'next'
import { askedFor, type Handler, sendPlain, servedAt } from '#lib/http'
import { flushRequests } from '#lib/request-log'
import { drainRefreshes } from '#lib/vault'
import * as executeTool from './app/api/v1/tools/execute/route.ts'
import * as listTools from './app/api/v1/tools/route.ts'
import * as mcp from './app/mcp/route.ts'
import * as oauthToken from './app/oauth/token/route.ts'
import nextConfig from './next.config.ts'

const dev = process.argv.includes('--dev')
const port = Number(process.env.PORT || 3000)
const host = process.env.HOST || '127.0.0.1'
const demoPort =
  process.env.BEHALF_SANDBOX === 'on' ? Number(process.env.BEHALF_DEMO_PORT || port + 2) : undefined

/** Longest wait for requests in flight once a stop was asked for. */
const drainSeconds = 10

/** Names that only we and Next may set: a client must not choose its tenant or skip the proxy with them. */
const ownHeaders = /^x-(behalf|middleware)-/

/**
 * Of these Node keeps the first where there are several, and says nothing of the others: whoever stands before us may have
 * gone by another. All of them together are none that is valid (THREATS.md T3).
 */
const onceOnly = ['authorization', 'content-type'] as const

/** The demo stands for a host product on another origin; it reaches its own pages and files, nothing else of ours. */
const demoPaths = /^\/(demo(\/.*)?|_next\/.*|[\w.-]+\.(js|css|png|svg|ico|webp|woff2|webmanifest))$/

// In development Next answers upgrades on one server, the first that it sees, and pages wait for that channel before they
// come alive. It is given a server that nobody reaches, which all of ours hand their upgrades to.
const upgrades = createServer()
// Handed over as it is: to read the file by itself Next loads a compiler, which stays in memory.
const app = next({ dev, hostname: host, port, httpServer: upgrades, ...(!dev && { conf: nextConfig }) })
await app.prepare()
const handle = app.getRequestHandler()

/**
 * The hot routes go straight to their handlers, which are the ones that Next would call: what a framework costs is more
 * than what they do (docs/performance.md). In development Next serves them, as it does whatever else is asked of them.
 */
const hot = new Map<string, RequestListener>()
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
function serveStraight(path: string, handlers: Record<(typeof methods)[number], Handler>): void {
  const params = Promise.resolve({})
  for (const method of methods) {
    // Next counts on the globals being what Node made them.
    const listener = getRequestListener(
      async (request, { outgoing }) => {
        const response = await handlers[method](request, { params })
        const sent = outgoing instanceof ServerResponse && sendPlain(response, outgoing)
        return sent ? RESPONSE_ALREADY_SENT : response
      },
      { overrideGlobalObjects: false },
    )
    hot.set(`${method} ${path}`, (request, response) => void listener(request, response))
  }
}
if (!dev) {
  serveStraight('/api/v1/tools/execute', executeTool)
  serveStraight('/api/v1/tools', listTools)
  serveStraight('/oauth/token', oauthToken)
  serveStraight('/mcp', mcp)
}

/** @returns `undefined` for whatever Next serves */
function straight({ url = '', method, headers }: IncomingMessage): RequestListener | undefined {
  if (headers.host === undefined) return undefined
  const query = url.indexOf('?')
  return hot.get(`${method} ${query < 0 ? url : url.slice(0, query)}`)
}

const main: RequestListener = (request, response) => {
  // Whatever throws, the request gets an answer: one that hangs holds its connection.
  void (async () => {
    clean(request)
    if (!(await admit(request, response))) return
    await (straight(request) ?? handle)(request, response)
  })().catch(() => {
    if (response.headersSent) response.destroy()
    else refuse(response, 500, 'internal')
  })
}

const refuse = (response: ServerResponse, status: number, text: string): false => {
  response.writeHead(status, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' }).end(`${text}\n`)
  return false
}

/**
 * Finds out at whose address a page is asked for. An organization's domain serves that organization's portal and
 * nothing else; which one it is stands in headers that only we set.
 */
async function admit(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { host, authorization, 'x-forwarded-host': forwarded } = request.headers
  if (!request.url?.startsWith('/')) return refuse(response, 400, 'no such path')
  if (host === undefined) return true
  // Not by headersDistinct: it counts on the headers that `clean` has taken out, and throws.
  const hosts = request.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length > 1) return refuse(response, 400, 'one host only')
  const named = new Map<string, string>(
    Object.entries({ host, 'x-behalf-peer': String(request.headers['x-behalf-peer']) }),
  )
  if (forwarded !== undefined) named.set('x-forwarded-host', String(forwarded))
  if (authorization !== undefined) named.set('authorization', authorization)
  const headers = { get: (name: string) => named.get(name) ?? null }
  try {
    const asked = await askedFor(headers)
    if (asked.kind === 'own') return true
    if (asked.kind === 'unclear') return refuse(response, 400, 'no such host')
    const [path = ''] = (request.url ?? '').split(/[?#]/, 1)
    const served = await servedAt(asked.tenant, path, headers)
    if (served === 'absent') return refuse(response, 404, 'not found')
    if (served === 'elsewhere') {
      if (request.method !== 'GET') return refuse(response, 403, 'this belongs to another address')
      request.url = '/connect/elsewhere'
    }
    request.headers['x-behalf-host'] = asked.hostname
    return true
  } catch {
    return refuse(response, 503, 'unavailable')
  }
}

const demo: RequestListener = (request, response) => {
  // A leading double slash must not turn the path into a host.
  const { pathname } = new URL(`http://demo${request.url ?? '/'}`)
  if (demoPaths.test(pathname)) return main(request, response)
  response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found\n')
}

function clean(request: IncomingMessage): void {
  inOriginForm(request)
  request.url = readable(request.url ?? '/')
  for (const name of Object.keys(request.headers)) if (ownHeaders.test(name)) delete request.headers[name]
  const raw = request.rawHeaders
  for (let at = raw.length - 2; at >= 0; at -= 2)
    if (ownHeaders.test(raw[at]!.toLowerCase())) raw.splice(at, 2)
  for (const name of onceOnly) {
    const given = raw.filter((_, at) => at % 2 === 1 && raw[at - 1]!.toLowerCase() === name)
    if (given.length > 1) request.headers[name] = given.join(', ')
  }
  // The only address nobody can make up; whether forwarded ones count is decided from it.
  const peer = request.socket.remoteAddress ?? ''
  request.headers['x-behalf-peer'] = peer
  raw.push('x-behalf-peer', peer)
  // Compression holds events back until its buffer is full.
  if (request.headers.accept?.includes('text/event-stream')) delete request.headers['accept-encoding']
}

/**
 * A request may name its host in the request line, which counts then; what it leaves is a path. Next would answer it with a
 * redirect to wherever it says.
 * @see RFC 9112 §3.2.2
 */
function inOriginForm(request: IncomingMessage): void {
  const [, authority, path = ''] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(request.url ?? '') ?? []
  if (authority === undefined) return
  request.url = path.startsWith('/') ? path : `/${path}`
  request.headers.host = authority
  const raw = request.rawHeaders
  for (let at = 0; at < raw.length; at += 2) if (raw[at]?.toLowerCase() === 'host') raw[at + 1] = authority
}

/** A path that cannot be decoded is a fault inside Next. Taken by the letter it leads to nothing, and that is said. */
function readable(url: string): string {
  const [path = '', ...query] = url.split('?')
  try {
    decodeURIComponent(path)
    return url
  } catch {
    return [path.replaceAll('%', '%25'), ...query].join('?')
  }
}

const servers: Server[] = []

function listen(handler: RequestListener, atPort: number, atHost: string): Promise<void> {
  const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 66_000 }, handler)
  if (dev) server.on('upgrade', (...upgrade) => void upgrades.emit('upgrade', ...upgrade))
  return new Promise((done, failed) => {
    server.once('error', failed)
    server.listen(atPort, atHost, () => {
      servers.push(server)
      done()
    })
  })
}

await listen(main, port, host)
// Browsers and curl may try ::1 first for `localhost`; a machine without IPv6 has no such address to refuse on.
if (host === '127.0.0.1') {
  await listen(main, port, '::1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') throw error
  })
}
if (demoPort !== undefined) await listen(demo, demoPort, '127.0.0.1')

let draining = false
function drain(): void {
  if (draining) return
  draining = true
  const closed = servers.map((server) => new Promise((done) => server.close(done)))
  for (const server of servers) server.closeIdleConnections()
  const giveUp = setTimeout(() => {
    for (const server of servers) server.closeAllConnections()
  }, drainSeconds * 1000)
  void Promise.all(closed).then(async () => {
    clearTimeout(giveUp)
    // Whoever asked a provider for a new pair writes it down before it ends.
    await Promise.all([drainRefreshes(), flushRequests()])
    await app.close()
    process.exit(0)
  })
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, drain)

const { address, port: bound } = servers[0]!.address() as AddressInfo
process.stdout.write(
  `${JSON.stringify({ level: 'info', time: Date.now(), msg: 'web server listening', address, port: bound })}\n`,
)
