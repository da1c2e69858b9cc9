import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'
import { exportJWK, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { config } from '#lib/config'
import { deployment, disconnect, forOrg } from '#lib/db'
import { createEgress, parseAllow } from '#lib/egress'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { closers, serve } from '../../egress/testing.ts'
import {
  createAgentIn,
  createCredentialIn,
  disableAgentIn,
  getAgent,
  getCredential,
  reachIssuers,
  revokeCredentialIn,
  systemCaller,
  verifyFederated,
} from '../index.ts'
import { agentCredentialInput } from '../schema.ts'

const issuer = 'https://token.actions.githubusercontent.com'
const subject = 'repo:acme/app:ref:refs/heads/main'
const ours = 'https://behalf.acme.test/oauth'
const by = { type: 'system', id: 'test' }

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const others = generateKeyPairSync('rsa', { modulusLength: 2048 })
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let superuser: Superuser
let acme: Tenant
let globex: Tenant
let jwk: JWK
let agent = ''
let foreign = ''

beforeAll(async () => {
  superuser = await useSuperuser()
  const operator = systemCaller('test')
  acme = await ensureOrg(operator, 'acme', prepareOrgKeys)
  globex = await ensureOrg(operator, 'globex', prepareOrgKeys)
  jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  agent = await newAgent(acme)
  foreign = await newAgent(globex)
  await trust(acme, agent, { issuer, subject, claims: { repository_id: '42' }, jwks: { keys: [jwk] } })
  const theirs = { ...(await exportJWK(others.publicKey)), kid: 'two' }
  await trust(globex, foreign, { issuer, subject, jwks: { keys: [theirs] } })
})
afterAll(disconnect)

const newAgent = async (tenant: Tenant) =>
  (await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira' }))).id
const uuid = (id: string) => parseId('agent', id) ?? ''

async function trust(tenant: Tenant, agentId: string, input: Record<string, unknown>) {
  const parsed = agentCredentialInput.parse({ kind: 'federated', ...input })
  return forOrg(tenant, (tx) => createCredentialIn(tx, tenant, uuid(agentId), parsed, by))
}

const refusal = (code = 'unauthenticated') => expect.objectContaining({ name: 'AppError', code })
const now = () => Math.floor(Date.now() / 1000)

const claims = (): Record<string, unknown> => ({
  iss: issuer,
  sub: subject,
  aud: ours,
  jti: randomUUID(),
  repository_id: '42',
  nbf: now() - 600,
  iat: now(),
  exp: now() + 300,
})

type Made = {
  with?: Record<string, unknown>
  header?: Partial<JWTHeaderParameters>
  key?: Parameters<SignJWT['sign']>[0]
}

const token = ({ with: more = {}, header = {}, key = keys.privateKey }: Made = {}) =>
  signed({ alg: 'RS256', typ: 'JWT', kid: 'one', ...header }, more, key)

const signed = (
  header: JWTHeaderParameters,
  more: Record<string, unknown>,
  key: Made['key'] = keys.privateKey,
) => new SignJWT({ ...claims(), ...more }).setProtectedHeader(header).sign(key)

const prove = (given: string, as = agent) => verifyFederated(as, given, ours)

test('takes a token that the credential means, and notes when', async () => {
  await expect(prove(await token())).resolves.toBeUndefined()
  const seen = await getAgent(acme, uuid(agent))
  expect(Date.now() - Date.parse(seen.last_seen_at ?? '')).toBeLessThan(60_000)
})

test('takes a token with a jti once, of 10 at the same moment too', async () => {
  const given = await token()
  const answers = await Promise.allSettled(Array.from({ length: 10 }, () => prove(given)))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await expect(prove(given)).rejects.toEqual(refusal())
})

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signed with what anybody can read of the key. */
function confused(alg: string) {
  const signed = `${part({ alg, typ: 'JWT', kid: 'one' })}.${part(claims())}`
  const pem = keys.publicKey.export({ type: 'spki', format: 'pem' })
  return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`
}

const corpus: Record<string, () => Promise<string> | string> = {
  'no token': () => 'nothing',
  'an empty one': () => '',
  'one that is too long': async () => `${await token()}${'A'.repeat(20_000)}`,
  'alg none': () => `${part({ alg: 'none', typ: 'JWT' })}.${part(claims())}.`,
  'alg none with a signature': async () => {
    const [, body, signature] = (await token()).split('.')
    return `${part({ alg: 'none', typ: 'JWT' })}.${body}.${signature}`
  },
  'HS256 with the public key': () => confused('HS256'),
  'another algorithm than the key is for': () => token({ header: { alg: 'PS256' } }),
  'the key in its own header': async () =>
    token({ key: others.privateKey, header: { jwk: await exportJWK(others.publicKey) } }),
  'keys at an address in its own header': () =>
    token({ key: others.privateKey, header: { jku: 'https://evil.test/keys' } }),
  'a certificate at an address in its own header': () =>
    token({ key: others.privateKey, header: { x5u: 'https://evil.test/cert' } }),
  'a good signature and an address of keys': () => token({ header: { jku: `${issuer}/keys` } }),
  'another key under the same id': () => token({ key: others.privateKey }),
  'an unknown key id': () => token({ header: { kid: 'two' } }),
  'a path as key id': () => token({ header: { kid: '../../etc/passwd' } }),
  'a key of another organization': () => token({ key: others.privateKey, header: { kid: 'two' } }),
  'the type of an access token': () => token({ header: { typ: 'at+jwt' } }),
  'the type of a user assertion': () => token({ header: { typ: 'behalf-user+jwt' } }),
  'the type of a sign-in': () => token({ header: { typ: 'behalf-sso+jwt' } }),
  'the type of a proof': () => token({ header: { typ: 'dpop+jwt' } }),
  'another audience': () => token({ with: { aud: 'https://sts.evil.test' } }),
  'an audience that begins alike': () => token({ with: { aud: `${ours}/token` } }),
  'two audiences': () => token({ with: { aud: [ours, 'https://elsewhere.test'] } }),
  'another issuer': () => token({ with: { iss: 'https://evil.test' } }),
  'an issuer that begins alike': () => token({ with: { iss: `${issuer}.evil.test` } }),
  'an issuer with a slash': () => token({ with: { iss: `${issuer}/` } }),
  'another branch': () => token({ with: { sub: `${subject}2` } }),
  'another repository': () => token({ with: { sub: 'repo:acme/app2:ref:refs/heads/main' } }),
  'a list of subjects': () => token({ with: { sub: [subject] as never } }),
  'another repository of the same name': () => token({ with: { repository_id: '43' } }),
  'a claim of another type': () => token({ with: { repository_id: 42 } }),
  'an expired one': () => token({ with: { iat: now() - 600, exp: now() - 60 } }),
  'one good for two hours': () => token({ with: { exp: now() + 7_200 } }),
  'one of the future': () => token({ with: { iat: now() + 120, exp: now() + 300 } }),
  'one that is not good yet': () => token({ with: { nbf: now() + 120 } }),
  ...Object.fromEntries(
    ['iss', 'sub', 'aud', 'iat', 'exp', 'repository_id'].map((name) => [
      `no ${name}`,
      () => token({ with: { [name]: undefined } }),
    ]),
  ),
}

test.for(Object.keys(corpus))('refuses %s', async (name) => {
  await expect(prove((await corpus[name]?.()) ?? '')).rejects.toEqual(refusal())
})

test('proves no other agent, of the same organization, of another, or of none', async () => {
  const given = await token()
  for (const as of [foreign, await newAgent(acme), `ag_${'0'.repeat(32)}`, 'ag_x', ''])
    await expect(prove(given, as), as).rejects.toEqual(refusal())
  const theirs = await token({ key: others.privateKey, header: { kid: 'two' } })
  await expect(prove(theirs)).rejects.toEqual(refusal())
  await prove(theirs, foreign)
})

test('is refused with the next token once the credential is revoked or has run out, or the agent is disabled', async () => {
  const mine = await newAgent(acme)
  const one = await trust(acme, mine, { issuer, subject, jwks: { keys: [jwk] } })
  await prove(await token(), mine)
  await superuser.tamper(
    `UPDATE agent_credentials SET expires_at = now() - interval '1 second' WHERE id = $1`,
    [parseId('agent_credential', one.id)],
  )
  await expect(prove(await token(), mine)).rejects.toEqual(refusal())
  const two = await trust(acme, mine, { issuer, subject, jwks: { keys: [jwk] } })
  await prove(await token(), mine)
  const id = parseId('agent_credential', two.id) ?? ''
  await forOrg(acme, (tx) => revokeCredentialIn(tx, acme, uuid(mine), id))
  await expect(prove(await token(), mine)).rejects.toEqual(refusal())
  await trust(acme, mine, { issuer, subject, jwks: { keys: [jwk] } })
  await prove(await token(), mine)
  await forOrg(acme, (tx) => disableAgentIn(tx, acme, uuid(mine)))
  await expect(prove(await token(), mine)).rejects.toEqual(refusal())
})

test('takes a JWT-SVID of the trust bundle, without an issuer, and no other key of the bundle', async () => {
  const mine = await newAgent(acme)
  const id = 'spiffe://acme.test/ns/agents/sa/mira'
  const svid: JWK = { ...(await exportJWK(elliptic.publicKey)), kid: 'svid', use: 'jwt-svid' }
  const x509: JWK = { ...(await exportJWK(others.publicKey)), kid: 'x509', use: 'x509-svid' }
  const made = await trust(acme, mine, { subject: id, jwks: { keys: [svid, x509] } })
  expect(made).toMatchObject({ issuer: null, subject: id })
  const body = { iss: undefined, jti: undefined, nbf: undefined, iat: undefined, sub: id }
  const svidOf = (more: Made = {}) =>
    token({
      key: elliptic.privateKey,
      ...more,
      with: { ...body, ...more.with },
      header: { alg: 'ES256', typ: 'JOSE', kid: 'svid', ...more.header },
    })
  await prove(await svidOf(), mine)
  // It has no jti: a workload keeps it until it has run out.
  await prove(await svidOf(), mine)
  for (const more of [
    { with: { sub: `${id}2` } },
    { with: { sub: 'spiffe://evil.test/ns/agents/sa/mira' } },
    { with: { aud: 'spiffe://acme.test/else' } },
    { key: others.privateKey, header: { alg: 'RS256', kid: 'x509' } },
    { key: others.privateKey, header: { alg: 'RS256' } },
  ])
    await expect(
      svidOf(more).then((given) => prove(given, mine)),
      JSON.stringify(more),
    ).rejects.toEqual(refusal())
})

test('takes a token that a workload keeps in a file again and again, where the credential says so', async () => {
  const mine = await newAgent(acme)
  const account = 'system:serviceaccount:agents:mira'
  const cluster = 'https://oidc.cluster.test'
  const made = await trust(acme, mine, {
    issuer: cluster,
    subject: account,
    audience: 'behalf',
    single_use: false,
    jwks: { keys: [jwk] },
  })
  // Kubernetes says no type.
  const given = await signed({ alg: 'RS256', kid: 'one' }, { iss: cluster, sub: account, aud: ['behalf'] })
  await prove(given, mine)
  await prove(given, mine)
  const kept = await getCredential(acme, uuid(mine), parseId('agent_credential', made.id) ?? '')
  expect(kept.last_used_at).not.toBeNull()
  await expect(prove(await token({ with: { iss: cluster, sub: account } }), mine)).rejects.toEqual(refusal())
})

test('proves an agent of the deployment too', async () => {
  const mine = await newAgent(deployment)
  await trust(deployment, mine, { issuer, subject: 'repo:acme/app:*', jwks: { keys: [jwk] } })
  await prove(await token(), mine)
})

let asked = { discovery: 0, keys: 0 }
let published: JWK[] = []
beforeEach(() => {
  asked = { discovery: 0, keys: 0 }
})

async function issuerAt(port: { value: number }, said?: string) {
  port.value = await serve((request, response) => {
    response.setHeader('content-type', 'application/json')
    const at = `http://127.0.0.1:${port.value}`
    if (request.url === '/.well-known/openid-configuration') {
      asked.discovery++
      response.end(JSON.stringify({ issuer: said ?? at, jwks_uri: `${at}/keys` }))
    } else {
      asked.keys++
      response.end(JSON.stringify({ keys: published }))
    }
  })
  const egress = createEgress({ allow: parseAllow(`oidc=127.0.0.1:${port.value}`), default: 'public' })
  closers.push(() => egress.close())
  reachIssuers(egress)
  return `http://127.0.0.1:${port.value}`
}

test('discovers the keys of an issuer, once for many, and reads them again for a key that is new', async () => {
  const mine = await newAgent(acme)
  published = [jwk]
  const far = await issuerAt({ value: 0 })
  await trust(acme, mine, { issuer: far, subject: 'system:serviceaccount:agents:mira' })
  const body = { iss: far, sub: 'system:serviceaccount:agents:mira' }
  const some = await Promise.all(Array.from({ length: 10 }, () => token({ with: body })))
  await Promise.all(some.map((given) => prove(given, mine)))
  expect(asked).toEqual({ discovery: 1, keys: 1 })
  // A flood of unknown key ids is no flood of fetches.
  const forged = await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      token({ with: body, key: others.privateKey, header: { kid: `forged-${at}` } }),
    ),
  )
  for (const given of forged) await expect(prove(given, mine)).rejects.toEqual(refusal())
  expect(asked.keys).toBeLessThanOrEqual(2)
})

test('says when the keys of an issuer cannot be read, or another issuer answers for it', async () => {
  const mine = await newAgent(acme)
  published = [jwk]
  const far = await issuerAt({ value: 0 }, 'https://evil.test')
  await trust(acme, mine, { issuer: far, subject: 'system:serviceaccount:agents:mira' })
  const body = { iss: far, sub: 'system:serviceaccount:agents:mira' }
  await expect(prove(await token({ with: body }), mine)).rejects.toEqual(refusal('unavailable'))
  expect(asked.keys).toBe(0)
  // Without leave the same address is out of reach: it is private.
  const bare = createEgress({ allow: [], default: 'public' })
  closers.push(() => bare.close())
  reachIssuers(bare)
  await expect(prove(await token({ with: body }), mine)).rejects.toEqual(refusal('unavailable'))
  expect(asked.discovery).toBe(1)
})

test.for([
  ['a private key', async () => ({ issuer, subject, jwks: { keys: [await exportJWK(keys.privateKey)] } })],
  ['a shared key', () => ({ issuer, subject, jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } })],
  ['keys twice', () => ({ issuer, subject, jwks: { keys: [jwk] }, jwks_uri: `${issuer}/keys` })],
  ['no keys and no issuer', () => ({ subject: 'spiffe://acme.test/mira' })],
  ['no subject', () => ({ issuer, jwks: { keys: [jwk] } })],
  ['an issuer in clear', () => ({ issuer: 'http://issuer.test', subject })],
  ['a nested claim', () => ({ issuer, subject, claims: { a: { b: 1 } } })],
] as const)('a credential does not take %s', async ([, input]) => {
  expect(agentCredentialInput.safeParse({ kind: 'federated', ...(await input()) }).success).toBe(false)
})

test('a credential trusts no weak key, no open subject, and no token of our own', async () => {
  const weak = await exportJWK(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)
  for (const input of [
    { issuer, subject, jwks: { keys: [weak] } },
    { issuer, subject: 'repo:acme/*' },
    { issuer, subject: 'environment:production' },
    { subject, jwks: { keys: [jwk] } },
    { issuer: `${config().publicUrl}/oauth`, subject: 'x:y' },
    { subject: 'spiffe://acme.test/mira', jwks: { keys: [jwk] } },
  ])
    await expect(trust(acme, agent, input), JSON.stringify(input)).rejects.toEqual(refusal('invalid_request'))
})
