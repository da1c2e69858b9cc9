import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { disconnect, forOrg } from '#lib/db'
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
  checkSsoDomain,
  createSsoConnection,
  finishSso,
  openSsoFlow,
  reachIssuers,
  SignInRefused,
  type SsoPurpose,
  setSsoStatusIn,
  ssoAuthorizeUrl,
  startSso,
  systemCaller,
} from '../index.ts'
import type { SsoConnection } from '../schema.ts'

// What the tests of single sign-on stand on: two orgs, each with an identity provider and a verified domain of its own.

export const operator = systemCaller('test')
export const by = { type: 'system', id: 'test' }
export const secret = 'kanarie-sso-secret'
export let superuser: Superuser
export let dns: DnsServer
/** Whom acme trusts. */
export let idp: IdentityProvider
/** Whom globex trusts. */
export let evil: IdentityProvider
export let acme: Tenant
export let globex: Tenant
export let acmeSso: SsoConnection
export let globexSso: SsoConnection
const egress = createEgress({ allow: parseAllow('oidc=127.0.0.1'), default: 'public' })

/** Call it once in a test file. */
export function prepareSso(): void {
  beforeAll(async () => {
    dns = await startDnsServer()
    process.env.BEHALF_DNS_SERVER = dns.address
    superuser = await useSuperuser()
    reachIssuers(egress)
    idp = await startIdentityProvider()
    evil = await startIdentityProvider()
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
}

export const ada = () => ({
  sub: 'ada',
  email: 'ada@acme.test',
  email_verified: true,
  name: 'Ada',
  groups: ['staff', 'security'],
})

export async function connected(tenant: Tenant, issuer: string, more: Record<string, unknown> = {}) {
  const input = {
    ...{ name: 'Staff', issuer, client_id: `behalf-${tenant.externalId}`, client_secret: secret },
    ...{ client_auth: 'client_secret_basic' as const, scopes: ['openid', 'email'], groups_claim: 'groups' },
    ...{ creates_members: true, ...more },
  }
  const made = await createSsoConnection(tenant, operator, input, async () => undefined)
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
export const audit: Noted[] = []
export const recorder = {
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
export async function journey({ tenant = acme, connection = acmeSso, purpose, change, at }: Asked = {}) {
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

export const signIn = async (asked: Asked = {}) => (await journey(asked)).finish()

export const members = (org = 'acme') =>
  superuser.sql(
    `SELECT m.id, m.email, m.role, m.iss, m.sub, m.disabled_at IS NOT NULL AS disabled, m.session_version AS version
     FROM members m JOIN organizations o ON o.id = m.org_id WHERE o.external_id = $1 ORDER BY m.created_at`,
    [org],
  )

export async function refused(work: Promise<unknown>): Promise<string> {
  const thrown: unknown = await work.then(
    () => expect.fail('nobody may be signed in by this'),
    (error: unknown) => error,
  )
  if (!(thrown instanceof SignInRefused)) throw thrown
  expect(JSON.stringify([thrown.message, thrown.why])).not.toContain(secret)
  return thrown.reason
}

/** Refused, written down with that reason, and nobody was made. */
export async function leavesNothing(work: Promise<unknown>, reason: string, why?: string) {
  expect(await refused(work)).toBe(reason)
  expect(audit).toEqual([
    expect.objectContaining({ action: 'member.sign_in_refused', reason, ...(why && { why }) }),
  ])
  expect(await members()).toEqual([])
  expect(await members('globex')).toEqual([])
}
