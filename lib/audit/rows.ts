import { type Statement, sqlForOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Row } from './event.ts'
import type { AuditEvent, AuditFilter } from './schema.ts'

/** An event as it goes out; `chain` stands for the org id that the hash covers, which no other org ever has. */
export function view(tenant: Tenant, row: Row): AuditEvent {
  return {
    id: publicId('audit_event', row.id),
    chain: chainOf(tenant),
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

/** The name of a tenant's chain, in signed heads and exports. */
export const chainOf = ({ orgId }: Tenant): string => publicId('organization', orgId)

const batchRows = 2_000

// Named one by one: a prepared `SELECT *` breaks on the day that a migration adds a column.
export const columns = `org_id, sequence, occurred_at, id, action, outcome, user_id, actor, agent_id, connected_account_id,
  connection_id, tool_name, scopes_required, scopes_granted, policy, params_hmac, changed_fields, error_code,
  duration_ms, trace_id, ip, user_agent, details, prev_hash, hash`

/** Comparisons that a filter may ask for; each value is a parameter. */
const conditions: Readonly<Record<keyof AuditFilter, (at: string) => string>> = {
  actor: (at) => `actor ->> 'id' = ${at}`,
  action: (at) => `action = ${at}`,
  user_id: (at) => `user_id = ${at}`,
  connected_account_id: (at) => `connected_account_id = ${at}`,
  tool_name: (at) => `tool_name = ${at}`,
  outcome: (at) => `outcome = ${at}`,
  since: (at) => `occurred_at >= ${at}::timestamptz`,
  until: (at) => `occurred_at < ${at}::timestamptz`,
}

/** One statement per set of filters, prepared once per connection. */
function statementFor(filter: AuditFilter): { statement: Statement; values: unknown[] } {
  const given = (Object.keys(conditions) as (keyof AuditFilter)[]).filter(
    (name) => filter[name] !== undefined,
  )
  const asked = given.map((name, at) => ` AND ${conditions[name](`$${at + 5}`)}`).join('')
  // By number and id: two rows that share a number, as only tampering makes them, must both come up.
  const text = `SELECT ${columns} FROM audit_events
    WHERE org_id = $1 AND sequence >= $2 AND NOT (sequence = $2 AND id <= $3)${asked}
    ORDER BY sequence, id LIMIT $4`
  return {
    statement: { name: `audit_rows_${given.join('_')}`, text },
    values: given.map((name) => filter[name]),
  }
}

const nil = '00000000-0000-0000-0000-000000000000'

/**
 * An org's raw rows from the oldest on, a batch at a time, each batch its own short transaction.
 * @param after sequence to begin after; without it, with whatever is there
 * @param most rows of a batch
 */
export async function* rowBatches(
  tenant: Tenant,
  filter: AuditFilter,
  after?: bigint,
  most = batchRows,
): AsyncGenerator<Row[], void> {
  const { statement, values } = statementFor(filter)
  // What bigint can hold least: a forged event below the first must come up too.
  let from = after === undefined ? { sequence: -(2n ** 63n), id: nil } : { sequence: after + 1n, id: nil }
  for (;;) {
    const at = [tenant.orgId, String(from.sequence), from.id, most]
    const found = await sqlForOrg(tenant, (sql) =>
      sql<Omit<Row, 'sequence'> & { sequence: string }>(statement, [...at, ...values]),
    )
    const rows: Row[] = found.map((row) => ({ ...row, sequence: BigInt(row.sequence) }))
    if (rows.length > 0) yield rows
    const last = rows.at(-1)
    if (!last || rows.length < most) return
    from = { sequence: last.sequence, id: last.id }
  }
}

/** The events that match, oldest first, a batch at a time, for streaming out. */
export async function* exportAudit(
  tenant: Tenant,
  filter: AuditFilter,
  after?: bigint,
  most = batchRows,
): AsyncGenerator<AuditEvent[], void> {
  for await (const rows of rowBatches(tenant, filter, after, most)) yield rows.map((row) => view(tenant, row))
}
