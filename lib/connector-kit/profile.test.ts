import { expect, test } from 'vitest'
import { apiOriginIn, baseUrlsWith, defineProfile, oauth2Of, withInputs } from './index.ts'
import { tokensBy } from './tokens.ts'

const profile = defineProfile({
  id: 'acme',
  name: 'Acme',
  baseUrls: { web: 'https://{shop}.acme.test' },
  inputs: { shop: { pattern: /[a-z0-9-]+|x|yy/, default: null, example: 'one' } },
  authorizeUrl: '{web}/a',
  tokenUrl: '{web}/t',
  pkce: 'not_documented',
  clientAuth: 'client_secret_post',
  rotation: 'single_use',
  revoke: {
    meaning: 'grant',
    request: {
      url: '{web}/r',
      method: 'POST',
      authenticate: 'bearer',
      body: 'none',
      token: 'access',
      confirmedBy: { statuses: [200], body: { 'was.revoked': true } },
    },
  },
  identity: {
    from: 'api',
    url: '{web}/me',
    method: 'GET',
    id: '{team.id}/{id}',
    label: ['{mail}', '{name} ({team.id})'],
  },
  tokenErrors: [],
  apiErrors: [],
  sources: [],
  unverified: [],
})

test('what a person gives becomes part of a host only if it matches from end to end', () => {
  expect(baseUrlsWith(profile, { shop: 'my-shop' })).toEqual({ web: 'https://my-shop.acme.test' })
  for (const shop of ['evil.test/x', 'a.b', 'A', '', 'a\n', '\na', 'a@b', 'yy.evil', 'x/']) {
    expect(() => withInputs(profile, 'https://{shop}.acme.test', { shop }), JSON.stringify(shop)).toThrow(
      'does not match',
    )
  }
  expect(() => baseUrlsWith(profile)).toThrow('needs shop')
})

test('a connector takes its OAuth from the profile, and PKCE only where the provider is known to take it', () => {
  const auth = oauth2Of(profile, { baseScopes: ['me'] })
  expect(auth).toMatchObject({
    authorizeUrl: '{web}/a',
    clientAuth: 'client_secret_post',
    pkce: 'unsupported',
    rotation: 'single_use',
    oldTokenSurvives: false,
    baseScopes: ['me'],
    refreshBufferSeconds: 300,
  })
  expect(oauth2Of({ ...profile, pkce: 'optional' }).pkce).toBe('S256')
  expect(() => oauth2Of({ ...profile, flow: 'oauth1' })).toThrow('not connectable')
})

test('a revocation is confirmed by the status and every field that the profile names', () => {
  const { revoke } = oauth2Of(profile)
  expect(revoke?.endsWiderGrant).toBe(true)
  expect(revoke?.confirms(200, { was: { revoked: true } })).toBe(true)
  expect(revoke?.confirms(200, { was: { revoked: false } })).toBe(false)
  expect(revoke?.confirms(200, null)).toBe(false)
  expect(revoke?.confirms(204, { was: { revoked: true } })).toBe(false)
})

test('an account has an id or the answer is refused; its label is the first that can be told', () => {
  const { identity } = oauth2Of(profile)
  expect(identity.parse({ id: 7, team: { id: 'T' }, mail: 'a@b' })).toEqual({ id: 'T/7', label: 'a@b' })
  expect(identity.parse({ id: 7, team: { id: 'T' }, mail: '', name: 'Ana' }).label).toBe('Ana (T)')
  expect(identity.parse({ id: 7, team: { id: 'T' } }).label).toBe('T/7')
  for (const body of [null, {}, { id: '', team: { id: 'T' } }, { id: {}, team: { id: 'T' } }])
    expect(() => identity.parse(body)).toThrow()
})

test('a null or missing field of a token response is null, never an empty token or a lifetime', () => {
  const parse = tokensBy({})
  const none = { accessToken: 'a', refreshToken: null, expiresInSeconds: null, scopes: null }
  expect(parse({ access_token: 'a', refresh_token: null, expires_in: null, scope: null })).toEqual(none)
  expect(parse({ access_token: 'a', refresh_token: '' })).toEqual(none)
  expect(tokensBy({ emptyScopeIsNone: true })({ access_token: 'a', scope: '' }).scopes).toEqual([])
  expect(parse({ access_token: 'a', scope: ['x', 1, 'y'] }).scopes).toEqual(['x', 'y'])
})

test('believes an API address only at the provider, by https, or where an operator pointed', () => {
  const mapping = { field: 'instance_url', hosts: ['.acme.test', 'acme.example'] }
  const origin = (instance_url: unknown) => apiOriginIn(mapping, { instance_url }, ['127.0.0.1:4350'])
  expect(origin('https://na1.acme.test/x')).toBe('https://na1.acme.test')
  expect(origin('https://acme.example')).toBe('https://acme.example')
  expect(origin('http://127.0.0.1:4350')).toBe('http://127.0.0.1:4350')
  expect(origin(undefined)).toBeNull()
  for (const foreign of [
    'https://169.254.169.254',
    'http://na1.acme.test',
    'https://evilacme.test',
    'https://acme.test.evil.test',
    'https://na1.acme.test:8443',
    'https://u@na1.acme.test',
    'http://127.0.0.1:4351',
    'acme.test',
    7,
  ])
    expect(() => origin(foreign), String(foreign)).toThrow('foreign')
})
