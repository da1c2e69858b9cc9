import { randomBytes } from 'node:crypto'
import { forOrg, isUniqueViolation, type Prisma, type Tx } from '#lib/db'
import type { Dns } from '#lib/egress'
import { AppError } from '#lib/errors'
import { newId, parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { originAt, ownHostname, parseHostname } from './hostname.ts'
import { type Looked, look, ownershipName } from './look.ts'
import type { Domain, DomainProblem } from './schema.ts'

export type DomainRow = Awaited<ReturnType<Tx['custom_domains']['findFirstOrThrow']>>

/** How many an org may ask for, how many may be live at once, and how long a live one stays with wrong records. */
export const domainLimits = { asked: 10, live: 2, graceHours: 72 } as const

const graceMs = domainLimits.graceHours * 3_600_000

export function domainView(row: DomainRow): Domain {
  return {
    id: publicId('custom_domain', row.id),
    hostname: row.hostname,
    status: row.status as Domain['status'],
    primary: row.is_primary,
    records: [
      { type: 'TXT', name: ownershipName(row.hostname), value: row.token },
      { type: 'CNAME', name: row.hostname, value: ownHostname() },
    ],
    problems: row.problems as DomainProblem[],
    verified_domain: row.live_since ? (row.proven_parent ?? row.hostname) : null,
    checked_at: row.checked_at?.toISOString() ?? null,
    live_since: row.live_since?.toISOString() ?? null,
    goes_down_at: row.failing_since ? new Date(row.failing_since.getTime() + graceMs).toISOString() : null,
    created_at: row.created_at.toISOString(),
  }
}

const whereOf = (tenant: Tenant, id: string) => ({ org_id_id: { org_id: tenant.orgId, id } })

/** Of two changes to an org's domains, one waits: how many are live is counted. */
const lockIn = (tx: Tx, tenant: Tenant) =>
  tx.$queryRaw`SELECT 1 FROM organizations WHERE id = ${tenant.orgId}::uuid FOR UPDATE`

/** Asks for a hostname. @throws AppError `invalid_request`; `conflict` for one that was asked for, or one too many */
export async function addDomainIn(
  tx: Tx,
  tenant: Tenant,
  text: string,
  createdBy: { type: string; id: string },
): Promise<Domain> {
  const hostname = parseHostname(text)
  await lockIn(tx, tenant)
  const rows = await tx.custom_domains.findMany({
    where: { org_id: tenant.orgId },
    select: { hostname: true },
  })
  if (rows.some((row) => row.hostname === hostname))
    throw new AppError('conflict', { detail: `${hostname} is there already.`, param: 'hostname' })
  if (rows.length >= domainLimits.asked)
    throw new AppError('conflict', { detail: `An organization has at most ${domainLimits.asked} domains.` })
  const token = `behalf-${randomBytes(20).toString('hex')}`
  return domainView(
    await tx.custom_domains.create({
      data: { org_id: tenant.orgId, id: newId(), hostname, token, created_by: createdBy },
    }),
  )
}

export const listDomains = (tenant: Tenant): Promise<Domain[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.custom_domains.findMany({
      where: { org_id: tenant.orgId },
      orderBy: { id: 'desc' },
    })
    return rows.map(domainView)
  })

async function rowIn(tx: Tx, tenant: Tenant, id: string): Promise<DomainRow> {
  const uuid = parseId('custom_domain', id)
  const row = uuid && (await tx.custom_domains.findUnique({ where: whereOf(tenant, uuid) }))
  if (!row) throw new AppError('not_found')
  return row
}

export const getDomain = (tenant: Tenant, id: string): Promise<Domain> =>
  forOrg(tenant, async (tx) => domainView(await rowIn(tx, tenant, id)))

/** Gives a hostname up, with the next request. @throws AppError `not_found` */
export async function removeDomainIn(tx: Tx, tenant: Tenant, id: string): Promise<Domain> {
  await lockIn(tx, tenant)
  const row = await rowIn(tx, tenant, id)
  await tx.custom_domains.delete({ where: whereOf(tenant, row.id) })
  if (row.is_primary) await choosePrimaryIn(tx, tenant)
  return domainView(row)
}

/** Makes new links for this one. @throws AppError `not_found`; `conflict` for one that is not live */
export async function makePrimaryIn(tx: Tx, tenant: Tenant, id: string): Promise<Domain> {
  await lockIn(tx, tenant)
  const row = await rowIn(tx, tenant, id)
  if (row.live_since === null) throw new AppError('conflict', { detail: `${row.hostname} is not live yet.` })
  await tx.custom_domains.updateMany({
    where: { org_id: tenant.orgId, is_primary: true },
    data: { is_primary: false },
  })
  return domainView(
    await tx.custom_domains.update({ where: whereOf(tenant, row.id), data: { is_primary: true } }),
  )
}

/** Where no live domain is the primary one, the one that is live longest becomes it. */
async function choosePrimaryIn(tx: Tx, tenant: Tenant): Promise<void> {
  const live = await tx.custom_domains.findMany({
    where: { org_id: tenant.orgId, live_since: { not: null } },
    orderBy: { live_since: 'asc' },
  })
  const [first] = live
  if (!first || live.some(({ is_primary }) => is_primary)) return
  await tx.custom_domains.update({ where: whereOf(tenant, first.id), data: { is_primary: true } })
}

/** What a check changed, for those who are to be told. */
export type DomainTurn = 'live' | 'down'
export type Recorder = (tx: Tx, turn: DomainTurn, domain: Domain) => Promise<void>

/**
 * Looks a hostname's records up and draws the consequence: it goes live, or down once its grace is over.
 * @param record writes down what changed, in the same transaction
 * @throws AppError `not_found`
 */
export async function checkDomain(tenant: Tenant, id: string, dns: Dns, record: Recorder): Promise<Domain> {
  const before = await forOrg(tenant, (tx) => rowIn(tx, tenant, id))
  const looked = await look(dns, before.hostname, before.token)
  try {
    return await forOrg(tenant, (tx) => concludeIn(tx, tenant, before.id, looked, record))
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    // Both proved it: the TXT record that was there first is still there. Whoever is live keeps it until that is gone.
    const says = `${before.hostname} belongs to another organization here until its records are removed.`
    const problem: DomainProblem = { record: 'taken', name: before.hostname, expected: null, found: [], says }
    return forOrg(tenant, async (tx) =>
      domainView(
        await tx.custom_domains.update({
          where: whereOf(tenant, before.id),
          data: { status: 'misconfigured', problems: [problem], checked_at: new Date() },
        }),
      ),
    )
  }
}

async function concludeIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  { verdict, problems, provenParent }: Looked,
  record: Recorder,
): Promise<Domain> {
  await lockIn(tx, tenant)
  const row = await rowIn(tx, tenant, publicId('custom_domain', id))
  const set = async (data: Prisma.custom_domainsUpdateInput) =>
    domainView(
      await tx.custom_domains.update({
        where: whereOf(tenant, id),
        data: { checked_at: new Date(), problems, ...data },
      }),
    )
  const live = row.live_since !== null
  if (verdict === 'unknown') return set({})
  if (verdict === 'right') {
    if (live) return set({ failing_since: null, proven_parent: provenParent })
    const others = await tx.custom_domains.count({
      where: { org_id: tenant.orgId, live_since: { not: null } },
    })
    if (others >= domainLimits.live) return set({ status: 'pending', problems: [tooMany(row.hostname)] })
    await set({ status: 'live', live_since: new Date(), failing_since: null, proven_parent: provenParent })
    await choosePrimaryIn(tx, tenant)
    const now = domainView(await rowIn(tx, tenant, publicId('custom_domain', id)))
    await record(tx, 'live', now)
    return now
  }
  if (!live) return set({ status: verdict === 'wrong' ? 'misconfigured' : 'pending' })
  const since = row.failing_since ?? new Date()
  if (Date.now() - since.getTime() < graceMs) return set({ failing_since: since })
  const down = await set({
    status: 'misconfigured',
    live_since: null,
    is_primary: false,
    failing_since: null,
    proven_parent: null,
  })
  await choosePrimaryIn(tx, tenant)
  await record(tx, 'down', down)
  return down
}

const tooMany = (hostname: string): DomainProblem => ({
  record: 'limit',
  name: hostname,
  expected: null,
  found: [],
  says: `Its records are right. ${domainLimits.live} domains are live already: remove one of them first.`,
})

/** The hostnames whose time for a look has come: live ones daily, failing and waiting ones hourly, for two weeks. */
export const dueDomains = (tenant: Tenant): Promise<string[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM custom_domains WHERE org_id = ${tenant.orgId}::uuid AND (
        checked_at IS NULL OR checked_at < now() - interval '23 hours'
        OR (checked_at < now() - interval '55 minutes' AND (failing_since IS NOT NULL OR live_since IS NULL)
          AND created_at > now() - interval '14 days')
        OR (checked_at < now() - interval '55 minutes' AND failing_since IS NOT NULL))`
    return rows.map(({ id }) => publicId('custom_domain', id))
  })

/**
 * Where links for an org's people lead: its primary domain, while its records are right, else the deployment's own. One
 * whose records have gone wrong still answers for a while, and gets no new links: they could lead to somebody else.
 */
export async function portalOrigin(tenant: Tenant, ownOrigin: string): Promise<string> {
  const rows = await forOrg(tenant, (tx) =>
    tx.custom_domains.findMany({
      where: { org_id: tenant.orgId, live_since: { not: null }, failing_since: null },
      orderBy: [{ is_primary: 'desc' }, { live_since: 'asc' }],
      take: 1,
    }),
  )
  const [first] = rows
  return first ? originAt(first.hostname) : ownOrigin
}

/** The domain that an org has proven to be its own, as the consent screen says it; null where it has proven none. */
export async function verifiedDomain(tenant: Tenant): Promise<string | null> {
  const row = await forOrg(tenant, (tx) =>
    tx.custom_domains.findFirst({
      where: { org_id: tenant.orgId, live_since: { not: null }, failing_since: null },
      orderBy: [{ is_primary: 'desc' }, { live_since: 'asc' }],
    }),
  )
  return row && (row.proven_parent ?? row.hostname)
}
