import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'
import { exportJWK, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { authenticateKey, createSsoKeyIn, disableSsoKeyIn, ssoAudience, ssoTyp } from '#lib/identity'
import { ssoKeyInput } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { closers, serve } from '../../egress/testing.ts'

const page = 'https://app.acme.test'
const issuer = 'https://login.acme.test'
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const others = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let practice: Practice
let superuser: Superuser
let jwk: JWK
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one' }
  for (const org of ['acme', 'globex']) {
    await practice.session({ org_id: org, user_id: 'u_first', embed_origins: [page] })
  }
  await register('acme', { issuer, jwks: { keys: [jwk] } })
  await register('globex', { issuer, jwks: { keys: [await exportJWK(others.publicKey)] } })
})
afterAll(() => practice.stop())

async function register(org: string, input: Record<string, unknown>) {
  const tenant = await practice.tenant(org)
  const by = { type: 'system', id: 'test' }
  return forOrg(tenant, (tx) => createSsoKeyIn(tx, tenant, ssoKeyInput.parse(input), by))
}

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
const now = () => Math.floor(Date.now() / 1000)

const claims = () => ({
  iss: issuer,
  aud: ssoAudience(),
  sub: 'u_ana',
  org: 'acme',
  email: 'ana@acme.test',
  origin: page,
  jti: randomUUID(),
  auth_time: now() - 60,
  iat: now(),
  exp: now() + 120,
})

type Made = {
  with?: Record<string, unknown>
  header?: Partial<JWTHeaderParameters>
  key?: Parameters<SignJWT['sign']>[0]
}

const assertion = ({ with: more = {}, header = {}, key = keys.privateKey }: Made = {}) =>
  new SignJWT({ ...claims(), ...more })
    .setProtectedHeader({ alg: 'ES256', typ: ssoTyp, kid: 'one', ...header })
    .sign(key)

const trade = (given: string, from: string | null = page) => practice.connect.sso(given, from, origin)

test('trades an assertion for a session of that person, and says in the audit on whose word', async () => {
  const { session, origin: reader } = await trade(
    await assertion({ with: { session: { connectors: ['sandbox'], scopes: { sandbox: ['tasks:read'] } } } }),
  )
  expect(reader).toBe(page)
  expect(session).toMatchObject({ org_id: 'acme', user_id: 'u_ana', status: 'open', connectors: ['sandbox'] })
  const opened = await practice.connect.open(session.token)
  expect(opened.session).toMatchObject({ embed_origins: [page], confirmation: 'host' })
  expect(opened.session.user.email).toBe('ana@acme.test')
  const events = await listAudit(await practice.tenant('acme'), { action: 'sso.accepted' }, null, 1)
  expect(events).toMatchObject([{ actor: { type: 'sso' }, details: { issuer, origin: page } }])
})

test('takes an assertion once, of 20 at the same moment too', async () => {
  const given = await assertion()
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => trade(given)))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const answer of answers)
    if (answer.status === 'rejected') expect(answer.reason).toEqual(refusal('unauthenticated'))
  await expect(trade(given)).rejects.toEqual(refusal('unauthenticated'))
})

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signed with what anybody can read of the key. */
async function confused(alg: string) {
  const signed = `${part({ alg, typ: ssoTyp, kid: 'one' })}.${part(claims())}`
  const pem = keys.publicKey.export({ type: 'spki', format: 'pem' })
  return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`
}

const corpus: Record<string, () => Promise<string> | string> = {
  'no token': () => 'nothing',
  'an empty one': () => '',
  'one that is too long': async () => `${await assertion()}${'A'.repeat(20_000)}`,
  'alg none': () => `${part({ alg: 'none', typ: ssoTyp })}.${part(claims())}.`,
  'alg none with a signature': async () => {
    const [, body, signature] = (await assertion()).split('.')
    return `${part({ alg: 'none', typ: ssoTyp })}.${body}.${signature}`
  },
  'HS256 with the public key': () => confused('HS256'),
  'the key in its own header': async () =>
    assertion({ key: others.privateKey, header: { jwk: await exportJWK(others.publicKey) } }),
  'keys at an address in its own header': () =>
    assertion({ key: others.privateKey, header: { jku: 'https://evil.test/keys' } }),
  'another key': () => assertion({ key: others.privateKey }),
  'an unknown key id': () => assertion({ header: { kid: 'two' } }),
  'a critical extension': () => assertion({ header: { crit: ['x'], x: 1 } }).catch(() => 'unsignable'),
  'the type of any JWT': () => assertion({ header: { typ: 'JWT' } }),
  'the type of an access token': () => assertion({ header: { typ: 'at+jwt' } }),
  'the type of a logout token': () => assertion({ header: { typ: 'logout+jwt' } }),
  'another audience': () => assertion({ with: { aud: 'https://elsewhere.test/connect/sso' } }),
  'the origin as its audience': () => assertion({ with: { aud: new URL(ssoAudience()).origin } }),
  'two audiences': () => assertion({ with: { aud: [ssoAudience(), 'https://elsewhere.test'] } }),
  'another issuer': () => assertion({ with: { iss: 'https://evil.test' } }),
  'another organization': () => assertion({ with: { org: 'globex' } }),
  'an organization that does not exist': () => assertion({ with: { org: 'nobody' } }),
  'the deployment as organization': () => assertion({ with: { org: '#deployment' } }),
  'another origin': () => assertion({ with: { origin: 'https://evil.test' } }),
  'an expired one': () => assertion({ with: { iat: now() - 200, exp: now() - 20 } }),
  'one issued too long ago': () => assertion({ with: { iat: now() - 320, exp: now() + 10 } }),
  'one good for ten minutes': () => assertion({ with: { exp: now() + 600 } }),
  'one of the future': () => assertion({ with: { iat: now() + 60, exp: now() + 120 } }),
  'one that is not good yet': () => assertion({ with: { nbf: now() + 60 } }),
  'a sign-in of the future': () => assertion({ with: { auth_time: now() + 3_600 } }),
  'a short jti': () => assertion({ with: { jti: 'x' } }),
  'a subject that is no id': () => assertion({ with: { sub: 'u 42\r\n' } }),
  'an address that is none': () => assertion({ with: { email: 'ana@acme.test, eve@evil.test' } }),
  ...Object.fromEntries(
    Object.keys({
      iss: 0,
      aud: 0,
      sub: 0,
      org: 0,
      email: 0,
      origin: 0,
      jti: 0,
      auth_time: 0,
      iat: 0,
      exp: 0,
    }).map((name) => [`no ${name}`, () => assertion({ with: { [name]: undefined } })]),
  ),
}

test.for(Object.keys(corpus))('refuses %s', async (name) => {
  const given = (await corpus[name]?.()) ?? ''
  await expect(trade(given)).rejects.toEqual(refusal('unauthenticated'))
})

test('refuses a good assertion from another page, from none, and from an origin that is not registered', async () => {
  for (const from of [null, 'null', 'https://evil.test', `${page}/`])
    await expect(trade(await assertion(), from)).rejects.toEqual(refusal('unauthenticated'))
  const elsewhere = 'https://other.acme.test'
  const given = await assertion({ with: { origin: elsewhere } })
  await expect(trade(given, elsewhere)).rejects.toEqual(refusal('unauthenticated'))
})

test('is no credential anywhere else', async () => {
  const bearer = practice.authorization(await assertion())
  for (const role of ['connect', 'execute', 'read', 'manage'] as const)
    await expect(authenticateKey(bearer, role)).rejects.toEqual(refusal('unauthenticated'))
  await expect(practice.connect.open(await assertion())).rejects.toEqual(refusal('session_expired'))
})

test('lets the signed claim say what the session offers, and not for whom', async () => {
  for (const session of [
    { user_id: 'u_victim' },
    { org_id: 'globex' },
    { user: { email: 'x@y.test' } },
    { nonsense: 1 },
  ])
    await expect(trade(await assertion({ with: { session } }))).rejects.toEqual(refusal('invalid_request'))
  const foreign = { session: { return_url: 'https://evil.test/back' } }
  await expect(trade(await assertion({ with: foreign }))).rejects.toEqual(refusal('invalid_request'))
})

test('lets no issuer speak for the people of another, though the address is the same', async () => {
  const second = 'https://second.acme.test'
  await register('acme', { issuer: second, jwks: { keys: [await exportJWK(others.publicKey)] } })
  await trade(await assertion({ with: { sub: 'u_owned' } }))
  const taken = await assertion({
    with: { iss: second, sub: 'u_owned' },
    header: { kid: 'x' },
    key: others.privateKey,
  })
  await expect(trade(taken)).rejects.toEqual(expect.objectContaining({ name: 'AppError' }))
  const named = { iss: second, sub: 'u_owned' }
  const bare = await new SignJWT({ ...claims(), ...named })
    .setProtectedHeader({ alg: 'ES256', typ: ssoTyp })
    .sign(others.privateKey)
  await expect(trade(bare)).rejects.toEqual(refusal('user_mismatch'))
  // The same address under another id is another person.
  const fresh = await new SignJWT({ ...claims(), iss: second, sub: 'u_namesake' })
    .setProtectedHeader({ alg: 'ES256', typ: ssoTyp })
    .sign(others.privateKey)
  const { session } = await trade(fresh)
  const people = await superuser.sql(
    `SELECT DISTINCT s.user_id FROM connect_sessions s JOIN end_users u ON (u.org_id, u.id) = (s.org_id, s.user_id)
     WHERE u.email = 'ana@acme.test' AND (s.id = $1 OR u.external_id = 'u_owned')`,
    [parseId('connect_session', session.id)],
  )
  expect(people).toHaveLength(2)
})

test('refuses with the next call what was withdrawn', async () => {
  const gone = 'https://gone.acme.test'
  const key = await register('acme', { issuer: gone, jwks: { keys: [jwk] } })
  await trade(await assertion({ with: { iss: gone, sub: 'u_gone' } }))
  const tenant = await practice.tenant('acme')
  await forOrg(tenant, (tx) => disableSsoKeyIn(tx, tenant, key.id))
  await expect(trade(await assertion({ with: { iss: gone, sub: 'u_gone' } }))).rejects.toEqual(
    refusal('unauthenticated'),
  )
})

test('reads published keys once for many, and says when they cannot be read', async () => {
  let asked = 0
  const port = await serve((_request, response) => {
    asked++
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ keys: [jwk] }))
  })
  const { createEgress, parseAllow } = await import('#lib/egress')
  const { authenticateSso } = await import('#lib/identity')
  const egress = createEgress({ allow: parseAllow(`oidc=127.0.0.1:${port}`), default: 'public' })
  closers.push(() => egress.close())
  await register('globex', { issuer: 'https://far.test', jwks_uri: `http://127.0.0.1:${port}/keys` })
  const far = () => assertion({ with: { org: 'globex', iss: 'https://far.test' } })
  const many = await Promise.all(
    Array.from({ length: 20 }, async () => authenticateSso(egress, await far(), page)),
  )
  expect(many.every(({ caller }) => caller.userId === 'u_ana')).toBe(true)
  expect(asked).toBe(1)
  // Without that leave the same address is out of reach: it is private.
  const bare = createEgress({ allow: [], default: 'public' })
  closers.push(() => bare.close())
  await expect(authenticateSso(bare, await far(), page)).rejects.toEqual(refusal('unavailable'))
})

test('registers public keys alone, strong ones, and an issuer once', async () => {
  const secret = { issuer: 'https://x.test', jwks: { keys: [await exportJWK(keys.privateKey)] } }
  expect(ssoKeyInput.safeParse(secret).success).toBe(false)
  const shared = { issuer: 'https://x.test', jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }
  expect(ssoKeyInput.safeParse(shared).success).toBe(false)
  for (const jwks_uri of [
    'http://keys.acme.test',
    'https://user@keys.acme.test',
    'ftp://keys',
    'https://keys.test\\@x',
  ])
    expect(ssoKeyInput.safeParse({ issuer: 'https://x.test', jwks_uri }).success).toBe(false)
  expect(ssoKeyInput.safeParse({ issuer: 'https://x.test' }).success).toBe(false)
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
  await expect(
    register('acme', { issuer: 'https://x.test', jwks: { keys: [await exportJWK(weak)] } }),
  ).rejects.toEqual(refusal('invalid_request'))
  await expect(register('acme', { issuer, jwks: { keys: [jwk] } })).rejects.toEqual(refusal('conflict'))
})
