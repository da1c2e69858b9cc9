import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { view } from '../rows.ts'
import type { AuditEvent } from '../schema.ts'

/** One event by its id. @throws AppError `not_found` */
export async function getAuditEvent(tenant: Tenant, id: string): Promise<AuditEvent> {
  const uuid = parseId('audit_event', id)
  const row =
    uuid &&
    (await forOrg(tenant, (tx) =>
      tx.audit_events.findFirst({ where: { org_id: tenant.orgId, id: uuid }, orderBy: { sequence: 'asc' } }),
    ))
  if (!row) throw new AppError('not_found')
  return view(tenant, row)
}

/** The events that the same actor did just before and just after one. */
export const aroundOfActor = (tenant: Tenant, event: AuditEvent, each: number): Promise<AuditEvent[]> =>
  forOrg(tenant, async (tx) => {
    // Within so many numbers of it: somebody who acts seldom is not looked for through everything.
    const near = { gte: BigInt(event.sequence - 5_000), lte: BigInt(event.sequence + 5_000) }
    const at = { org_id: tenant.orgId, actor: { path: ['id'], equals: event.actor.id } }
    const before = await tx.audit_events.findMany({
      where: { ...at, sequence: { gte: near.gte, lt: BigInt(event.sequence) } },
      orderBy: { sequence: 'desc' },
      take: each,
    })
    const after = await tx.audit_events.findMany({
      where: { ...at, sequence: { gt: BigInt(event.sequence), lte: near.lte } },
      orderBy: { sequence: 'asc' },
      take: each,
    })
    return [...after.toReversed(), ...before].map((row) => view(tenant, row))
  })
