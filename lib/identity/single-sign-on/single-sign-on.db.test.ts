import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { deployment, disconnect, forOrg } from '#lib/db'
import { createEgress, parseAllow } from '#lib/egress'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type DnsServer, startDnsServer } from '../../../scripts/testing/dns-server.ts'
import { type IdentityProvider, startIdentityProvider } from '../../../scripts/testing/identity-provider.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import {
  addSsoDomainIn,
  bindGroupIn,
  changeSsoConnection,
  checkSsoDomain,
  createSsoConnection,
  deleteSsoConnectionIn,
  finishSso,
  getSsoConnection,
  inspectIssuer,
  issueLinkIn,
  issueSignInLinkIn,
  openSsoFlow,
  reachIssuers,
  redeemSignInLink,
  removeSsoDomainIn,
  requireSsoIn,
  SignInRefused,
  type SsoPurpose,
  setSsoStatusIn,
  ssoAuthorizeUrl,
  ssoFor,
  startSso,
  systemCaller,
} from '../index.ts'
import type { SsoConnection } from '../schema.ts'

const by = { type: 'system', id: 'test' }
const secret = 'kanarie-sso-secret'

let superuser: Superuser
let dns: DnsServer
let idp: IdentityProvider
let evil: IdentityProvider
let acme: Tenant
let globex: Tenant
let acmeSso: SsoConnection
let globexSso: SsoConnection
const egress = createEgress({ allow: parseAllow('oidc=127.0.0.1'), default: 'public' })

beforeAll(async () => {
  dns = await startDnsServer()
  process.env.BEHALF_DNS_SERVER = dns.address
  superuser = await useSuperuser()
  reachIssuers(egress)
  idp = await startIdentityProvider()
  evil = await startIdentityProvider()
  const operator = systemCaller('test')
  acme = await ensureOrg(operator, 'acme', prepareOrgKeys)
  globex = await ensureOrg(operator, 'globex', prepareOrgKeys)
})
afterAll(async () => {
  await Promise.all([egress.close(), idp.stop(), evil.stop(), dns.stop()])
  await disconnect()
})

beforeEach(async () => {
  for (const table of ['sign_in_links', 'members', 'sso_connections', 'sso_domains', 'sign_in_rules'])
    await superuser.sql(`DELETE FROM ${table} WHERE org_id <> '00000000-0000-0000-0000-000000000000'`)
  Object.assign(dns.zone, { txt: {}, cname: {}, broken: new Set() })
  for (const one of [idp, evil]) Object.assign(one.state, { lies: {}, seen: [], person: ada() })
  audit.length = 0
  reachIssuers(egress)
  acmeSso = await connected(acme, idp.issuer)
  globexSso = await connected(globex, evil.issuer)
  await verified(acme, 'acme.test')
  await verified(globex, 'globex.test')
})

const ada = () => ({
  sub: 'ada',
  email: 'ada@acme.test',
  email_verified: true,
  name: 'Ada',
  groups: ['staff', 'security'],
})

async function connected(tenant: Tenant, issuer: string, more: Record<string, unknown> = {}) {
  const input = {
    ...{ name: 'Staff', issuer, client_id: `behalf-${tenant.externalId}`, client_secret: secret },
    ...{ client_auth: 'client_secret_basic' as const, scopes: ['openid', 'email'], groups_claim: 'groups' },
    ...{ creates_members: true, ...more },
  }
  const made = await createSsoConnection(tenant, systemCaller('test'), input, async () => undefined)
  return forOrg(tenant, async (tx) => {
    await bindGroupIn(tx, tenant, made.id, 'security', 'security_admin')
    await bindGroupIn(tx, tenant, made.id, 'staff', 'developer')
    return (await setSsoStatusIn(tx, tenant, made.id, 'on')).connection
  })
}

async function verified(tenant: Tenant, domain: string) {
  const added = await forOrg(tenant, (tx) => addSsoDomainIn(tx, tenant, domain, by))
  dns.zone.txt[added.record.name] = ['v=spf1 -all', added.record.value]
  return checkSsoDomain(tenant, added.id, async () => undefined)
}

type Noted = { action: string; org?: string; reason?: string; why?: string | null; details?: object }
const audit: Noted[] = []
const recorder = {
  changed: async (
    _tx: unknown,
    tenant: Tenant,
    _member: unknown,
    change: { action: string; details: object },
  ) => {
    audit.push({ action: change.action, org: tenant.externalId, details: change.details })
  },
  refused: async (tenant: Tenant, _flow: unknown, { reason, why }: SignInRefused) => {
    audit.push({ action: 'member.sign_in_refused', org: tenant.externalId, reason, why })
  },
  stray: async () => {
    audit.push({ action: 'authentication.refused' })
  },
}

type Asked = {
  tenant?: Tenant
  connection?: SsoConnection
  purpose?: SsoPurpose
  change?: (back: URL) => void
  at?: string
}

/** One browser: from the sign-in page to the identity provider and back. */
async function journey({ tenant = acme, connection = acmeSso, purpose, change, at }: Asked = {}) {
  const asked = { purpose: purpose ?? { kind: 'sign_in' as const }, returnTo: null, hint: null }
  const cookie = await startSso(tenant, connection, asked)
  const flow = await openSsoFlow(cookie)
  const there = await fetch(await ssoAuthorizeUrl(flow!), { redirect: 'manual' })
  const back = new URL(there.headers.get('location') ?? '')
  change?.(back)
  const address = at ?? back.pathname.split('/').at(-1) ?? ''
  const finish = () => finishSso(address, cookie, back.searchParams, recorder)
  return { cookie, back, finish }
}

const signIn = async (asked: Asked = {}) => (await journey(asked)).finish()

const members = (org = 'acme') =>
  superuser.sql(
    `SELECT m.id, m.email, m.role, m.iss, m.sub, m.disabled_at IS NOT NULL AS disabled, m.session_version AS version
     FROM members m JOIN organizations o ON o.id = m.org_id WHERE o.external_id = $1 ORDER BY m.created_at`,
    [org],
  )

async function refused(work: Promise<unknown>): Promise<string> {
  const thrown: unknown = await work.then(
    () => expect.fail('nobody may be signed in by this'),
    (error: unknown) => error,
  )
  if (!(thrown instanceof SignInRefused)) throw thrown
  expect(JSON.stringify([thrown.message, thrown.why])).not.toContain(secret)
  return thrown.reason
}

/** Refused, written down with that reason, and nobody was made. */
async function leavesNothing(work: Promise<unknown>, reason: string, why?: string) {
  expect(await refused(work)).toBe(reason)
  expect(audit).toEqual([
    expect.objectContaining({ action: 'member.sign_in_refused', reason, ...(why && { why }) }),
  ])
  expect(await members()).toEqual([])
  expect(await members('globex')).toEqual([])
}

test('makes a member at the first sign-in, with the role that comes first of what their groups are bound to', async () => {
  const { member, authTime } = await signIn()
  expect(await members()).toEqual([
    expect.objectContaining({
      id: member.id,
      email: 'ada@acme.test',
      role: 'security_admin',
      iss: idp.issuer,
      sub: 'ada',
    }),
  ])
  expect(Date.now() / 1000 - authTime).toBeLessThan(60)
  expect(audit).toEqual([
    { action: 'member.created', org: 'acme', details: { role: 'security_admin', by: 'sso' } },
  ])
  expect(Object.fromEntries(idp.state.lastAsked)).toMatchObject({
    response_type: 'code',
    code_challenge_method: 'S256',
    scope: 'openid email',
  })
})

test('knows whoever comes again by issuer and subject, whatever address they have by then', async () => {
  const { member } = await signIn()
  idp.state.person = { ...ada(), email: 'ada.l@elsewhere.test', email_verified: false }
  expect((await signIn()).member.id).toBe(member.id)
  expect(await members()).toHaveLength(1)
})

test('gives the role that the groups have now, puts out whoever has none left, and lets them back in with them', async () => {
  const { member } = await signIn()
  idp.state.person = { ...ada(), groups: ['staff'] }
  const again = await signIn()
  expect(again.member).toMatchObject({ id: member.id, role: 'developer' })
  expect(again.member.sessionVersion).toBeGreaterThan(member.sessionVersion)
  idp.state.person = { ...ada(), groups: [] }
  expect(await refused(signIn())).toBe('no_role')
  const [out] = await members()
  expect(out).toMatchObject({ disabled: true })
  expect(out?.version).toBeGreaterThan(again.member.sessionVersion)
  idp.state.person = { ...ada(), groups: ['staff'] }
  expect((await signIn()).member).toMatchObject({ id: member.id, role: 'developer' })
  expect(audit.map(({ action }) => action)).toEqual([
    'member.created',
    'member.role_changed',
    'member.disabled',
    'member.sign_in_refused',
    'member.enabled',
  ])
})

test('does not let back in whom a person removed, nor leaves the role that a person gave to the groups', async () => {
  const { member } = await signIn()
  await superuser.sql(`UPDATE members SET role_by = 'hand', role = 'owner' WHERE id = $1`, [member.id])
  idp.state.person = { ...ada(), groups: [] }
  expect((await signIn()).member.role).toBe('owner')
  await superuser.sql('UPDATE members SET disabled_at = now() WHERE id = $1', [member.id])
  expect(await refused(signIn())).toBe('removed')
  expect(await members()).toHaveLength(1)
})

test('makes nobody a member without a bound group, or where the connection makes none', async () => {
  idp.state.person = { ...ada(), groups: ['guests'] }
  await leavesNothing(signIn(), 'no_role')
  audit.length = 0
  await superuser.sql('UPDATE sso_connections SET creates_members = false')
  idp.state.person = ada()
  await leavesNothing(signIn(), 'not_a_member')
})

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
    systemCaller('test'),
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

test('keeps two orgs apart that trust the same identity provider: the same person is two members', async () => {
  await superuser.sql('DELETE FROM sso_connections WHERE org_id = $1', [globex.orgId])
  const shared = await connected(globex, idp.issuer)
  const here = await signIn()
  idp.state.person = { ...ada(), email: 'ada@globex.test' }
  const there = await signIn({ tenant: globex, connection: shared })
  expect(there.member.id).not.toBe(here.member.id)
  expect(await members()).toHaveLength(1)
})

test('joins nobody by address: another key with the address of a member is refused', async () => {
  await forOrg(acme, (tx) => issueSignInLinkIn(tx, acme, 'ADA@acme.test', 'owner'))
  const before = await members()
  expect(await refused(signIn())).toBe('address_taken')
  expect(await members()).toEqual(before)
  await superuser.sql('DELETE FROM sign_in_links')
  await superuser.sql('DELETE FROM members')
  const { member } = await signIn()
  idp.state.person = { ...ada(), sub: 'another ada' }
  expect(await refused(signIn())).toBe('address_taken')
  expect(await members()).toEqual([expect.objectContaining({ id: member.id, sub: 'ada' })])
})

test.for([
  ['refuted', { email_verified: false }, 'email_unverified'],
  ['refuted as text', { email_verified: 'false' }, 'email_unverified'],
  ['refuted by something odd', { email_verified: 1 }, 'email_unverified'],
  ['absent', { email: undefined }, 'email_unverified'],
  ['no address', { email: 'ada' }, 'email_unverified'],
  ['of a domain below', { email: 'ada@sub.acme.test' }, 'email_foreign'],
  ['of another org’s domain', { email: 'ceo@globex.test' }, 'email_foreign'],
  ['two in one', { email: 'ada@globex.test,ada@acme.test' }, 'email_unverified'],
] as const)('makes no member of an address that is %s', async ([, claims, reason]) => {
  idp.state.lies = { claims }
  await leavesNothing(signIn(), reason)
})

test('binds whoever was invited by their link alone, and only once', async () => {
  const invite = async (email: string) => {
    await forOrg(acme, (tx) => issueSignInLinkIn(tx, acme, email, 'auditor'))
    const [row] = (await members()).filter((one) => one.email === email)
    return forOrg(acme, (tx) => issueLinkIn(tx, acme, String(row?.id)))
  }
  idp.state.person = { ...ada(), email: 'whatever@elsewhere.test', groups: [] }
  const token = await invite('ada@acme.test')
  const { member } = await signIn({ purpose: { kind: 'invitation', token } })
  expect(await members()).toEqual([
    expect.objectContaining({ id: member.id, email: 'ada@acme.test', role: 'auditor', sub: 'ada' }),
  ])
  expect(await refused(signIn({ purpose: { kind: 'invitation', token } }))).toBe('invitation')
  expect((await signIn()).member.id).toBe(member.id)
  const second = await invite('bob@acme.test')
  expect(await refused(signIn({ purpose: { kind: 'invitation', token: second } }))).toBe('key_taken')
  // The link stays good: what was refused was undone.
  expect(await redeemSignInLink(second)).toMatchObject({ email: 'bob@acme.test' })
})

test('takes an invitation of another org for nothing', async () => {
  const token = await forOrg(globex, (tx) => issueSignInLinkIn(tx, globex, 'ada@globex.test', 'owner'))
  expect(await refused(signIn({ purpose: { kind: 'invitation', token } }))).toBe('invitation')
  expect(await members('globex')).toEqual([expect.objectContaining({ iss: null, sub: null })])
})

test('steps up whoever just signed in again as the same person, and nobody else', async () => {
  const { member } = await signIn()
  const purpose = { kind: 'step_up', memberId: member.id } as const
  const { authTime } = await signIn({ purpose })
  expect(Date.now() / 1000 - authTime).toBeLessThan(60)
  expect(Object.fromEntries(idp.state.lastAsked)).toMatchObject({ prompt: 'login', max_age: '0' })
  idp.state.lies = { authTime: Math.floor(Date.now() / 1000) - 600 }
  expect(await refused(signIn({ purpose }))).toBe('not_fresh')
  idp.state.lies = { authTime: null }
  expect(await refused(signIn({ purpose }))).toBe('not_fresh')
  idp.state.lies = {}
  idp.state.person = { ...ada(), sub: 'bob' }
  expect(await refused(signIn({ purpose }))).toBe('other_person')
})

test('counts a sign-in of which it is not said when it was as an old one', async () => {
  idp.state.lies = { authTime: null }
  expect((await signIn()).authTime).toBe(0)
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
    acmeSso = await connected(acme, fresh.issuer)
    fresh.state.lies = { metadata: { [name ?? '']: address } }
    await leavesNothing(signIn(), 'unreachable')
  } finally {
    await fresh.stop()
  }
})

test('says in words what is wrong with an identity provider', async () => {
  const says = async (lies: IdentityProvider['state']['lies'], issuer = evil.issuer) => {
    evil.state.lies = lies
    return (await inspectIssuer(issuer, { scopes: ['openid', 'rare'] })).map(
      (one) => `${one.tone}: ${one.says}`,
    )
  }
  expect(await says({})).toEqual([
    'success: The discovery document is there and speaks for this issuer.',
    'warning: It does not list these scopes: rare.',
    'success: It publishes 1 key.',
  ])
  expect(await says({ metadata: { issuer: idp.issuer } })).toEqual([
    expect.stringMatching(/danger: .*another name/),
  ])
  expect(await says({ metadata: { token_endpoint: 7 } })).toEqual([expect.stringMatching(/token_endpoint/)])
  expect(await says({ metadata: { authorization_endpoint: 'javascript:alert(1)' } })).toEqual([
    expect.stringMatching(/authorization_endpoint/),
  ])
  expect(await says({}, 'https://10.0.0.1')).toEqual([expect.stringMatching(/may not reach/)])
  expect(await says({}, 'http://localhost:1')).toEqual([expect.stringMatching(/may not reach/)])
  const redirect = (_: string, response: ServerResponse) => !!response.writeHead(302, { location: '/' }).end()
  expect(await says({ handle: redirect })).toEqual([expect.stringMatching(/redirect/)])
  expect(await says({ handle: (_, response) => !!response.end('<html>') })).toEqual([
    expect.stringMatching(/not JSON/),
  ])
})

test('leads an address to the org that has verified its very domain, and no other', async () => {
  expect((await ssoFor('Ada@ACME.test'))?.connection.id).toBe(acmeSso.id)
  expect((await ssoFor('x@globex.test'))?.connection.id).toBe(globexSso.id)
  for (const address of [
    'x@sub.acme.test',
    'x@acme.test.evil.test',
    'acme.test',
    '@acme.test',
    'a b@acme.test',
    '',
  ])
    expect(await ssoFor(address), address).toBeNull()
  await forOrg(acme, (tx) => setSsoStatusIn(tx, acme, acmeSso.id, 'off'))
  expect(await ssoFor('ada@acme.test')).toBeNull()
  await expect(signIn()).rejects.toThrow(/switched off/)
})

test('leads an address of no org to the deployment’s own connection', async () => {
  const own = await connected(deployment, idp.issuer)
  try {
    expect((await ssoFor('op@elsewhere.test'))?.connection.id).toBe(own.id)
    idp.state.person = { ...ada(), sub: 'op', email: 'op@elsewhere.test' }
    idp.state.lies = { claims: { email_verified: undefined } }
    const place = { tenant: deployment, connection: own }
    expect(await refused(signIn(place))).toBe('email_unverified')
    idp.state.lies = {}
    expect((await signIn(place)).member.role).toBe('security_admin')
  } finally {
    await superuser.sql('DELETE FROM sso_connections')
    await superuser.sql(`DELETE FROM members WHERE sub = 'op'`)
  }
})

test('gives a domain to whoever proves it, and to another only when that record is gone', async () => {
  const claim = await forOrg(globex, (tx) => addSsoDomainIn(tx, globex, 'acme.test', by))
  const check = () => checkSsoDomain(globex, claim.id, async () => undefined)
  expect(await check()).toMatchObject({ verified: false, problem: expect.stringMatching(/is another/) })
  const both = [...(dns.zone.txt[claim.record.name] ?? []), claim.record.value]
  dns.zone.txt[claim.record.name] = both
  expect(await check()).toMatchObject({
    verified: false,
    problem: expect.stringMatching(/another organization/),
  })
  expect((await ssoFor('ada@acme.test'))?.tenant.externalId).toBe('acme')
  dns.zone.txt[claim.record.name] = [claim.record.value]
  expect(await check()).toMatchObject({ verified: true, problem: null })
  expect((await ssoFor('ada@acme.test'))?.tenant.externalId).toBe('globex')
})

test('looks at a domain again when a day has passed, and gives it up three days after its record went', async () => {
  dns.zone.txt = {}
  const age = (column: string, hours: number) =>
    superuser.sql(
      `UPDATE sso_domains SET ${column} = now() - make_interval(hours => $1) WHERE domain = 'acme.test'`,
      [hours],
    )
  expect(await ssoFor('ada@acme.test')).not.toBeNull()
  await age('checked_at', 25)
  expect(await ssoFor('ada@acme.test')).not.toBeNull()
  await age('failing_since', 73)
  await age('checked_at', 25)
  expect(await ssoFor('ada@acme.test')).toBeNull()
})

test('never sends a client secret to another issuer than the one it was given for', async () => {
  const input = {
    ...{
      name: 'Staff',
      issuer: evil.issuer,
      client_id: 'behalf-acme',
      client_auth: 'client_secret_basic' as const,
    },
    ...{ scopes: ['openid'], groups_claim: 'groups', creates_members: true },
  }
  await expect(
    changeSsoConnection(acme, systemCaller('test'), acmeSso.id, input, async () => undefined),
  ).rejects.toMatchObject({
    code: 'invalid_request',
  })
  const moved = { ...input, client_secret: 'another' }
  expect(
    await changeSsoConnection(acme, systemCaller('test'), acmeSso.id, moved, async () => undefined),
  ).toMatchObject({
    hasSecret: true,
  })
  await expect(getSsoConnection(globex, acmeSso.id)).rejects.toMatchObject({ code: 'not_found' })
})

test('requires single sign-on: links open nothing any more, but for one that was printed on the server', async () => {
  const printed = () => forOrg(acme, (tx) => issueSignInLinkIn(tx, acme, 'root@acme.test', 'owner'))
  const { member } = await signIn()
  const mailed = await forOrg(acme, (tx) => issueLinkIn(tx, acme, member.id))
  const caller = { kind: 'admin', memberId: member.id, home: acme, reach: acme, role: 'owner' } as never
  await forOrg(acme, (tx) => requireSsoIn(tx, acme, caller, by, true))
  await expect(redeemSignInLink(mailed)).rejects.toMatchObject({ code: 'forbidden' })
  expect(await redeemSignInLink(await printed())).toMatchObject({ email: 'root@acme.test' })
  expect((await signIn()).member.id).toBe(member.id)
  // Nobody opts out by taking away what is required.
  const conflict = expect.objectContaining({ code: 'conflict' })
  await expect(forOrg(acme, (tx) => setSsoStatusIn(tx, acme, acmeSso.id, 'off'))).rejects.toEqual(conflict)
  const moved = {
    ...{ name: 'Mine', issuer: evil.issuer, client_id: 'x', client_auth: 'none' as const },
    ...{ scopes: [], groups_claim: 'groups', creates_members: true },
  }
  await expect(
    changeSsoConnection(acme, systemCaller('test'), acmeSso.id, moved, async () => undefined),
  ).rejects.toEqual(conflict)
  await expect(forOrg(acme, (tx) => deleteSsoConnectionIn(tx, acme, acmeSso.id))).rejects.toEqual(conflict)
  const [{ id } = { id: '' }] = await superuser.sql(
    `SELECT 'ssod_' || replace(id::text, '-', '') AS id FROM sso_domains WHERE org_id = $1`,
    [acme.orgId],
  )
  await expect(forOrg(acme, (tx) => removeSsoDomainIn(tx, acme, String(id)))).rejects.toEqual(conflict)
})

test('lets nobody require it who could then not come in, and ends the sessions of all others', async () => {
  await forOrg(acme, (tx) => issueSignInLinkIn(tx, acme, 'root@acme.test', 'owner'))
  const [root] = await members()
  const as = (memberId: unknown) =>
    ({ kind: 'admin', memberId, home: acme, reach: acme, role: 'owner' }) as never
  const require = (memberId: unknown) => forOrg(acme, (tx) => requireSsoIn(tx, acme, as(memberId), by, true))
  await expect(require(root?.id)).rejects.toMatchObject({ code: 'conflict' })
  const { member } = await signIn({ purpose: { kind: 'join', memberId: String(root?.id) } })
  expect(member.id).toBe(root?.id)
  await forOrg(acme, (tx) => issueSignInLinkIn(tx, acme, 'bob@acme.test', 'auditor'))
  await require(root?.id)
  expect((await members()).map(({ email, version }) => [email, version])).toEqual([
    ['root@acme.test', 1],
    ['bob@acme.test', 2],
  ])
})

test('requires nothing by a connection that is just being switched off', async () => {
  const operator = { kind: 'admin', memberId: 'op', home: deployment, reach: null, role: 'owner' } as never
  await superuser.sql('BEGIN')
  await superuser.sql(`UPDATE sso_connections SET status = 'off' WHERE org_id = $1`, [acme.orgId])
  const requiring = forOrg(acme, (tx) => requireSsoIn(tx, acme, operator, by, true)).catch((e: unknown) => e)
  await expect
    .poll(() =>
      superuser.sql(
        `SELECT 1 AS waits FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      ),
    )
    .toEqual([{ waits: 1 }])
    .finally(() => superuser.sql('COMMIT'))
  expect(await requiring).toMatchObject({ code: 'conflict' })
})

test('keeps the secret sealed', async () => {
  const [row] = await superuser.sql(
    'SELECT sealed_client_secret::text AS sealed FROM sso_connections LIMIT 1',
  )
  expect(String(row?.sealed)).not.toContain(Buffer.from(secret).toString('hex'))
})
