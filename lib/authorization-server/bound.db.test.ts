import { createHash, randomBytes } from 'node:crypto'
import { createServer, request as plainRequest, type Server } from 'node:http'
import { createServer as createTlsServer, request } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { getRequestListener } from '@hono/node-server'
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { createAgentIn } from '#lib/identity'
import { newId, parseId, sha256 } from '#lib/ids'
import { issueToken, newHolder } from '../../scripts/testing/access-tokens.ts'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { selfSigned } from '../../scripts/testing/self-signed.ts'
import { base, basic, post, send } from './testing.ts'

type Pair = { key: string; cert: string }
type Said = { status: number; body: Record<string, unknown>; challenge: string }

let practice: Practice
let backend: Server
let proxy: Server
const server = selfSigned('localhost')
const mira = selfSigned('mira.example')
const stranger = selfSigned('mira.example')
const derOf = ({ cert }: Pair) => cert.replaceAll(/-----[A-Z ]+-----|\s/g, '')
const thumbprint = createHash('sha256')
  .update(Buffer.from(derOf(mira), 'base64'))
  .digest('base64url')

beforeAll(async () => {
  process.env.BEHALF_TRUSTED_PROXIES = '127.0.0.1/32'
  practice = await startPractice()
  await practice.session({ org_id: 'acme', user_id: 'u_1' })
  const mcp = await import('../../app/mcp/route.ts')
  const tools = await import('../../app/api/v1/tools/route.ts')
  const documents = await import('../../app/.well-known/oauth-protected-resource/[...path]/route.ts')
  const answer = (incoming: Request): Promise<Response> => {
    const { pathname } = new URL(incoming.url)
    const at = { params: Promise.resolve({}) } as never
    if (pathname === '/mcp') return mcp.POST(incoming, at)
    if (pathname === '/api/v1/tools') return tools.GET(incoming, at) as Promise<Response>
    if (pathname.startsWith('/.well-known/oauth-protected'))
      return documents.GET(incoming) as Promise<Response>
    return incoming
      .text()
      .then((body) => send(incoming.url, { method: 'POST', headers: incoming.headers, body }))
  }
  const listener = getRequestListener(answer, { overrideGlobalObjects: false })
  // As our own server does: who the peer is, is for the socket to say.
  backend = createServer((incoming, outgoing) => {
    const peer = incoming.socket.remoteAddress ?? ''
    incoming.headers['x-behalf-peer'] = peer
    incoming.rawHeaders.push('x-behalf-peer', peer)
    void listener(incoming, outgoing)
  })
  await new Promise<void>((done) => backend.listen(0, '127.0.0.1', done))
  proxy = terminator((backend.address() as AddressInfo).port)
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
}, 60_000)
afterAll(async () => {
  for (const one of [proxy, backend]) {
    one.closeAllConnections()
    one.close()
  }
  await practice.stop()
})

/** Ends TLS, asks for a certificate, and says which one it saw in place of whatever a client says of that. */
function terminator(to: number): Server {
  const options = { ...server, requestCert: true, rejectUnauthorized: true, ca: [mira.cert, stranger.cert] }
  // Who shows none is let through too: it is for us to refuse them.
  return createTlsServer({ ...options, rejectUnauthorized: false }, (incoming, outgoing) => {
    const { 'client-cert': _, connection: __, ...headers } = incoming.headers
    const seen = (incoming.socket as TLSSocket).getPeerX509Certificate()
    const told = seen && { 'client-cert': `:${seen.raw.toString('base64')}:` }
    const onward = plainRequest(
      {
        host: '127.0.0.1',
        agent: false,
        port: to,
        path: incoming.url,
        method: incoming.method,
        headers: { ...headers, ...told },
      },
      (back) => {
        outgoing.writeHead(back.statusCode ?? 502, back.headers)
        back.pipe(outgoing)
      },
    )
    incoming.pipe(onward)
  }) as Server
}

type Sent = { as?: Pair; body?: string; headers?: Record<string, string>; past?: boolean }

/** @param past the proxy: straight to the product, as from a network that is no proxy's */
function ask(path: string, { as, body, headers = {}, past = false }: Sent = {}): Promise<Said> {
  const { port } = (past ? backend : proxy).address() as AddressInfo
  const to = {
    port,
    path,
    method: body === undefined ? 'GET' : 'POST',
    headers: { host: 'localhost', ...headers },
  }
  return new Promise((resolve, reject) => {
    const sent = past
      ? plainRequest({ host: '127.0.0.1', ...to })
      : request({ host: '127.0.0.1', servername: 'localhost', ca: server.cert, agent: false, ...as, ...to })
    sent.on('error', reject)
    sent.on('socket', (socket: Socket) => socket.setNoDelay())
    sent.on('response', async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString()
      const json = text.startsWith('{') ? JSON.parse(text) : { text }
      const challenge = String(response.headers['www-authenticate'] ?? '')
      resolve({ status: response.statusCode ?? 0, body: json, challenge })
    })
    sent.end(body)
  })
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const tokenFor = async (id: string, more: Record<string, string> = {}, sent: Sent = {}) =>
  ask('/oauth/token', {
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, ...more }).toString(),
    ...sent,
    headers: { ...form, ...sent.headers },
  })
const callMcp = (token: string, sent: Sent = {}) =>
  ask('/mcp', {
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
    ...sent,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
      ...sent.headers,
    },
  })
const callApi = (token: string, sent: Sent = {}) =>
  ask('/api/v1/tools', { ...sent, headers: { authorization: `Bearer ${token}`, ...sent.headers } })

async function newAgent(credential: object) {
  const tenant = await practice.tenant('acme')
  return forOrg(tenant, async (tx) => {
    const { id } = await createAgentIn(tx, tenant, { name: 'Mira' })
    await tx.agent_credentials.create({
      data: {
        ...{ org_id: tenant.orgId, id: newId(), agent_id: parseId('agent', id) ?? '' },
        ...{ kind: 'client_secret', created_by: { type: 'system', id: 'test' }, ...credential },
      },
    })
    return id
  })
}

test('through a proxy that ends TLS, an agent is let in by its certificate, and its token is good with that one alone', async () => {
  const id = await newAgent({ kind: 'tls_client_auth', certificate_thumbprint: thumbprint })
  const forMcp = { resource: `${base}/mcp` }
  const [api, mcp] = [await tokenFor(id, {}, { as: mira }), await tokenFor(id, forMcp, { as: mira })]
  expect([api.body.error, mcp.body]).toMatchObject([undefined, { token_type: 'Bearer' }])
  const [apiToken, mcpToken] = [String(api.body.access_token), String(mcp.body.access_token)]
  for (const token of [apiToken, mcpToken]) expect(decodeJwt(token).cnf).toEqual({ 'x5t#S256': thumbprint })
  expect((await callApi(apiToken, { as: mira })).status).toBe(200)
  expect((await callMcp(mcpToken, { as: mira })).status).toBe(200)

  // Another's certificate, none, and one that a client only claims to have: the proxy takes that out.
  const claimed = { 'client-cert': `:${derOf(mira)}:` }
  for (const sent of [{ as: stranger }, {}, { as: stranger, headers: claimed }, { headers: claimed }]) {
    expect((await tokenFor(id, {}, sent)).body.error).toBe('invalid_client')
    for (const refused of [await callApi(apiToken, sent), await callMcp(mcpToken, sent)]) {
      expect(refused.status).toBe(401)
      expect(refused.challenge).toContain('error="invalid_token"')
    }
  }
})

test('what says which certificate was seen counts from a proxy of ours alone', async () => {
  const cnf = { 'x5t#S256': thumbprint }
  const agent = await newAgent({ hash: sha256(newId()) })
  const token = await issueToken({ org: 'acme', agent, resource: `${base}/mcp`, cnf })
  const claimed = { 'client-cert': `:${derOf(mira)}:` }
  expect((await callMcp(token, { past: true, headers: claimed })).status).toBe(200)
  for (const wrong of ['AAAA', `${derOf(mira)}:, :${derOf(mira)}`, derOf(stranger)])
    expect((await callMcp(token, { past: true, headers: { 'client-cert': `:${wrong}:` } })).status).toBe(401)
  const { POST } = await import('../../app/mcp/route.ts')
  const from = async (peer: string) => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
      'x-behalf-peer': peer,
      ...claimed,
    }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
    const incoming = new Request(`${base}/mcp`, { method: 'POST', headers, body })
    return (await POST(incoming, { params: Promise.resolve({}) } as never)).status
  }
  expect([await from('127.0.0.1'), await from('203.0.113.9')]).toEqual([200, 401])
})

test('each algorithm of proofs is said everywhere and taken everywhere, and no other', async () => {
  const { body: document } = await ask('/.well-known/oauth-protected-resource/mcp')
  const ofServer = await (await send(`${base}/.well-known/oauth-authorization-server/oauth`)).json()
  const said = document.dpop_signing_alg_values_supported as string[]
  expect(ofServer.dpop_signing_alg_values_supported).toEqual(said)
  for (const one of [document, ofServer]) expect(one.tls_client_certificate_bound_access_tokens).toBe(true)
  const secret = `bhf_as_${randomBytes(32).toString('base64url')}`
  const id = await newAgent({ hash: sha256(secret) })
  const rsa = await generateKeyPair('RS256', { extractable: true })
  const prove = async (alg: string, url: string, method: string, token?: string) => {
    const { publicKey, privateKey } = /^[RP]S/.test(alg) ? rsa : await pairOf(alg)
    const jwk = await exportJWK(publicKey)
    const key = /^[RP]S/.test(alg) ? await rsaFor(privateKey, alg) : privateKey
    const ath = token && { ath: createHash('sha256').update(token).digest('base64url') }
    const proof = await new SignJWT({ htm: method, htu: url, jti: newId(), ...ath })
      .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(key)
    return { proof, jkt: await calculateJwkThumbprint(jwk) }
  }
  const pairs = new Map<string, ReturnType<typeof generateKeyPair>>()
  const pairOf = (alg: string) => {
    const pair = pairs.get(alg) ?? generateKeyPair(alg, { extractable: true })
    pairs.set(alg, pair)
    return pair
  }
  expect(said).toEqual(expect.arrayContaining(['ES256', 'ES384', 'EdDSA', 'PS512', 'RS256']))
  expect(said.some((alg) => alg.startsWith('HS') || alg === 'none')).toBe(false)
  for (const alg of said) {
    const { proof, jkt } = await prove(alg, `${base}/oauth/token`, 'POST')
    const form = { grant_type: 'client_credentials' }
    const answer = await post('/oauth/token', form, { ...basic(id, secret), dpop: proof })
    const { access_token: token = '', error } = (await answer.json()) as Record<string, string>
    expect([alg, error]).toEqual([alg, undefined])
    expect(decodeJwt(token).cnf).toEqual({ jkt })
    const used = await prove(alg, `${base}/api/v1/tools`, 'GET', token)
    const headers = { authorization: `DPoP ${token}`, dpop: used.proof }
    expect([alg, (await callApi(token, { headers })).status]).toEqual([alg, 200])
  }
}, 60_000)

/** The same RSA key for another of its algorithms. */
async function rsaFor(key: CryptoKey, alg: string): Promise<CryptoKey> {
  const name = alg.startsWith('PS') ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5'
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', key)
  return crypto.subtle.importKey('pkcs8', pkcs8, { name, hash: `SHA-${alg.slice(2)}` }, false, ['sign'])
}

test('an actor token that is bound to a key or a certificate counts with the proof of it alone', async () => {
  const secret = `bhf_as_${randomBytes(32).toString('base64url')}`
  const agent = await newAgent({ hash: sha256(secret) })
  const other = await newAgent({ hash: sha256(newId()) })
  const holder = await newHolder()
  const subject_token = await issueToken({ org: 'acme', agent: other })
  const exchange = async (more: Record<string, string>, headers: Record<string, string> = {}) => {
    const answer = await post(
      '/oauth/token',
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        actor_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        subject_token,
        ...more,
      },
      { ...basic(agent, secret), ...headers },
    )
    return (await answer.json()) as Record<string, string>
  }
  const at = { method: 'POST', url: `${base}/oauth/token` }
  const prove = async (by = holder) => ({ dpop: await by.prove('', at, { ath: undefined }) })
  const byKey = { actor_token: await issueToken({ org: 'acme', agent, cnf: { jkt: holder.jkt } }) }
  expect((await exchange(byKey)).error).toBe('invalid_request')
  expect((await exchange(byKey, await prove(await newHolder()))).error).toBe('invalid_request')
  const made = await exchange(byKey, await prove())
  expect(decodeJwt(made.access_token ?? '').cnf).toEqual({ jkt: holder.jkt })
  // One request proves one key.
  const bound = await issueToken({ org: 'acme', agent: other, cnf: { jkt: (await newHolder()).jkt } })
  expect((await exchange({ ...byKey, subject_token: bound }, await prove())).error).toBe('invalid_request')

  const cnf = { 'x5t#S256': thumbprint }
  const byCertificate = { actor_token: await issueToken({ org: 'acme', agent, cnf }) }
  const shown = (pair: Pair) => ({ 'client-cert': `:${derOf(pair)}:`, 'x-behalf-peer': '127.0.0.1' })
  expect((await exchange(byCertificate)).error).toBe('invalid_request')
  expect((await exchange(byCertificate, shown(stranger))).error).toBe('invalid_request')
  const held = await exchange(byCertificate, shown(mira))
  expect(decodeJwt(held.access_token ?? '').cnf).toEqual(cnf)
})
