import { forOrg, type Prisma } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { genesis, hashOf, type Row } from './event.ts'
import type { AuditEvent, AuditFilter, ChainReport } from './schema.ts'

function view(tenant: Tenant, row: Row): AuditEvent {
  return {
    id: publicId('audit_event', row.id),
    sequence: Number(row.sequence),
    occurred_at: row.occurred_at.toISOString(),
    action: row.action,
    outcome: row.outcome as AuditEvent['outcome'],
    org_id: tenant.externalId,
    user_id: row.user_id,
    actor: row.actor as AuditEvent['actor'],
    agent_id: row.agent_id,
    connected_account_id: row.connected_account_id,
    connection_id: row.connection_id,
    tool_name: row.tool_name,
    scopes_required: row.scopes_required,
    scopes_granted: row.scopes_granted,
    policy: row.policy as AuditEvent['policy'],
    params_hmac: row.params_hmac,
    changed_fields: row.changed_fields,
    error_code: row.error_code,
    duration_ms: row.duration_ms,
    trace_id: row.trace_id,
    ip: row.ip,
    user_agent: row.user_agent,
    details: row.details as AuditEvent['details'],
    prev_hash: row.prev_hash,
    hash: row.hash,
  }
}

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

const batch = 1_000

/** An org's raw rows from the oldest on, a batch at a time, each batch its own short transaction. */
async function* rows(tenant: Tenant, filter: AuditFilter): AsyncGenerator<Row> {
  let last: Row | undefined
  for (;;) {
    // By number and id: two rows that share a number, as only tampering makes them, must both come up.
    const seen = last && { sequence: last.sequence, id: { lte: last.id } }
    const page: Row[] = await forOrg(tenant, (tx) =>
      tx.audit_events.findMany({
        where: {
          ...where(tenant, filter),
          ...(seen && { AND: [{ sequence: { gte: seen.sequence } }, { NOT: seen }] }),
        },
        orderBy: [{ sequence: 'asc' }, { id: 'asc' }],
        take: batch,
      }),
    )
    yield* page
    last = page.at(-1)
    if (page.length < batch) return
  }
}

/** The stored head, and how far the events go, as one moment saw them. */
async function extent(tenant: Tenant): Promise<{ last: bigint; hash: string; newest: bigint }> {
  const [seen] = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<{ last: bigint | null; hash: string | null; newest: bigint | null }[]>`
      SELECT (SELECT sequence FROM audit_heads WHERE org_id = ${tenant.orgId}::uuid) AS last,
        (SELECT hash FROM audit_heads WHERE org_id = ${tenant.orgId}::uuid) AS hash, max(sequence) AS newest
      FROM audit_events WHERE org_id = ${tenant.orgId}::uuid`,
  )
  return { last: seen?.last ?? 0n, hash: seen?.hash ?? genesis, newest: seen?.newest ?? 0n }
}

/** Every event that matches, oldest first, for streaming out. */
export async function* exportAudit(tenant: Tenant, filter: AuditFilter): AsyncGenerator<AuditEvent> {
  for await (const row of rows(tenant, filter)) yield view(tenant, row)
}

/**
 * Walks an org's chain from its first event to the head that is stored beside it.
 * @returns the first event that was changed, follows another than it says, or is missing before it
 */
export async function verifyAudit(tenant: Tenant): Promise<ChainReport> {
  // Read first: what is appended while the walk runs is beyond the head that it answers for.
  const head = await extent(tenant)
  const { last } = head
  let events = 0n
  let hash = genesis
  const bad = (row: Row, reason: string): ChainReport => ({
    ok: false,
    events: Number(events),
    head: hash,
    first_bad: publicId('audit_event', row.id),
    reason,
  })
  for await (const row of rows(tenant, {})) {
    if (row.sequence > head.newest) break
    if (row.sequence > last) return bad(row, `the stored head ends before it, at event ${last}`)
    if (row.sequence <= events) return bad(row, 'its number is taken or is none')
    if (row.sequence !== events + 1n)
      return bad(row, `events ${events + 1n} to ${row.sequence - 1n} are missing before it`)
    if (row.prev_hash !== hash) return bad(row, 'it does not follow the event before it')
    if (hashOf(row) !== row.hash) return bad(row, 'its fields are not those that were hashed')
    events = row.sequence
    hash = row.hash
  }
  const whole = events === last && hash === head.hash
  const reason = whole ? null : `the chain ends at event ${events}, the stored head is at ${last}`
  return { ok: whole, events: Number(events), head: hash, first_bad: null, reason }
}
