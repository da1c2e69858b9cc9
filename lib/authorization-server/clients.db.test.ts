import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer as createTcp } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { newId } from '#lib/ids'
import { selfSigned } from '../../scripts/testing/self-signed.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import {
  Browser,
  base,
  basic,
  type OauthRig,
  type Person,
  pkce,
  post,
  redirectUri,
  send,
  startOauth,
} from './testing.ts'

let rig: OauthRig
let ana: Person
let superuser: Superuser
let documents: Server
let origin = ''
/** What lies at a path, and how often it was asked for. */
const at = new Map<
  string,
  (id: string) => { status?: number; headers?: Record<string, string>; body: string }
>()
const hits = new Map<string, number>()
let inside = 0
const internal = createTcp((socket) => {
  inside++
  socket.destroy()
})

beforeAll(async () => {
  superuser = await useSuperuser()
  const { key, cert } = selfSigned('localhost')
  setDefaultCACertificates([...getCACertificates('default'), cert])
  documents = createServer({ key, cert }, (request, response) => {
    const path = request.url ?? ''
    hits.set(path, (hits.get(path) ?? 0) + 1)
    const {
      status = 200,
      headers = {},
      body,
    } = at.get(path)?.(`${origin}${path}`) ?? { status: 404, body: '' }
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  })
  await new Promise<void>((done) => documents.listen(0, '127.0.0.1', done))
  await new Promise<void>((done) => internal.listen(0, '127.0.0.1', done))
  const { port } = documents.address() as AddressInfo
  origin = `https://localhost:${port}`
  process.env.BEHALF_TRUSTED_PROXIES = '127.0.0.1/32'
  process.env.BEHALF_EGRESS_ALLOW = `cimd=localhost:${port}`
  rig = await startOauth()
  ana = await rig.person('acme', 'ana')
}, 90_000)
afterAll(async () => {
  documents.closeAllConnections()
  documents.close()
  internal.close()
  await rig.stop()
})

const bodyOf = async (response: Response) => (await response.json()) as Record<string, unknown>
const begin = (clientId: string, more: Record<string, string> = {}, browser = new Browser()) => {
  const { verifier, challenge } = pkce()
  const url = new URL('/oauth/authorize', base)
  const params = { client_id: clientId, redirect_uri: redirectUri, code_challenge: challenge, ...more }
  url.search = new URLSearchParams({
    response_type: 'code',
    ...params,
    code_challenge_method: 'S256',
  }).toString()
  return { browser, verifier, first: browser.get(url.href) }
}

describe('a client that registers itself', () => {
  test('is a public one unless it says otherwise, and is told what it may do', async () => {
    const response = await rig.register({ client_name: 'Claude', redirect_uris: [redirectUri] })
    const body = await bodyOf(response)
    expect(response.status).toBe(201)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(body).toEqual({
      client_id: expect.stringMatching(/^cl_[0-9a-f]{32}$/),
      client_id_issued_at: expect.any(Number),
      client_name: 'Claude',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'web',
      authorization_details_types: ['behalf_tool_call'],
      token_endpoint_auth_method: 'none',
      dpop_bound_access_tokens: false,
      tls_client_certificate_bound_access_tokens: false,
      require_pushed_authorization_requests: false,
      registration_access_token: expect.any(String),
      registration_client_uri: `${base}/oauth/register/${body.client_id}`,
    })
  })

  test('is refused for what could trick a person, and nothing of it is kept', async () => {
    const count = async () =>
      (await superuser.sql(`SELECT 1 FROM oauth_records WHERE model = 'Client'`)).length
    const before = await count()
    const wrong: [Record<string, unknown>, string][] = [
      [{ redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
      [{ redirect_uris: ['http://client.example/cb'] }, 'invalid_redirect_uri'],
      [{ redirect_uris: [`${redirectUri}#x`] }, 'invalid_redirect_uri'],
      [{ redirect_uris: [redirectUri], logo_uri: 'javascript:alert(1)' }, 'invalid_client_metadata'],
      [{ redirect_uris: [redirectUri], client_name: 'Сlaude' }, 'invalid_client_metadata'],
      [{ redirect_uris: [redirectUri], grant_types: ['client_credentials'] }, 'invalid_client_metadata'],
    ]
    for (const [metadata, error] of wrong) {
      const response = await rig.register(metadata)
      expect([metadata, response.status, (await bodyOf(response)).error]).toEqual([metadata, 400, error])
    }
    const text = await send(`${base}/oauth/register`, {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'text/plain' },
    })
    expect(text.status).toBe(400)
    expect(await count()).toBe(before)
  })

  test('with a secret proves itself with it; it is shown once, and never again', async () => {
    const made = await bodyOf(
      await rig.register({
        ...{
          client_name: 'Server',
          redirect_uris: [redirectUri],
          token_endpoint_auth_method: 'client_secret_basic',
        },
      }),
    )
    const {
      client_id: id,
      client_secret: secret,
      registration_access_token: token,
    } = made as Record<string, string>
    const ask = (given: string) => post('/oauth/introspect', { token: 'x' }, basic(id ?? '', given))
    expect(await bodyOf(await ask(secret ?? ''))).toEqual({ active: false })
    expect((await ask('wrong')).status).toBe(401)
    const [row] = await superuser.sql<{ payload: { client_secret: string } }>(
      `SELECT payload FROM oauth_records WHERE model = 'Client' AND payload->>'client_id' = $1`,
      [id],
    )
    expect((await ask(row?.payload.client_secret ?? '')).status).toBe(401)
    const read = await send(String(made.registration_client_uri), {
      headers: { authorization: `Bearer ${token}` },
    })
    const shown = await bodyOf(read)
    expect(shown.client_id).toBe(id)
    expect(JSON.stringify(shown)).not.toContain('sha256:')
    expect(shown.client_secret).toBeUndefined()
  })

  test('changes and removes itself with its own token, and nobody else’s', async () => {
    const made = await bodyOf(await rig.register({ client_name: 'Mine', redirect_uris: [redirectUri] }))
    const other = await bodyOf(await rig.register({ client_name: 'Other', redirect_uris: [redirectUri] }))
    const uri = String(made.registration_client_uri)
    const manage = (method: string, token: unknown, body?: object) =>
      send(uri, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
    expect((await manage('GET', 'made-up')).status).toBe(401)
    expect((await manage('GET', other.registration_access_token)).status).toBe(401)
    const change = { client_id: made.client_id, client_name: 'Renamed', redirect_uris: [redirectUri] }
    const tricked = await manage('PUT', made.registration_access_token, { ...change, client_name: 'Gооgle' })
    expect(tricked.status).toBe(400)
    const changed = await bodyOf(await manage('PUT', made.registration_access_token, change))
    expect(changed.client_name).toBe('Renamed')
    expect((await manage('GET', made.registration_access_token)).status).toBe(401)
    expect((await manage('DELETE', changed.registration_access_token)).status).toBe(204)
    expect((await begin(String(made.client_id)).first).status).toBe(400)
  })
})

test('an app with a scheme of its own registers, and the answer goes to it', async () => {
  const own = 'cursor://anysphere.cursor-mcp/oauth/callback'
  const made = await bodyOf(
    await rig.register({ client_name: 'Cursor', redirect_uris: [own, 'https://cursor.example/cb'] }),
  )
  expect(made).toMatchObject({
    application_type: 'native',
    redirect_uris: [own, 'https://cursor.example/cb'],
  })
  const { browser, verifier, first } = begin(String(made.client_id), { redirect_uri: own })
  const { location } = await rig.decide(browser, await first, ana)
  expect(`${location.protocol}//${location.host}${location.pathname}`).toBe(own)
  const form = { grant_type: 'authorization_code', client_id: String(made.client_id), redirect_uri: own }
  const code = location.searchParams.get('code') ?? ''
  expect((await post('/oauth/token', { ...form, code })).status).toBe(400)
  const again = begin(String(made.client_id), { redirect_uri: own }, browser)
  const { location: second } = await rig.decide(browser, await again.first, ana)
  const tokens = await post('/oauth/token', {
    ...{ ...form, code: second.searchParams.get('code') ?? '' },
    code_verifier: again.verifier,
  })
  expect([tokens.status, verifier === again.verifier]).toEqual([200, false])
})

describe('a client that names a document about itself', () => {
  const document = (id: string, more: object = {}) =>
    JSON.stringify({ client_id: id, client_name: 'Desk', redirect_uris: [redirectUri], ...more })

  test('is known by it, is asked about under its name and the host that the answer goes to, and gets tokens', async () => {
    at.set('/desk.json', (id) => ({ body: document(id), headers: { 'cache-control': 'max-age=600' } }))
    const clientId = `${origin}/desk.json`
    const { browser, verifier, first } = begin(clientId)
    const { readInteraction } = await import('./index.ts')
    const page = new URL((await first).headers.get('location') ?? '', base)
    const carrier = { headers: new Headers({ cookie: browser.header(page.pathname) }) }
    expect(await readInteraction(carrier)).toMatchObject({
      prompt: 'login',
      client: { kind: 'cimd', clientId, name: 'Desk', redirectHost: 'client.example', local: false },
      scopes: ['tools:read', 'tools:write', 'offline_access'],
      resource: `${base}/api/v1`,
    })
    const { location } = await rig.decide(browser, await first, ana)
    const form = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri }
    const code = location.searchParams.get('code') ?? ''
    const tokens = await bodyOf(await post('/oauth/token', { ...form, code, code_verifier: verifier }))
    expect(tokens).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) })
    expect(hits.get('/desk.json')).toBe(1)
    const [agent] = await superuser.sql('SELECT kind, name FROM agents WHERE client_id = $1', [clientId])
    expect(agent).toEqual({ kind: 'client', name: 'Desk' })
  })

  test('is refused for a document that is not its own, too large, elsewhere, or says what no client may', async () => {
    const { port } = internal.address() as AddressInfo
    at.set('/other.json', () => ({ body: document(`${origin}/desk.json`) }))
    at.set('/large.json', (id) => ({ body: document(id, { padding: 'x'.repeat(100_000) }) }))
    at.set('/html.json', () => ({ body: '<html>' }))
    at.set('/away.json', () => ({ status: 302, headers: { location: `${origin}/desk.json` }, body: '' }))
    at.set('/inside.json', () => ({
      status: 302,
      headers: { location: `https://127.0.0.1:${port}/` },
      body: '',
    }))
    at.set('/logo.json', (id) => ({ body: document(id, { logo_uri: 'javascript:alert(1)' }) }))
    at.set('/name.json', (id) => ({ body: document(id, { client_name: 'Сlaude' }) }))
    at.set('/secret.json', (id) => ({
      body: document(id, { token_endpoint_auth_method: 'client_secret_post' }),
    }))
    at.set('/http.json', (id) => ({
      body: document(id, { redirect_uris: [redirectUri, 'http://client.example/'] }),
    }))
    const names = ['other', 'large', 'html', 'away', 'inside', 'logo', 'name', 'secret', 'http', 'absent']
    const ids = [
      ...names.map((name) => `${origin}/${name}.json`),
      `https://127.0.0.1:${port}/client.json`,
      `https://[::1]:${port}/client.json`,
      `https://[::ffff:127.0.0.1]:${port}/client.json`,
      `https://0x7f000001:${port}/client.json`,
      'https://169.254.169.254/latest/meta-data',
      'https://10.0.0.1/client.json',
      `http://localhost:${port}/client.json`,
      `${origin.replace('https://', 'https://user@')}/desk.json`,
      `${origin}/a/../desk.json`,
      `${origin}/desk.json#x`,
      'javascript:alert(1)',
    ]
    for (const id of ids) {
      const answer = await begin(id).first
      expect([id, answer.status, answer.headers.get('location')]).toEqual([id, 400, null])
    }
    expect(inside).toBe(0)
  })

  test('whose answer goes to the person’s machine is shown as one that anybody could be', async () => {
    at.set('/cli.json', (id) => ({ body: document(id, { redirect_uris: ['http://localhost/cb'] }) }))
    const { browser, first } = begin(`${origin}/cli.json`, { redirect_uri: 'http://localhost:4711/cb' })
    const { readInteraction } = await import('./index.ts')
    const page = new URL((await first).headers.get('location') ?? '', base)
    const carrier = { headers: new Headers({ cookie: browser.header(page.pathname) }) }
    expect((await readInteraction(carrier)).client).toMatchObject({
      local: true,
      redirectHost: 'localhost:4711',
    })
  })
})

describe('an agent that has no secret', () => {
  test('proves itself with a key: its own assertion, meant for us, once', async () => {
    const { home, id, clientId } = await rig.agent('acme')
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
    await forOrg(home, (tx) =>
      tx.agent_credentials.create({
        data: {
          ...{
            org_id: home.orgId,
            id: newId(),
            agent_id: id,
            kind: 'private_key_jwt',
            jwks: { keys: [jwk] } as never,
          },
          created_by: { type: 'system', id: 'test' },
        },
      }),
    )
    const assertion = (
      more: Record<string, unknown> = {},
      header: Record<string, unknown> = {},
      key = privateKey,
    ) =>
      new SignJWT({ iss: clientId, sub: clientId, aud: `${base}/oauth`, jti: newId(), ...more })
        .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header } as never)
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(key)
    const ask = async (client_assertion: string) => {
      const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
      const response = await post('/oauth/token', {
        grant_type: 'client_credentials',
        client_assertion,
        client_assertion_type,
      })
      return { status: response.status, body: await bodyOf(response) }
    }
    const good = await assertion()
    expect((await ask(good)).status).toBe(200)
    const stranger = await generateKeyPair('ES256')
    for (const bad of [
      good,
      await assertion({ aud: 'https://elsewhere.example' }),
      await assertion({ jti: undefined }),
      await assertion({}, {}, stranger.privateKey),
      await assertion({ sub: `ag_${'0'.repeat(32)}` }),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`,
    ]) {
      const { status, body } = await ask(bad)
      expect([bad, status, body.error]).toEqual([bad, 401, 'invalid_client'])
    }
  })
})

describe('an agent whom others vouch for', () => {
  const clientCredentials = async (form: Record<string, string>, headers = {}) => {
    const response = await post('/oauth/token', { grant_type: 'client_credentials', ...form }, headers)
    return { status: response.status, body: await bodyOf(response) }
  }
  const trust = async (kind: 'federated' | 'tls_client_auth', more: object) => {
    const made = await rig.agent('acme')
    await forOrg(made.home, (tx) =>
      tx.agent_credentials.create({
        data: {
          ...{ org_id: made.home.orgId, id: newId(), agent_id: made.id, kind, ...more },
          created_by: { type: 'system', id: 'test' },
        },
      }),
    )
    return made
  }

  test('is let in by the token of its workload, which is good for this agent, for us, and once', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), kid: 'ci', alg: 'ES256', use: 'sig' }
    const issuer = 'https://token.actions.githubusercontent.com'
    const subject = 'repo:acme/app:ref:refs/heads/main'
    const { clientId } = await trust('federated', { issuer, subject, jwks: { keys: [jwk] } })
    const token = (more: Record<string, unknown> = {}) =>
      new SignJWT({ iss: issuer, sub: subject, aud: `${base}/oauth`, jti: newId(), ...more })
        .setProtectedHeader({ alg: 'ES256', kid: 'ci', typ: 'JWT' })
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey)
    const form = async (client_assertion: string, client_id = clientId) => ({
      ...{ client_id, client_assertion },
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    const good = await token()
    const { status, body } = await clientCredentials(await form(good))
    expect([status, body.token_type]).toEqual([200, 'Bearer'])
    const other = await rig.agent('acme')
    for (const bad of [
      await form(good),
      await form(await token({ sub: 'repo:acme/app:ref:refs/heads/other' })),
      await form(await token({ aud: 'https://elsewhere.example' })),
      await form(await token(), other.clientId),
    ]) {
      const refused = await clientCredentials(bad)
      expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client'])
    }
  })

  test('is let in by a certificate that a proxy of ours verified, and its token is bound to it', async () => {
    const { cert } = selfSigned('agent.example')
    const der = cert.replaceAll(/-----[A-Z ]+-----|\s/g, '')
    const thumbprint = createHash('sha256').update(Buffer.from(der, 'base64')).digest('base64url')
    const { clientId } = await trust('tls_client_auth', { certificate_thumbprint: thumbprint })
    const show = (header: string, peer = '127.0.0.1') =>
      clientCredentials({ client_id: clientId }, { 'client-cert': `:${header}:`, 'x-behalf-peer': peer })
    const { status, body } = await show(der)
    expect(status).toBe(200)
    expect(decodeJwt(String(body.access_token)).cnf).toEqual({ 'x5t#S256': thumbprint })
    const stranger = selfSigned('agent.example').cert.replaceAll(/-----[A-Z ]+-----|\s/g, '')
    for (const refused of [await show(stranger), await show(der, '203.0.113.9'), await show('AAAA')])
      expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client'])
  })
})

test('who may not prove themselves is written down, grouped', async () => {
  const { clientId } = await rig.agent('acme')
  for (let n = 0; n < 5; n++)
    await post('/oauth/token', { grant_type: 'client_credentials' }, basic(clientId, 'wrong'))
  const rows = await superuser.sql(`SELECT 1 FROM audit_events WHERE action = 'authentication.refused'`)
  expect(rows.length).toBeGreaterThan(0)
  const registered = await superuser.sql(
    `SELECT details FROM audit_events WHERE action = 'oauth_client.registered'`,
  )
  expect(registered.length).toBeGreaterThan(3)
})

test('what the authorization server is, is told in full', async () => {
  const read = async (path: string) => bodyOf(await send(`${base}${path}`))
  const document = await read('/.well-known/oauth-authorization-server/oauth')
  expect(document).toMatchObject({
    issuer: `${base}/oauth`,
    authorization_endpoint: `${base}/oauth/authorize`,
    token_endpoint: `${base}/oauth/token`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    registration_endpoint: `${base}/oauth/register`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: ['tools:read', 'tools:write', 'accounts:read', 'executions:read', 'offline_access'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
    authorization_details_types_supported: ['behalf_tool_call'],
  })
  expect(await read('/oauth/.well-known/oauth-authorization-server')).toEqual(document)
  expect(await read('/.well-known/oauth-authorization-server')).toEqual(document)
  expect(await read('/oauth/.well-known/openid-configuration')).toMatchObject(document)
  expect((await send(`${base}/.well-known/oauth-authorization-server/other`)).status).toBe(404)
  // Every endpoint that it names is there.
  for (const [name, value] of Object.entries(document).filter(([one]) => one.endsWith('_endpoint'))) {
    const method = name === 'authorization_endpoint' ? 'GET' : 'POST'
    expect([name, (await send(String(value), { method })).status]).not.toEqual([name, 404])
  }
  const keys = (await read('/.well-known/jwks.json')) as { keys: Record<string, unknown>[] }
  expect(keys.keys.length).toBeGreaterThan(0)
  for (const jwk of keys.keys) expect(Object.keys(jwk)).not.toContain('d')
})
