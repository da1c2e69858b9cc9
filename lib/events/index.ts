import { forOrg, type Prisma, type Tx } from '#lib/db'
import { newId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { OutboxEvent } from './schema.ts'

/** The events that a product can build on; adding a field is compatible, anything else is a new schema version. */
export const eventTypes = [
  'agent.changed',
  'agent.created',
  'agent.disabled',
  'agent.enabled',
  'agent_credential.created',
  'agent_credential.revoked',
  'agent_credential.rotated',
  'agent_grant.created',
  'agent_grant.revoked',
  'agent_grant.tools_changed',
  'approval.approved',
  'approval.denied',
  'approval.executed',
  'approval.expired',
  'approval.refused',
  'approval.requested',
  'approval.withdrawn',
  'connected_account.connected',
  'connected_account.needs_reauth',
  'connected_account.restored',
  'connected_account.revoked',
  'connected_account.revocation_settled',
  'connection.scopes_changed',
  'connection_request.approved',
  'connection_request.created',
  'connection_request.denied',
  'connection_request.expired',
  'connect_session.completed',
  'connect_session.failed',
  'domain.down',
  'domain.live',
  'stop.lifted',
  'stop.placed',
] as const
export type EventType = (typeof eventTypes)[number]

/** Writes an event into the outbox, in the transaction of what it tells of: both happen or neither does. */
export async function emit(
  tx: Tx,
  tenant: Tenant,
  type: EventType,
  data: Readonly<Record<string, Prisma.InputJsonValue | null>>,
): Promise<void> {
  await tx.outbox_events.create({
    data: { org_id: tenant.orgId, id: newId(), type, data: data as Prisma.InputJsonObject },
  })
}

/** As `emit`, for many events of one type. */
export async function emitAll(
  tx: Tx,
  tenant: Tenant,
  type: EventType,
  data: readonly Readonly<Record<string, Prisma.InputJsonValue | null>>[],
): Promise<void> {
  const ids = data.map(() => newId())
  await tx.$executeRaw`
    INSERT INTO outbox_events (org_id, id, type, data)
    SELECT ${tenant.orgId}::uuid, e.id, ${type}, e.data::jsonb
    FROM unnest(${ids}::uuid[], ${data.map((one) => JSON.stringify(one))}::text[]) AS e (id, data)`
}

/** A page of an org's events, newest first; `before` is the internal id of the last one seen. */
export const listEvents = (
  tenant: Tenant,
  filter: { type?: string | undefined },
  before: string | null,
  most: number,
): Promise<OutboxEvent[]> =>
  forOrg(tenant, async (tx) => {
    const where = {
      org_id: tenant.orgId,
      ...(filter.type && { type: filter.type }),
      ...(before && { id: { lt: before } }),
    }
    const rows = await tx.outbox_events.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return rows.map((row) => ({
      id: publicId('event', row.id),
      type: row.type,
      schema_version: row.schema_version,
      org_id: tenant.externalId,
      data: row.data as OutboxEvent['data'],
      created_at: row.created_at.toISOString(),
    }))
  })
