import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { authorizeByHttp, createJar } from './drive.ts'
import { allScopes, type Rig, startRig, type Tokens } from './rig.ts'
import { startSandbox } from './server.ts'

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
beforeEach(async () => {
  await rig.control('POST', 'reset', { data: true })
})
afterAll(() => rig.close())

const json = async (response: Response) => (await response.json()) as Record<string, unknown>
const challenge = createHash('sha256').update('v'.repeat(43)).digest('base64url')

const claimsOf = (idToken: string | undefined) =>
  JSON.parse(Buffer.from(idToken?.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

test('publishes the same metadata at the OpenID and the RFC 8414 address', async () => {
  const openid = await json(await fetch(`${rig.url}/.well-known/openid-configuration`))
  expect(await json(await fetch(`${rig.url}/.well-known/oauth-authorization-server`))).toEqual(openid)
  expect(openid).toMatchObject({
    issuer: rig.url,
    authorization_endpoint: `${rig.url}/authorize`,
    token_endpoint: `${rig.url}/token`,
    revocation_endpoint: `${rig.url}/token/revocation`,
    introspection_endpoint: `${rig.url}/token/introspection`,
    code_challenge_methods_supported: ['S256'],
    response_types_supported: ['code'],
    authorization_response_iss_parameter_supported: true,
  })
})

test('answers a code with state and iss, and redeems it for opaque tokens of 300 seconds', async () => {
  const { back, verifier } = await rig.authorize({ params: { nonce: 'nonce-1' } })
  expect(back.href.startsWith(rig.redirectUri)).toBe(true)
  expect(back.searchParams.get('state')).toBe('state-1')
  expect(back.searchParams.get('iss')).toBe(rig.url)
  const tokens = (await (await rig.redeem(back.searchParams.get('code') ?? '', verifier)).json()) as Tokens
  expect(tokens.expires_in).toBe(300)
  expect(tokens.scope.split(' ').sort()).toEqual(allScopes.split(' ').sort())
  expect(tokens.refresh_token).toBeTruthy()
  expect(tokens.access_token).not.toContain('.')
  expect(claimsOf(tokens.id_token)).toMatchObject({ sub: 'usr_ana', nonce: 'nonce-1', aud: 'client-1' })
  const headers = { authorization: `Bearer ${tokens.access_token}` }
  expect(await json(await fetch(`${rig.url}/userinfo`, { headers }))).toEqual({
    sub: 'usr_ana',
    name: 'Ana Souza',
    email: 'ana@acme.test',
  })
})

test('accepts the client secret in the body as well as in the header, and refuses a wrong one', async () => {
  const { back, verifier } = await rig.authorize()
  const send = (secret: string) =>
    fetch(`${rig.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: back.searchParams.get('code') ?? '',
        redirect_uri: rig.redirectUri,
        code_verifier: verifier,
        client_id: rig.client.client_id,
        client_secret: secret,
      }),
    })
  expect((await send('wrong')).status).toBe(401)
  expect((await send(rig.client.client_secret)).status).toBe(200)
})

test.each([
  ['without PKCE', {}],
  ['with plain PKCE', { code_challenge: 'v'.repeat(43), code_challenge_method: 'plain' }],
  ['with a challenge but no method', { code_challenge: challenge }],
])('refuses an authorization request %s', async (_case, params) => {
  const authorizeUrl = rig.authorizeUrl({ scope: 'openid tasks:read', ...params })
  const back = await authorizeByHttp({ authorizeUrl, user: 'ana', grant: 'all' })
  expect(back.searchParams.get('error')).toBe('invalid_request')
  expect(back.searchParams.has('code')).toBe(false)
})

test('refuses a redirect address that is not registered without redirecting to it', async () => {
  const authorizeUrl = rig.authorizeUrl({ redirect_uri: 'http://127.0.0.1:4198/elsewhere' })
  await expect(authorizeByHttp({ authorizeUrl, user: 'ana', grant: 'all' })).rejects.toThrow(
    'invalid_redirect_uri',
  )
})

test('refuses a code with another verifier, and a code redeemed twice together with its tokens', async () => {
  const first = await rig.authorize()
  const wrong = await rig.redeem(first.back.searchParams.get('code') ?? '', 'w'.repeat(43))
  expect([wrong.status, (await json(wrong)).error]).toEqual([400, 'invalid_grant'])

  const { back, verifier } = await rig.authorize()
  const code = back.searchParams.get('code') ?? ''
  const tokens = (await (await rig.redeem(code, verifier)).json()) as Tokens
  expect((await rig.redeem(code, verifier)).status).toBe(400)
  expect((await rig.api(tokens.access_token, 'me')).status).toBe(401)
})

test('grants exactly the scopes left ticked, and asks again every time', async () => {
  await rig.connect()
  const tokens = await rig.connect({ grant: ['tasks:read'] })
  expect(tokens.scope.split(' ').sort()).toEqual(['offline_access', 'openid', 'tasks:read'])
  expect((await rig.introspect(tokens.access_token)).scope).toBe(tokens.scope)
  const refreshed = (await (await rig.refresh(tokens.refresh_token)).json()) as Tokens
  expect(refreshed.scope.split(' ').sort()).toEqual(['offline_access', 'openid', 'tasks:read'])
})

test('issues no refresh token when offline_access was not asked for', async () => {
  const tokens = await rig.connect({ params: { scope: 'openid tasks:read' } })
  expect(tokens.scope.split(' ').sort()).toEqual(['openid', 'tasks:read'])
  expect(tokens.refresh_token).toBeUndefined()
})

test('reports a denial to the client as access_denied', async () => {
  const { back } = await rig.authorize({ grant: 'deny' })
  expect(back.searchParams.get('error')).toBe('access_denied')
  expect(back.searchParams.get('iss')).toBe(rig.url)
})

test('signs in the person who was picked, whoever came before in the same browser', async () => {
  const jar = createJar()
  const ana = await rig.connect({ user: 'ana@acme.test', jar })
  const ben = await rig.connect({ user: 'usr_ben', jar })
  expect(claimsOf(ana.id_token).sub).toBe('usr_ana')
  expect(claimsOf(ben.id_token).sub).toBe('usr_ben')
})

test('rotates refresh tokens and ends the whole family when an old one returns', async () => {
  const first = await rig.connect()
  const second = (await (await rig.refresh(first.refresh_token)).json()) as Tokens
  expect(second.refresh_token).not.toBe(first.refresh_token)
  expect((await rig.api(second.access_token, 'me')).status).toBe(200)

  const reuse = await rig.refresh(first.refresh_token)
  expect([reuse.status, (await json(reuse)).error]).toEqual([400, 'invalid_grant'])
  expect((await rig.api(first.access_token, 'me')).status).toBe(401)
  expect((await rig.api(second.access_token, 'me')).status).toBe(401)
  expect((await rig.refresh(second.refresh_token)).status).toBe(400)
})

test('ends the family when one refresh token is redeemed many times at once', async () => {
  const tokens = await rig.connect()
  const answers = await Promise.all(Array.from({ length: 8 }, () => rig.refresh(tokens.refresh_token)))
  expect(answers.filter((answer) => answer.status === 200).length).toBeLessThanOrEqual(1)
  expect((await rig.state()).refresh_redemptions_max).toBe(8)
  expect((await rig.api(tokens.access_token, 'me')).status).toBe(401)
})

test('revoking a refresh token ends its access tokens', async () => {
  const tokens = await rig.connect()
  expect((await rig.introspect(tokens.access_token)).active).toBe(true)
  expect((await rig.post('/token/revocation', { token: tokens.refresh_token ?? '' })).status).toBe(200)
  expect(await rig.introspect(tokens.access_token)).toEqual({ active: false })
  expect(await rig.introspect(tokens.refresh_token)).toEqual({ active: false })
  expect((await rig.api(tokens.access_token, 'me')).status).toBe(401)
  expect((await rig.refresh(tokens.refresh_token)).status).toBe(400)
})

test('refuses introspection and revocation without client authentication', async () => {
  const tokens = await rig.connect()
  for (const path of ['/token/introspection', '/token/revocation']) {
    const body = new URLSearchParams({ token: tokens.access_token, client_id: rig.client.client_id })
    expect((await fetch(`${rig.url}${path}`, { method: 'POST', body })).status).toBe(401)
  }
  expect((await rig.api(tokens.access_token, 'me')).status).toBe(200)
})

test('refuses the consent form without the cookie of the person who opened it', async () => {
  const url = rig.authorizeUrl({ scope: 'openid', code_challenge: challenge, code_challenge_method: 'S256' })
  const opened = await fetch(url, { redirect: 'manual' })
  const page = new URL(opened.headers.get('location') ?? '', rig.url)
  const body = new URLSearchParams({ decision: 'allow' })
  const stolen = await fetch(`${page.href}/consent`, { method: 'POST', body, redirect: 'manual' })
  expect(stolen.status).toBe(400)
})

test('registers and updates a client through the control endpoint', async () => {
  const redirect = 'http://127.0.0.1:4199/other'
  const params = { client_id: 'late', redirect_uri: redirect, scope: 'openid tasks:read' }
  const visit = { params }
  await expect(rig.authorize(visit)).rejects.toThrow('invalid_client')
  const client = { client_secret: 'another-practice-secret', redirect_uris: [redirect] }
  expect((await rig.control('PUT', 'clients/late', client)).status).toBe(204)
  expect((await rig.authorize(visit)).back.searchParams.has('code')).toBe(true)
  const moved = { ...client, redirect_uris: [`${redirect}/moved`] }
  expect((await rig.control('PUT', 'clients/late', moved)).status).toBe(204)
  await expect(rig.authorize(visit)).rejects.toThrow('invalid_redirect_uri')
  const bad = await rig.control('PUT', 'clients/late', { client_secret: 'x', redirect_uris: [] })
  expect(bad.status).toBe(422)
})

test('refuses to listen beyond loopback', async () => {
  await expect(startSandbox({ port: 0, host: '0.0.0.0', clients: [] })).rejects.toThrow('loopback only')
})
