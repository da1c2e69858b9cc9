import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { answer, readText, tapBody } from './answer.ts'
import { createApi } from './api.ts'
import { createAttachments } from './attachments.ts'
import { createControlEndpoint } from './control.ts'
import { type Control, createControl, type RecordedRequest, retryAfter } from './faults.ts'
import { createInteractions, sendPage } from './interactions.ts'
import { createKeys } from './keys.ts'
import { createOAuth, type SandboxClient, sessionCookie } from './oauth.ts'
import { messagePage } from './pages.ts'
import { createStore } from './store.ts'
import { createTaskData } from './tasks.ts'

export interface SandboxOptions {
  /** 0 picks a free port. */
  port: number
  /** Loopback only: anyone who reaches this server can be any practice user. Default 127.0.0.1. */
  host?: string
  /** Default `http://host:port`. */
  issuer?: string
  clients: readonly SandboxClient[]
  /** Without it `/_control` answers 404. */
  controlKey?: string | undefined
}

export interface Sandbox {
  url: string
  port: number
  close: () => Promise<void>
}

const loopbackHosts = new Set(['127.0.0.1', '::1', 'localhost'])

/** Counts by path and grant type; the body of a token request says which when it has arrived. */
function observe(req: IncomingMessage, path: string, control: Control): void {
  const entry: RecordedRequest = {
    at: new Date().toISOString(),
    method: req.method ?? 'GET',
    path: req.url ?? path,
    headers: { ...req.headers },
    body: '',
  }
  const { counters } = control
  control.record(entry)
  if (path === '/authorize') counters.authorize += 1
  if (path === '/token/revocation') counters.revocation += 1
  if (path === '/token/introspection') counters.introspection += 1
  if (path === '/userinfo') counters.userinfo += 1
  tapBody(req, (body) => {
    entry.body = body
    if (path !== '/token') return
    const grantType = new URLSearchParams(body).get('grant_type')
    if (grantType === 'authorization_code') counters.token_authorization_code += 1
    else if (grantType === 'refresh_token') counters.token_refresh += 1
    else counters.token_other += 1
  })
}

/** Answers a token request with an injected failure; true when it did. */
function failToken(req: IncomingMessage, res: ServerResponse, control: Control): boolean {
  if (control.take('drop_token_request')) {
    req.resume()
    req.once('end', () => res.socket?.destroy())
    return true
  }
  const status = control.takeStatus('token')
  const error = status ? null : control.takeTokenError()
  if (!status && !error) return false
  req.resume()
  req.once('end', () => {
    if (status) {
      const body = { error: status.status < 500 ? 'invalid_request' : 'temporarily_unavailable' }
      answer(res, { status: status.status, headers: retryAfter(status.retry_after), body })
    } else if (typeof error?.body === 'string') {
      res.writeHead(error.status, { 'content-type': 'text/plain; charset=utf-8' }).end(error.body)
    } else if (error) {
      answer(res, { status: error.status, body: error.body })
    }
  })
  return true
}

const ownSession = new RegExp(`^${sessionCookie}(\\.sig)?=`)

/** Every visit signs in anew: a session left by an earlier one must not decide who this one is. */
function forgetSession(req: IncomingMessage): void {
  const cookies = req.headers.cookie?.split(/;\s*/).filter((cookie) => !ownSession.test(cookie))
  if (cookies) req.headers.cookie = cookies.join('; ')
}

function listen(server: ReturnType<typeof createServer>, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}

/**
 * Starts the practice provider.
 * @throws Error when the host is not loopback, the port is taken, or a client is malformed
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const host = options.host ?? '127.0.0.1'
  if (!loopbackHosts.has(host)) throw new Error(`the sandbox listens on loopback only, not on ${host}`)

  let handle: (req: IncomingMessage, res: ServerResponse) => Promise<void> = async (_req, res) => {
    answer(res, { status: 503 })
  }
  const server = createServer((req, res) => {
    handle(req, res).catch((error: unknown) => {
      console.error(`sandbox: ${error instanceof Error ? error.message : String(error)}`)
      if (res.headersSent) res.destroy()
      else answer(res, { status: 500, body: { error: { code: 'server_error', message: 'unexpected' } } })
    })
  })
  const port = await listen(server, options.port, host)
  const url = options.issuer ?? `http://${host === '::1' ? '[::1]' : host}:${port}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })

  try {
    handle = await assemble(url, options)
  } catch (error) {
    await close()
    throw error
  }
  return { url, port, close }
}

/** No timer at all without latency: even one of 0 ms would cost every call a millisecond. */
async function wait(ms: number): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { ref: false })
}

async function assemble(issuer: string, options: SandboxOptions) {
  const control = createControl()
  const store = createStore({
    endsFamily: () => control.faults.reuse_ends_family,
    graceSeconds: () => control.faults.grace_seconds,
  })
  const data = createTaskData()
  const attachments = createAttachments()
  const oauth = createOAuth(issuer, store, control)
  for (const client of options.clients) await oauth.putClient(client)
  const keys = createKeys(new URL('/keys/token', issuer).href, control)
  const api = createApi(oauth, keys, control, data, attachments)
  const interactions = createInteractions(oauth, control)
  const controlEndpoint = createControlEndpoint({
    key: options.controlKey,
    control,
    oauth,
    keys,
    store,
    data: {
      reset: () => {
        data.reset()
        attachments.reset()
      },
    },
  })

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const url = new URL(req.url ?? '/', issuer)
    const path = url.pathname
    if (path.startsWith('/_control/')) return controlEndpoint(req, res, path)
    observe(req, path, control)
    if (/^(\/t\/[^/]+)?\/api\//.test(path)) {
      await wait(control.latencyMs('api'))
      return api(req, res, url)
    }
    // What a provider's pages may say of windows that opened them; browsers then cut the tie (HTML, "COOP").
    if (control.faults.coop) res.setHeader('cross-origin-opener-policy', control.faults.coop)
    if (path === '/') {
      const text = 'A practice provider: made-up people, made-up tasks, and real OAuth 2.1.'
      return sendPage(res, 200, messagePage('Acme Tasks', text))
    }
    if (path.startsWith('/interaction/')) return interactions(req, res, path)
    if (path === '/token') {
      await wait(control.latencyMs('token'))
      if (failToken(req, res, control)) return
    }
    if (path === '/keys/token') {
      await wait(control.latencyMs('token'))
      if (failToken(req, res, control)) return
      return answer(res, await keys.token(req, await readText(req)))
    }
    if (path === '/userinfo') {
      const status = control.takeStatus('userinfo')
      if (status) return answer(res, { status: status.status, headers: retryAfter(status.retry_after) })
    }
    forgetSession(req)
    await oauth.callback(req, res)
  }
}
