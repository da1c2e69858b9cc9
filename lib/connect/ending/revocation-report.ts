import { forOrg, Prisma, revocationsOfBatch, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Revocation, RevokedAccount } from '../schema.ts'

type Row = Awaited<ReturnType<Tx['mass_revocations']['findFirstOrThrow']>>
type Counts = Partial<Record<string, number>>

const view = (tenant: Tenant, row: Row, counts: Counts): Revocation => ({
  id: publicId('revocation', row.id),
  batch_id: publicId('revocation', row.batch_id),
  org_id: tenant.orgId === deploymentOrgId ? null : tenant.externalId,
  filter: row.filter as Record<string, unknown>,
  reason: row.reason,
  status: row.status as Revocation['status'],
  accounts: {
    stopped: row.total,
    revoked: counts.revoked ?? 0,
    unsupported: counts.unsupported ?? 0,
    unconfirmed: counts.unconfirmed ?? 0,
    pending: counts.pending ?? 0,
    nothing_owed: counts.nothing_owed ?? 0,
  },
  certificate: row.certificate as Revocation['certificate'],
  created_at: row.created_at.toISOString(),
  finished_at: row.finished_at?.toISOString() ?? null,
})

async function viewsIn(tx: Tx, tenant: Tenant, rows: Row[]): Promise<Revocation[]> {
  const groups = await tx.mass_revocation_accounts.groupBy({
    by: ['revocation_id', 'upstream'],
    where: { org_id: tenant.orgId, revocation_id: { in: rows.map(({ id }) => id) } },
    _count: true,
  })
  return rows.map((row) => {
    const own = groups.filter(({ revocation_id }) => revocation_id === row.id)
    return view(tenant, row, Object.fromEntries(own.map(({ upstream, _count }) => [upstream, _count])))
  })
}

/** @throws AppError `not_found` */
export async function getRevocationIn(tx: Tx, tenant: Tenant, id: string): Promise<Revocation> {
  const row = await tx.mass_revocations.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
  const [found] = row ? await viewsIn(tx, tenant, [row]) : []
  if (!found) throw new AppError('not_found')
  return found
}

export const getRevocation = (tenant: Tenant, id: string): Promise<Revocation> =>
  forOrg(tenant, (tx) => getRevocationIn(tx, tenant, id))

/** A page of an org's mass revocations, newest first; `before` is the internal id of the last one seen. */
export const listRevocations = (tenant: Tenant, before: string | null, most: number): Promise<Revocation[]> =>
  forOrg(tenant, async (tx) => {
    const where = { org_id: tenant.orgId, ...(before && { id: { lt: before } }) }
    const rows = await tx.mass_revocations.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return viewsIn(tx, tenant, rows)
  })

/**
 * A page of the reports, org by org, of a revocation over every org, newest first.
 * @param head its internal id
 * @param before the internal id of the last one seen
 */
export async function listBatch(head: string, before: string | null, most: number): Promise<Revocation[]> {
  const found = await revocationsOfBatch(head, before, most)
  const read = found.map(({ tenant, id }) => (tenant ? getRevocation(tenant, id) : null))
  return (await Promise.all(read)).filter((report) => report !== null)
}

/** A page of what became of each account, newest account first. @throws AppError `not_found` */
export const listRevokedAccounts = (
  tenant: Tenant,
  id: string,
  before: string | null,
  most: number,
): Promise<RevokedAccount[]> =>
  forOrg(tenant, async (tx) => {
    await getRevocationIn(tx, tenant, id)
    type Item = Omit<RevokedAccount, 'stopped_at' | 'settled_at'> & {
      stopped_at: Date
      settled_at: Date | null
    }
    const rows = await tx.$queryRaw<Item[]>`
      SELECT i.account_id AS connected_account_id, u.external_id AS user_id, a.connector, i.stopped_at, i.upstream,
        i.error_code, i.settled_at
      FROM mass_revocation_accounts i
      JOIN connected_accounts a ON a.org_id = i.org_id AND a.id = i.account_id
      JOIN end_users u ON u.org_id = a.org_id AND u.id = a.user_id
      WHERE i.org_id = ${tenant.orgId}::uuid AND i.revocation_id = ${id}::uuid
        ${before === null ? Prisma.empty : Prisma.sql`AND i.account_id < ${before}::uuid`}
      ORDER BY i.account_id DESC LIMIT ${most}`
    return rows.map((row) => ({
      ...row,
      connected_account_id: publicId('connected_account', row.connected_account_id),
      stopped_at: row.stopped_at.toISOString(),
      settled_at: row.settled_at?.toISOString() ?? null,
    }))
  })
