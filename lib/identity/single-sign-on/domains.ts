import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { config } from '#lib/config'
import { deployment, forOrg, isUniqueViolation, lookupSsoDomain, type Tx } from '#lib/db'
import { createDns, type Dns, DnsFailure } from '#lib/egress'
import { AppError } from '#lib/errors'
import { newId, parseId, publicId } from '#lib/ids'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { ssoConnectionInUse } from './connections.ts'
import { requiresSsoIn } from './rules.ts'
import type { SsoConnection, SsoDomain } from './schema.ts'

type Row = Awaited<ReturnType<Tx['sso_domains']['findFirstOrThrow']>>

const domainsMax = 20
/** A verified domain is looked up again once a day, when somebody comes by it. */
const lookAgainMs = 24 * 3_600_000
/** How long it stays with its record gone: people move their zones. */
const graceMs = 72 * 3_600_000

let resolver: Dns | undefined
const dns = (): Dns => {
  resolver ??= createDns(config().dnsServer)
  return resolver
}

/** Of its own, beside the portal's: who may stand at a hostname is not thereby who signs people in. */
const recordName = (domain: string): string => `_behalf-sso.${domain}`

const view = (row: Row): SsoDomain => ({
  id: publicId('sso_domain', row.id),
  domain: row.domain,
  record: { name: recordName(row.domain), value: row.token },
  verified: row.verified_at !== null,
  problem: row.problem,
  checkedAt: row.checked_at?.toISOString() ?? null,
})

const refuse = (message: string) =>
  new AppError('invalid_request', {
    detail: `domain ${message}.`,
    param: 'domain',
    errors: [{ path: 'domain', message }],
  })

const reserved = ['localhost', 'local', 'internal', 'arpa', 'onion', 'invalid', 'alt', 'lan', 'home']

/** The domain of addresses, as the URL parser spells it. @throws AppError `invalid_request` */
export function parseSsoDomain(text: string): string {
  const given = text.trim().toLowerCase().replace(/^@/, '').replace(/\.$/, '')
  if (/[\s/\\@:?#%*[\]]/.test(given)) throw refuse('must be the part behind the @, such as example.com')
  const domain = URL.parse(`https://${given}/`)?.hostname
  if (!domain || isIP(domain) !== 0) throw refuse('must be a name such as example.com')
  const labels = domain.split('.')
  const wellFormed = labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
  if (!wellFormed || labels.length < 2 || domain.length > 240 || /^\d+$/.test(labels.at(-1) ?? ''))
    throw refuse('must be a name such as example.com')
  if (reserved.includes(labels.at(-1) ?? '')) throw refuse('must be a public name')
  return domain
}

/** The domain of an address that somebody typed; `null` for what is no address. */
export function domainOf(email: string): string | null {
  const [, host] = /^[^\s@]{1,64}@([^\s@]{1,255})$/.exec(email.trim()) ?? []
  try {
    return host === undefined ? null : parseSsoDomain(host)
  } catch {
    return null
  }
}

const whereOf = (tenant: Tenant, uuid: string) => ({ org_id_id: { org_id: tenant.orgId, id: uuid } })

/** Asks for a domain. @throws AppError `invalid_request`; `conflict` for one that is there, or one too many */
export async function addSsoDomainIn(
  tx: Tx,
  tenant: Tenant,
  text: string,
  createdBy: { type: string; id: string },
): Promise<SsoDomain> {
  const domain = parseSsoDomain(text)
  const rows = await tx.sso_domains.findMany({ where: { org_id: tenant.orgId }, select: { domain: true } })
  if (rows.some((row) => row.domain === domain))
    throw new AppError('conflict', { detail: `${domain} is there already.`, param: 'domain' })
  if (rows.length >= domainsMax)
    throw new AppError('conflict', { detail: `There are at most ${domainsMax} domains.` })
  const token = `behalf-sso-${randomBytes(20).toString('hex')}`
  const data = { org_id: tenant.orgId, id: newId(), domain, token, created_by: createdBy }
  return view(await tx.sso_domains.create({ data }))
}

export const listSsoDomains = (tenant: Tenant): Promise<SsoDomain[]> =>
  forOrg(tenant, async (tx) =>
    (await tx.sso_domains.findMany({ where: { org_id: tenant.orgId }, orderBy: { domain: 'asc' } })).map(
      view,
    ),
  )

async function rowIn(tx: Tx, tenant: Tenant, id: string): Promise<Row> {
  const uuid = parseId('sso_domain', id)
  const row = uuid && (await tx.sso_domains.findUnique({ where: whereOf(tenant, uuid) }))
  if (!row) throw new AppError('not_found')
  return row
}

/** Gives a domain up: addresses of it lead here no more. @throws AppError `not_found`, `conflict` */
export async function removeSsoDomainIn(tx: Tx, tenant: Tenant, id: string): Promise<SsoDomain> {
  const row = await rowIn(tx, tenant, id)
  if (row.verified_at !== null && (await requiresSsoIn(tx, tenant))) {
    const others = await tx.sso_domains.count({
      where: { org_id: tenant.orgId, verified_at: { not: null }, id: { not: row.id } },
    })
    if (others === 0)
      throw new AppError('conflict', {
        detail: 'Single sign-on is required here, and no other domain leads to it. Take that back first.',
      })
  }
  await tx.sso_domains.delete({ where: whereOf(tenant, row.id) })
  return view(row)
}

const says = {
  missing: (row: Row) =>
    `There is no TXT record at ${recordName(row.domain)} yet; it should be ${row.token}.`,
  wrong: (row: Row) => `The TXT record at ${recordName(row.domain)} is another; it should be ${row.token}.`,
  unknown: () => 'The name servers did not answer. Try again in a moment.',
  taken: (row: Row) => `${row.domain} belongs to another organization here until its record is removed.`,
}

/**
 * Looks a domain's record up now and draws the consequence.
 * @param record writes down that it was verified or lost, in the same transaction
 * @throws AppError `not_found`
 */
export async function checkSsoDomain(
  tenant: Tenant,
  id: string,
  record: (tx: Tx, domain: SsoDomain) => Promise<void>,
): Promise<SsoDomain> {
  const before = await forOrg(tenant, (tx) => rowIn(tx, tenant, id))
  const verdict = await look(before)
  const conclude = (as: typeof verdict | 'taken') =>
    forOrg(tenant, async (tx) => {
      const row = await rowIn(tx, tenant, id)
      const after = await tx.sso_domains.update({
        where: whereOf(tenant, row.id),
        data: { checked_at: new Date(), ...outcome(row, as) },
      })
      if ((after.verified_at === null) !== (row.verified_at === null)) await record(tx, view(after))
      return view(after)
    })
  try {
    return await conclude(verdict)
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    // Both proved it: whoever has it keeps it until a look finds that their record is gone.
    await lookAtHolder(before.domain)
    return conclude(verdict).catch((again: unknown) => {
      if (!isUniqueViolation(again)) throw again
      return conclude('taken')
    })
  }
}

async function look(row: Row): Promise<'right' | 'missing' | 'wrong' | 'unknown'> {
  try {
    const texts = await dns().txt(recordName(row.domain))
    return texts.includes(row.token) ? 'right' : texts.length > 0 ? 'wrong' : 'missing'
  } catch (error) {
    if (error instanceof DnsFailure) return 'unknown'
    throw error
  }
}

function outcome(row: Row, verdict: 'right' | 'missing' | 'wrong' | 'unknown' | 'taken') {
  if (verdict === 'right')
    return { problem: null, verified_at: row.verified_at ?? new Date(), failing_since: null }
  const problem = says[verdict](row)
  // No answer is no evidence of anything.
  if (row.verified_at === null || verdict === 'unknown') return { problem }
  const since = row.failing_since ?? new Date()
  const over = Date.now() - since.getTime() >= graceMs
  return over ? { problem, verified_at: null, failing_since: null } : { problem, failing_since: since }
}

/** Looks at the domain of whoever has it: their grace ends at once, since another has proved it. */
async function lookAtHolder(domain: string): Promise<void> {
  const holder = await lookupSsoDomain(domain)
  if (!holder) return
  const row = await forOrg(holder, (tx) =>
    tx.sso_domains.findFirst({ where: { org_id: holder.orgId, domain } }),
  )
  if (!row) return
  const verdict = await look(row)
  if (verdict !== 'missing' && verdict !== 'wrong') return
  await forOrg(holder, (tx) =>
    tx.sso_domains.updateMany({
      where: { org_id: holder.orgId, id: row.id },
      data: { verified_at: null, failing_since: null, checked_at: new Date(), problem: says[verdict](row) },
    }),
  )
}

/** Whether an org has verified the domain. */
export async function ownsDomainIn(tx: Tx, tenant: Tenant, domain: string): Promise<boolean> {
  const where = { org_id: tenant.orgId, domain, verified_at: { not: null } }
  return (await tx.sso_domains.count({ where })) > 0
}

/**
 * Where an address signs in: at the connection of the org that has verified its domain, else at the deployment's.
 * Only the domain counts, so nobody learns who is a member; a parent's owner is not asked, as zones give names away.
 */
export async function ssoFor(email: string): Promise<{ tenant: Tenant; connection: SsoConnection } | null> {
  const domain = domainOf(email)
  if (domain === null) return null
  const tenant = await holderOf(domain)
  const own = tenant && (await ssoConnectionInUse(tenant))
  if (tenant && own) return { tenant, connection: own }
  const shared = await ssoConnectionInUse(deployment)
  return shared && { tenant: deployment, connection: shared }
}

async function holderOf(domain: string): Promise<Tenant | null> {
  const tenant = await lookupSsoDomain(domain)
  if (!tenant) return null
  const row = await forOrg(tenant, (tx) =>
    tx.sso_domains.findFirst({ where: { org_id: tenant.orgId, domain } }),
  )
  const old = row && Date.now() - (row.checked_at?.getTime() ?? 0) > lookAgainMs
  if (!old) return tenant
  const now = await checkSsoDomain(tenant, publicId('sso_domain', row.id), async () => undefined).catch(
    (err: unknown) => {
      log.error({ err }, 'domain of a single sign-on not checked')
      return null
    },
  )
  return now && !now.verified ? null : tenant
}
