import { hash as digest } from 'node:crypto'
import type { Sql, Statement, Tx } from '#lib/db'
import { newId } from '#lib/ids'
import type { Decision, Tenant } from '#lib/proof'
import { canonicalJson } from './canonical.ts'

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
  /** Ids and counts that explain this one event, such as what a revocation reached, or through whom a call came. */
  details?: Readonly<Record<string, string | number | boolean | null | string[]>>
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

/** SHA-256 over the canonical JSON (RFC 8785) of an event's fields, its predecessor's hash included. */
export const hashOfFields = (fields: Readonly<Record<string, unknown>>): string =>
  digest('sha256', canonicalJson(fields), 'hex')

/** As `hashOfFields`, for a row: all of its fields but the hash itself. */
export function hashOf(row: Omit<Row, 'hash'> & Partial<Pick<Row, 'hash'>>): string {
  const { sequence, occurred_at, hash: _, ...fields } = row
  return hashOfFields({ ...fields, sequence: String(sequence), occurred_at: occurred_at.toISOString() })
}

type Head = { sequence: bigint | string; hash: string; now: Date }

const lockHead = {
  name: 'audit_head_lock',
  text: `SELECT sequence, hash, clock_timestamp()::timestamptz(3) AS now FROM audit_heads
    WHERE org_id = $1::uuid FOR UPDATE`,
}

/** Only an org's first event makes a head: every later append needs no more than `rehearseAudit` has tried. */
const firstHead = {
  name: 'audit_head_first',
  text: `INSERT INTO audit_heads (org_id, sequence, hash) VALUES ($1::uuid, 0, $2) ON CONFLICT DO NOTHING`,
}

const written = `INSERT INTO audit_events (org_id, sequence, occurred_at, id, action, outcome, user_id, actor, agent_id,
      connected_account_id, connection_id, tool_name, scopes_required, scopes_granted, policy, params_hmac,
      changed_fields, error_code, duration_ms, trace_id, ip, user_agent, details, prev_hash, hash)
    SELECT $1::uuid, sequence, occurred_at, id, action, outcome, user_id, actor, agent_id,
      connected_account_id, connection_id, tool_name, scopes_required, scopes_granted, policy, params_hmac,
      changed_fields, error_code, duration_ms, trace_id, ip, user_agent, details, prev_hash, hash
    FROM moved, json_to_recordset($4::json) AS e (sequence bigint, occurred_at timestamptz, id uuid, action text,
      outcome text, user_id text, actor jsonb, agent_id text, connected_account_id text, connection_id text,
      tool_name text, scopes_required text[], scopes_granted text[], policy jsonb, params_hmac text,
      changed_fields text[], error_code text, duration_ms int, trace_id text, ip text, user_agent text,
      details jsonb, prev_hash text, hash text)`

const append = {
  name: 'audit_append',
  text: `WITH moved AS (UPDATE audit_heads SET sequence = $2::bigint, hash = $3 WHERE org_id = $1::uuid RETURNING 1)
    ${written}`,
}

/** As `append`, without having locked the head: where it is not at `$5` and `$6` any more, the transaction fails. */
const appendForeseen = {
  name: 'audit_append_foreseen',
  text: `WITH moved AS (UPDATE audit_heads SET sequence = $2::bigint, hash = $3
      WHERE org_id = $1::uuid AND sequence = $5::bigint AND hash = $6 RETURNING 1),
    appended AS (${written})
    SELECT clock_timestamp()::timestamptz(3) AS now WHERE foreseen(EXISTS (SELECT FROM moved))`,
}

/** Runs one of the statements above, by the ORM's transaction or by that of prepared statements. */
type Run = <Row extends object>(
  statement: Statement,
  values: readonly unknown[],
  options?: { last: boolean },
) => Promise<Row[]>

const eventOf = (tenant: Tenant, input: AuditInput, sequence: bigint, at: Date, prevHash: string) => ({
  org_id: tenant.orgId,
  sequence,
  occurred_at: at,
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
  prev_hash: prevHash,
})

type Chained = { rows: string; sequence: string; hash: string }

/** Events as they follow on a head. */
function chain(tenant: Tenant, inputs: readonly AuditInput[], head: Head): Chained {
  let sequence = BigInt(head.sequence)
  let hash = head.hash
  const events: unknown[] = []
  for (const input of inputs) {
    const event = eventOf(tenant, input, ++sequence, head.now, hash)
    hash = hashOf(event)
    events.push({ ...event, sequence: String(sequence), hash })
  }
  return { rows: JSON.stringify(events), sequence: String(sequence), hash }
}

/** The head is locked once, the events are chained in memory, and one statement writes them all. */
async function appendAll(
  run: Run,
  tenant: Tenant,
  asked: readonly AuditInput[] | Promise<readonly AuditInput[]>,
  options?: { last: boolean },
): Promise<void> {
  const [locked, inputs] = await Promise.all([run<Head>(lockHead, [tenant.orgId]), asked])
  if (inputs.length === 0) return
  let [head] = locked
  if (!head) {
    await run(firstHead, [tenant.orgId, genesis])
    ;[head] = await run<Head>(lockHead, [tenant.orgId])
  }
  if (!head) throw new Error('audit head vanished')
  const known = heads.get(tenant.orgId)
  const { rows, sequence, hash } = chain(tenant, inputs, head)
  await run(append, [tenant.orgId, sequence, hash, rows], options)
  if (options?.last) {
    const alone = known?.sequence === String(head.sequence) && known.hash === head.hash
    keepHead(tenant, { sequence, hash, now: head.now, alone })
  }
}

/** Where a commit of this process has left an org's head, when, and whether nobody else had moved it before. */
type Known = { sequence: string; hash: string; now: Date; alone: boolean; readAtMs: number }

const heads = new Map<string, Known>()
const headsMost = 5_000

function keepHead({ orgId }: Tenant, known: Omit<Known, 'readAtMs'>): void {
  const [oldest] = heads.keys()
  if (heads.size >= headsMost && !heads.has(orgId) && oldest !== undefined) heads.delete(oldest)
  heads.set(orgId, { ...known, readAtMs: performance.now() })
}

/**
 * An append on the head where this process has left it, for an org of which nobody else was seen to write: it needs no
 * look at the head first, so that the whole transaction is one round trip. Where it was moved after all the transaction
 * fails with what `isUnforeseen` knows, and is done again by `appendAuditsIn`.
 * @returns `null` where there is nothing to go by; else what appends and commits, to be called last
 */
export function foreseeAppend(
  tenant: Tenant,
  inputs: readonly AuditInput[],
): ((sql: Sql) => Promise<void>) | null {
  const known = heads.get(tenant.orgId)
  if (!known?.alone || inputs.length === 0) return null
  // The database's clock as it was last read, and what has gone by since: never ahead of it, and never back.
  const now = new Date(known.now.getTime() + Math.floor(performance.now() - known.readAtMs))
  return async (sql) => {
    // Whoever comes meanwhile goes by the lock, until it is known again where the head is.
    heads.delete(tenant.orgId)
    const { rows, sequence, hash } = chain(tenant, inputs, { ...known, now })
    const values = [tenant.orgId, sequence, hash, rows, known.sequence, known.hash]
    const [read] = await sql<{ now: Date }>(appendForeseen, values, { last: true })
    if (read) keepHead(tenant, { sequence, hash, now: read.now, alone: true })
  }
}

/** Whether a transaction failed because of what was foreseen, and would not without. */
export const isUnforeseen = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'BHF02'

/**
 * Appends an event to the org's chain, in the transaction of what it tells of: both happen or neither does.
 * The head row stays locked until that transaction ends, so keep it short.
 */
export const appendAudit = (tx: Tx, tenant: Tenant, input: AuditInput): Promise<void> =>
  appendAll((statement, values) => tx.$queryRawUnsafe(statement.text, ...values), tenant, [input])

/**
 * As `appendAudit`, for the events of many calls that end together.
 * @param inputs the head is asked for while they are still being found out
 * @param options with `last` they are committed at once: nothing may follow them in the transaction
 */
export const appendAuditsIn = (
  sql: Sql,
  tenant: Tenant,
  inputs: readonly AuditInput[] | Promise<readonly AuditInput[]>,
  options?: { last: boolean },
): Promise<void> => appendAll(sql, tenant, inputs, options)

/**
 * A condition of a statement: tries an append and takes it back, once however many rows are asked about, as what cannot be
 * audited is not done (THREATS.md fault 27). What the append would fail with the statement fails with.
 */
export const rehearsed = '(SELECT audit_rehearse())'
