import { createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { base, basic, http, type OauthRig, post, send, startOauth } from './testing.ts'

let rig: OauthRig
beforeAll(async () => {
  rig = await startOauth()
})
afterAll(() => rig.stop())

const keys = createRemoteJWKSet(new URL(`${base}/.well-known/jwks.json`), {
  [customFetch]: (url: string, init: RequestInit) => send(url, init),
})

test('an agent gets a token of its own with its secret: signed by the deployment, for one resource, for minutes', async () => {
  const { clientId, secret } = await rig.agent('acme')
  const response = await post('/oauth/token', { grant_type: 'client_credentials' }, basic(clientId, secret))
  const body = (await response.json()) as Record<string, unknown>
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'tools:read tools:write' })
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  const token = String(body.access_token)
  expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
  const { payload } = await jwtVerify(token, keys, { issuer: `${base}/oauth`, audience: `${base}/api/v1` })
  expect(payload).toMatchObject({
    client_id: clientId,
    sub: clientId,
    agent: clientId,
    org: 'acme',
    team: 'ops',
    environment: 'production',
    scope: 'tools:read tools:write',
    permissions: ['tools:read', 'tools:write'],
  })
  expect(payload.act).toBeUndefined()
  void http
})
