import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Tx } from '#lib/db'
import { newId } from '#lib/ids'
import type { Decision, Tenant } from '#lib/proof'

export type Outcome = 'allowed' | 'denied' | 'failed' | 'unknown'

/** What happened, as the room that did it says it. Ids are public ones; values of params and results never appear. */
export type AuditInput = {
  action: string
  outcome: Outcome
  actor: { type: string; id: string }
  user_id?: string | null
  agent_id?: string | null
  connected_account_id?: string | null
  connection_id?: string | null
  tool_name?: string | null
  scopes_required?: readonly string[]
  scopes_granted?: readonly string[]
  policy?: Decision | null
  params_hmac?: string | null
  changed_fields?: readonly string[]
  error_code?: string | null
  duration_ms?: number | null
  trace_id?: string | null
  ip?: string | null
  user_agent?: string | null
  /** Ids and counts that explain this one event, such as what a revocation reached. */
  details?: Readonly<Record<string, string | number | boolean | null>>
}

/** Where a call came from. */
export type Origin = { ip: string | null; userAgent: string | null; traceId: string }

/** An origin as the fields of an event. */
export const originFields = (origin: Origin) => ({
  ip: origin.ip,
  user_agent: origin.userAgent,
  trace_id: origin.traceId,
})

/** The hash of the event before the first. */
export const genesis = '0'.repeat(64)

export type Row = Awaited<ReturnType<Tx['audit_events']['findFirstOrThrow']>>

/** The fields that the chain covers: all of them but the hash itself. */
function chained(row: Omit<Row, 'hash'> & Partial<Pick<Row, 'hash'>>): Record<string, unknown> {
  const { sequence, occurred_at, hash: _, ...fields } = row
  return { ...fields, sequence: String(sequence), occurred_at: occurred_at.toISOString() }
}

/** SHA-256 over the canonical JSON (RFC 8785) of an event, its predecessor's hash included. */
export function hashOf(row: Parameters<typeof chained>[0]): string {
  return createHash('sha256')
    .update(canonicalize(chained(row)) ?? '')
    .digest('hex')
}

type Head = { sequence: bigint; hash: string; now: Date }

async function lockHead(tx: Tx, tenant: Tenant): Promise<Head | undefined> {
  const [head] = await tx.$queryRaw<Head[]>`
    SELECT sequence, hash, clock_timestamp()::timestamptz(3) AS now FROM audit_heads
    WHERE org_id = ${tenant.orgId}::uuid FOR UPDATE`
  return head
}

/** Only an org's first event makes a head: every later append needs no more than `rehearseAudit` has tried. */
async function firstHead(tx: Tx, tenant: Tenant): Promise<Head | undefined> {
  await tx.$executeRaw`INSERT INTO audit_heads (org_id, sequence, hash)
    VALUES (${tenant.orgId}::uuid, 0, ${genesis}) ON CONFLICT DO NOTHING`
  return lockHead(tx, tenant)
}

/**
 * Appends an event to the org's chain, in the transaction of what it tells of: both happen or neither does.
 * The head row stays locked until that transaction ends, so keep it short.
 */
export async function appendAudit(tx: Tx, tenant: Tenant, input: AuditInput): Promise<void> {
  const head = (await lockHead(tx, tenant)) ?? (await firstHead(tx, tenant))
  if (!head) throw new Error('audit head vanished')
  const event = {
    org_id: tenant.orgId,
    sequence: head.sequence + 1n,
    occurred_at: head.now,
    id: newId(),
    action: input.action,
    outcome: input.outcome,
    user_id: input.user_id ?? null,
    actor: input.actor,
    agent_id: input.agent_id ?? null,
    connected_account_id: input.connected_account_id ?? null,
    connection_id: input.connection_id ?? null,
    tool_name: input.tool_name ?? null,
    scopes_required: [...(input.scopes_required ?? [])],
    scopes_granted: [...(input.scopes_granted ?? [])],
    policy: input.policy
      ? {
          engine: input.policy.engine,
          decision: input.policy.decision,
          policy_ids: [...input.policy.policyIds],
        }
      : null,
    params_hmac: input.params_hmac ?? null,
    changed_fields: [...(input.changed_fields ?? [])],
    error_code: input.error_code ?? null,
    duration_ms: input.duration_ms ?? null,
    trace_id: input.trace_id ?? null,
    ip: input.ip ?? null,
    user_agent: input.user_agent ?? null,
    details: { ...input.details },
    prev_hash: head.hash,
  }
  const hash = hashOf(event)
  await tx.$executeRaw`
    INSERT INTO audit_events (org_id, sequence, occurred_at, id, action, outcome, user_id, actor, agent_id,
      connected_account_id, connection_id, tool_name, scopes_required, scopes_granted, policy, params_hmac,
      changed_fields, error_code, duration_ms, trace_id, ip, user_agent, details, prev_hash, hash)
    VALUES (${event.org_id}::uuid, ${event.sequence}, ${event.occurred_at}, ${event.id}::uuid, ${event.action},
      ${event.outcome}, ${event.user_id}, ${JSON.stringify(event.actor)}::jsonb, ${event.agent_id},
      ${event.connected_account_id}, ${event.connection_id}, ${event.tool_name}, ${event.scopes_required},
      ${event.scopes_granted}, ${event.policy && JSON.stringify(event.policy)}::jsonb, ${event.params_hmac},
      ${event.changed_fields}, ${event.error_code}, ${event.duration_ms}, ${event.trace_id}, ${event.ip},
      ${event.user_agent}, ${JSON.stringify(event.details)}::jsonb, ${event.prev_hash}, ${hash})`
  await tx.audit_heads.update({ where: { org_id: tenant.orgId }, data: { sequence: event.sequence, hash } })
}

/**
 * Tries an append and takes it back: what cannot be audited is not done (THREATS.md fault 27).
 * @throws whatever the append would throw
 */
export async function rehearseAudit(tx: Tx): Promise<void> {
  await tx.$queryRaw`SELECT audit_rehearse()`
}
