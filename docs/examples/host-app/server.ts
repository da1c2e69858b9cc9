// A host product in one file: its own users, its own pages, and Behalf's public API. Node 24 runs it as it is.
//
//   BEHALF_URL=http://localhost:3000 BEHALF_KEY=bhf_sk_… PORT=4000 node docs/examples/host-app/server.ts
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { BehalfError, createClient } from '../../../sdk/index.ts'

const { BEHALF_URL = 'http://localhost:3000', BEHALF_KEY = '', PORT = '4000', ORG = 'host-app' } = process.env
const origin = `http://127.0.0.1:${PORT}`
const behalf = createClient({ baseUrl: BEHALF_URL, key: BEHALF_KEY })

/** Who is signed in, by a cookie of this product's own. A real product has this already. */
const sessions = new Map<string, string>()

const userOf = (request: IncomingMessage): string | undefined =>
  sessions.get(/(?:^|; )app=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '')

const page = (name: string) =>
  readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8').replaceAll('BEHALF_URL', BEHALF_URL)

/** Only the portal's own loader runs here, and nothing inline: embed.js asks for no more than this. */
const policy = (nonce: string) =>
  `default-src 'self'; script-src 'nonce-${nonce}' ${BEHALF_URL}; connect-src 'self' ${BEHALF_URL}; frame-src ${BEHALF_URL}`

type Body = Record<string, string | undefined>

// #region session
/** The browser asks; who it is, and what may be connected, is decided here. */
async function createSession(user: string, wish: Body) {
  const { token, expires_at, url } = await behalf.connectSessions.create({
    org_id: ORG,
    user_id: user,
    connectors: ['sandbox'],
    scopes: { sandbox: ['tasks:read', 'tasks:write'] },
    embed_origins: [origin],
    return_url: `${origin}/return`,
    ...(wish.locale && { locale: wish.locale }),
    ...(wish.connectedAccountId && { connected_account_id: wish.connectedAccountId }),
  })
  return { token, expires_at, url }
}
// #endregion

/** Says who is signed in here, in the browser that finished: never what the address claims. */
async function confirm(user: string, { session_id = '', confirmation_code = '' }: Body) {
  const session = await behalf.connectSessions.confirm(session_id, { user_id: user, confirmation_code })
  return { status: session.status, connected_account_id: session.connected_account_id }
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', origin)
  const user = userOf(request)
  const json = (status: number, body: unknown, headers = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  const html = (name: string) => {
    const nonce = randomUUID()
    response
      .writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy(nonce),
        ...(process.env.COOP && { 'cross-origin-opener-policy': process.env.COOP }),
      })
      .end(page(name).replaceAll('<script', `<script nonce="${nonce}"`))
  }

  if (request.method === 'GET' && pathname === '/') return void html('index.html')
  if (request.method === 'GET' && pathname === '/return') return void html('return.html')
  if (request.method === 'GET' && pathname === '/app.js') {
    return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(page('app.js'))
  }
  if (request.method !== 'POST') return void json(404, { detail: 'There is no such page.' })
  // Forms of other sites may not act for whoever is signed in here.
  if (request.headers.origin !== origin) return void json(403, { detail: 'Only this product may ask.' })
  const body = (await bodyOf(request)) as Body
  if (pathname === '/sign-in') {
    const id = randomUUID()
    sessions.set(id, body.user ?? 'ana')
    return void json(200, {}, { 'set-cookie': `app=${id}; Path=/; HttpOnly; SameSite=Lax` })
  }
  if (!user) return void json(401, { detail: 'Sign in first.' })
  if (pathname === '/connect-session') return void json(200, await createSession(user, body))
  if (pathname === '/confirm') return void json(200, await confirm(user, body))
  json(404, { detail: 'There is no such page.' })
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const part of request) text += part
  return text === '' ? {} : JSON.parse(text)
}

createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    const { status = 500, code = 'internal' } = error instanceof BehalfError ? error : {}
    response.writeHead(status || 502, { 'content-type': 'application/json' }).end(JSON.stringify({ code }))
  })
}).listen(Number(PORT), '127.0.0.1', () => process.stdout.write(`The host app is on ${origin}\n`))
