// The provider that every program of the benchmark calls: as little as an account can be connected to by the real
// flow and a tool can call. It says yes to everything, so it must never be reachable from elsewhere.
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { SignJWT } from 'jose'

const port = Number(process.argv[2])
const issuer = `http://127.0.0.1:${port}`
const tokenSeconds = 3600

/** What each request for authorization has to be answered with, by its code. */
const grants = new Map<string, { clientId: string; nonce: string; scope: string; challenge: string }>()
const task = JSON.stringify({
  id: 'task-1',
  title: 'Write the report',
  notes: 'Figures of the third quarter, two pages',
  status: 'open',
  project_id: 'project-1',
  due_on: '2030-01-31',
})
const json = { 'content-type': 'application/json' }

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of request) text += chunk
  return new URLSearchParams(text)
}

function authorize(query: URLSearchParams): string {
  const get = (name: string) => query.get(name) ?? ''
  const code = randomBytes(16).toString('hex')
  grants.set(code, {
    clientId: get('client_id'),
    nonce: get('nonce'),
    scope: get('scope'),
    challenge: get('code_challenge'),
  })
  const back = new URL(get('redirect_uri'))
  for (const [name, value] of Object.entries({ code, state: get('state'), iss: issuer }))
    back.searchParams.set(name, value)
  return back.href
}

/** Tokens for a code whose verifier fits (RFC 7636 §4.6), else nothing. */
async function redeem(form: URLSearchParams): Promise<object | null> {
  const code = form.get('code') ?? ''
  const grant = grants.get(code)
  grants.delete(code)
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  if (!grant || grant.challenge !== challenge) return null
  const idToken = await new SignJWT({ nonce: grant.nonce })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(issuer)
    .setSubject('bench-user')
    .setAudience(grant.clientId)
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(randomBytes(32))
  return {
    access_token: randomBytes(32).toString('hex'),
    refresh_token: randomBytes(32).toString('hex'),
    token_type: 'Bearer',
    expires_in: tokenSeconds,
    scope: grant.scope,
    id_token: idToken,
  }
}

const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
  const url = new URL(request.url ?? '/', issuer)
  if (url.pathname.startsWith('/api/tasks/')) {
    const authorised = request.headers.authorization?.startsWith('Bearer ')
    response.writeHead(authorised ? 200 : 401, json).end(authorised ? task : '{}')
  } else if (url.pathname === '/authorize') {
    response.writeHead(303, { location: authorize(url.searchParams) }).end()
  } else if (url.pathname === '/token') {
    const tokens = await redeem(await formOf(request))
    response.writeHead(tokens ? 200 : 400, json).end(JSON.stringify(tokens ?? { error: 'invalid_grant' }))
  } else if (url.pathname === '/userinfo') {
    response.writeHead(200, json).end(JSON.stringify({ sub: 'bench-user', email: 'bench@example.test' }))
  } else {
    response.writeHead(404, json).end('{}')
  }
})
server.listen(port, '127.0.0.1', () => process.send?.('ready'))
