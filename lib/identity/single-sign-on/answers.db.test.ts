import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'
import { expect, test, vi } from 'vitest'
import { type IdentityProvider, startIdentityProvider } from '../../../scripts/testing/identity-provider.ts'
import { createSsoConnection, finishSso, openSsoFlow } from '../index.ts'
import {
  acme,
  acmeSso,
  ada,
  audit,
  connected,
  evil,
  globex,
  globexSso,
  idp,
  journey,
  leavesNothing,
  members,
  operator,
  prepareSso,
  recorder,
  refused,
  secret,
  signIn,
  superuser,
} from './testing.ts'

prepareSso()

const strangers = generateKeyPairSync('rsa', { modulusLength: 2048 })
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const hmac = (claims: JWTPayload, key: string) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(createSecretKey(Buffer.from(key)))
const past = () => Math.floor(Date.now() / 1000) - 3_600

const liars: [string, string, () => IdentityProvider['state']['lies']][] = [
  ['of another issuer', 'issuer', () => ({ claims: { iss: evil.issuer } })],
  ['for another client', 'audience', () => ({ claims: { aud: 'somebody-else' } })],
  [
    'for several, of which it names another',
    'authorized_party',
    () => ({ claims: { aud: ['behalf-acme', 'x'], azp: 'x' } }),
  ],
  ['that names another party', 'authorized_party', () => ({ claims: { azp: 'x' } })],
  [
    'without a signature',
    'algorithm',
    () => ({ token: (claims) => `${part({ alg: 'none' })}.${part(claims)}.` }),
  ],
  ['signed with the client secret', 'algorithm', () => ({ token: (claims) => hmac(claims, secret) })],
  [
    'signed with the public key as a secret',
    'algorithm',
    () => ({
      token: (claims) => hmac(claims, String(idp.publicKey().export({ type: 'spki', format: 'pem' }))),
    }),
  ],
  [
    'signed with a stranger’s key',
    'signature',
    () => ({
      token: (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(strangers.privateKey),
    }),
  ],
  [
    'that brings its own key',
    'signature',
    () => ({
      token: (claims) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'RS256', jwk: strangers.publicKey.export({ format: 'jwk' }) as never })
          .sign(strangers.privateKey),
    }),
  ],
  [
    'of another type',
    'type',
    () => ({
      token: async (claims) => {
        const [, body, signature] = (await idp.sign(claims)).split('.')
        return `${part({ alg: 'RS256', typ: 'at+jwt' })}.${body}.${signature}`
      },
    }),
  ],
  ['that has expired', 'expired', () => ({ claims: { exp: past(), iat: past() - 300 } })],
  ['made long ago', 'expired', () => ({ claims: { iat: past() } })],
  ['with another nonce', 'nonce', () => ({ claims: { nonce: 'of another sign-in' } })],
  ['without a nonce', 'nonce', () => ({ claims: { nonce: undefined } })],
]
test.for(liars)('refuses an ID token %s', async ([, why, lies]) => {
  idp.state.lies = lies()
  expect(await refused(signIn())).toBe('token_invalid')
  expect(audit).toEqual([expect.objectContaining({ reason: 'token_invalid' })])
  expect(audit[0]?.why).toBe(why)
  expect(await members()).toEqual([])
})

test('refuses an ID token that was good in another sign-in', async () => {
  await signIn()
  const [{ id } = { id: '' }] = await members()
  const replayed = idp.state.lastToken
  await superuser.sql('DELETE FROM members WHERE id = $1', [id])
  audit.length = 0
  idp.state.lies = { token: () => replayed }
  await leavesNothing(signIn(), 'token_invalid', 'nonce')
})

test('refuses an answer without the state of this browser, and uses the sign-in up by it', async () => {
  const { cookie, finish, back } = await journey({
    change: (url) => url.searchParams.set('state', 'another'),
  })
  await leavesNothing(finish(), 'state_mismatch')
  back.searchParams.set('state', (await openSsoFlow(cookie))?.state ?? '')
  expect(await refused(finish())).toBe('used')
})

test('takes an answer once, of five at the same moment too', async () => {
  const { finish } = await journey()
  const answers = await Promise.allSettled(Array.from({ length: 5 }, finish))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await refused(finish())).toBe('used')
  expect(await members()).toHaveLength(1)
})

test('refuses a code that was used before, or is another’s', async () => {
  const other = await journey()
  const code = other.back.searchParams.get('code') ?? ''
  await leavesNothing(signIn({ change: (back) => back.searchParams.set('code', code) }), 'code_refused')
})

test('refuses whoever comes without the cookie, or with one that was made up', async () => {
  const { back } = await journey()
  for (const cookie of [undefined, '', 'Fe26.2*1*made*up', 'x'.repeat(5_000)])
    expect(await refused(finishSso(acmeSso.id, cookie, back.searchParams, recorder))).toBe('no_flow')
  expect(audit.map(({ action }) => action)).toEqual(Array(4).fill('authentication.refused'))
  expect(await members()).toEqual([])
})

test('refuses an answer that names another issuer, or leaves out a name that it promised (mix-up)', async () => {
  await leavesNothing(
    signIn({ change: (back) => back.searchParams.set('iss', evil.issuer) }),
    'issuer_mismatch',
  )
  audit.length = 0
  await leavesNothing(signIn({ change: (back) => back.searchParams.delete('iss') }), 'issuer_mismatch')
  expect(idp.state.seen).not.toContain('/token')
})

test('refuses an answer at the address of another connection, of this org or of another', async () => {
  await leavesNothing(signIn({ at: globexSso.id }), 'other_connection')
  audit.length = 0
  const second = await createSsoConnection(
    acme,
    operator,
    {
      ...{ name: 'Second', issuer: idp.issuer, client_id: 'x', client_auth: 'none' },
      ...{ scopes: [], groups_claim: 'groups', creates_members: true },
    },
    async () => undefined,
  )
  await leavesNothing(signIn({ at: second.id }), 'other_connection')
})

test('lets another org’s identity provider speak for nobody here, whatever address and subject it names', async () => {
  const { member } = await signIn()
  await superuser.sql(`UPDATE members SET role = 'owner', role_by = 'hand' WHERE id = $1`, [member.id])
  evil.state.person = ada()
  expect(await refused(signIn({ tenant: globex, connection: globexSso }))).toBe('email_foreign')
  evil.state.lies = { claims: { iss: idp.issuer } }
  expect(await refused(signIn({ tenant: globex, connection: globexSso }))).toBe('token_invalid')
  expect(await members('globex')).toEqual([])
  expect(await members()).toHaveLength(1)
})

test('reads rotated keys again, and stops taking the old ones', async () => {
  await signIn()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
  try {
    const old = await idp.sign({})
    idp.rotate()
    await signIn()
    idp.state.lies = { token: () => old }
    expect(await refused(signIn())).toBe('token_invalid')
  } finally {
    vi.useRealTimers()
  }
})

const broken: [string, () => IdentityProvider['state']['lies']][] = [
  ['answers no end', () => ({ handle: (path, response) => path === '/token' && flood(response) })],
  [
    'leads the exchange to an internal address',
    () => ({
      handle: (path, response) =>
        path === '/token' && !!response.writeHead(307, { location: 'http://169.254.169.254/latest' }).end(),
    }),
  ],
  ['never answers', () => ({ handle: (path) => path === '/token' })],
  ['breaks off', () => ({ handle: (path, response) => path === '/token' && !!response.destroy() })],
]
function flood(response: {
  write: (text: string) => boolean
  on: (event: string, then: () => void) => unknown
}) {
  const more = () => {
    for (let n = 0; n < 64 && response.write('x'.repeat(16_384)); n++);
  }
  response.on('drain', more)
  more()
  return true
}
test.for(broken)('refuses an identity provider that %s', { timeout: 30_000 }, async ([, lies]) => {
  idp.state.lies = lies()
  await leavesNothing(signIn(), 'unreachable')
})

test.for([
  ['token_endpoint', 'http://169.254.169.254/token'],
  ['token_endpoint', 'https://localhost:1/token'],
  ['jwks_uri', 'http://[::1]:80/jwks'],
])('never asks an internal address that a discovery document names as %s', async ([name, address]) => {
  await superuser.sql('DELETE FROM sso_connections WHERE org_id = $1', [acme.orgId])
  const fresh = await startIdentityProvider()
  fresh.state.person = ada()
  try {
    const connection = await connected(acme, fresh.issuer)
    fresh.state.lies = { metadata: { [name ?? '']: address } }
    await leavesNothing(signIn({ connection }), 'unreachable')
  } finally {
    await fresh.stop()
  }
})
