import { forOrg, type Prisma } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { view } from './rows.ts'
import type { AuditEvent, AuditFilter } from './schema.ts'

function where(tenant: Tenant, filter: AuditFilter): Prisma.audit_eventsWhereInput {
  const { actor, since, until, ...equal } = filter
  const given = Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined))
  return {
    org_id: tenant.orgId,
    ...given,
    ...(actor !== undefined && { actor: { path: ['id'], equals: actor } }),
    ...((since ?? until) !== undefined && {
      occurred_at: { ...(since && { gte: new Date(since) }), ...(until && { lt: new Date(until) }) },
    }),
  }
}

/**
 * A page of an org's events, newest first.
 * @param before sequence of the last event seen; `null` for the first page
 */
export const listAudit = (
  tenant: Tenant,
  filter: AuditFilter,
  before: number | null,
  most: number,
): Promise<AuditEvent[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.audit_events.findMany({
      where: { ...where(tenant, filter), ...(before !== null && { sequence: { lt: BigInt(before) } }) },
      orderBy: { sequence: 'desc' },
      take: most,
    })
    return rows.map((row) => view(tenant, row))
  })
