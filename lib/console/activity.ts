import { forOrg, Prisma } from '#lib/db'
import { AppError } from '#lib/errors'
import { leastIdAt, parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { all } from './counted.ts'
import { refusedFor } from './refused-for.ts'

/** One call as the console tells it; a refused one has an event of the audit and no execution. */
export type Call = {
  id: string
  at: string
  /** Of this call: `refused` never reached a provider. */
  status: 'running' | 'succeeded' | 'failed' | 'unknown' | 'refused'
  actor: { type: string; id: string }
  /** Agents that it went through, the one that called first. */
  actors: string[]
  user_id: string | null
  tool_name: string
  effect: string | null
  connected_account_id: string | null
  account_label: string | null
  connection_id: string | null
  decision: { engine?: string; decision?: string; policy_ids?: string[] } | null
  error_code: string | null
  duration_ms: number | null
  scopes_required: string[]
  scopes_granted: string[]
  trace_id: string | null
}

export type CallsFilter = {
  user_id?: string | undefined
  /** Public id of an agent. */
  agent_id?: string | undefined
  /** Internal id. */
  account_id?: string | undefined
  tool_name?: string | undefined
  status?: Call['status'] | undefined
  since?: string | undefined
  until?: string | undefined
}

type Row = {
  id: string
  created_at: Date
  status: Call['status']
  actor_type: string
  actor_id: string
  actors: string[]
  user_id: string | null
  tool_name: string
  effect: string
  account_id: string
  account_label: string | null
  connection_id: string
  decision: Call['decision']
  error_code: string | null
  duration_ms: number | null
  scopes_required: string[]
  scopes_granted: string[]
  trace_id: string | null
}

/** Agents by the ids that everything else has of them; executions keep some by the internal one. */
const agentId = (id: string): string =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? publicId('agent', id) : id

const actorOf = ({ type, id }: Call['actor']): Call['actor'] => ({
  type,
  id: type === 'agent' ? agentId(id) : id,
})

const view = (row: Row): Call => ({
  id: publicId('execution', row.id),
  at: row.created_at.toISOString(),
  status: row.status,
  actor: actorOf({ type: row.actor_type, id: row.actor_id }),
  actors: row.actors.map(agentId),
  user_id: row.user_id,
  tool_name: row.tool_name,
  effect: row.effect,
  connected_account_id: publicId('connected_account', row.account_id),
  account_label: row.account_label,
  connection_id: publicId('connection', row.connection_id),
  decision: row.decision,
  error_code: row.error_code,
  duration_ms: row.duration_ms,
  scopes_required: row.scopes_required,
  scopes_granted: row.scopes_granted,
  trace_id: row.trace_id,
})

const columns = Prisma.sql`e.id, e.created_at, e.status, e.actor_type, e.actor_id, e.actors, u.external_id AS user_id,
  e.tool_name, e.effect, e.account_id, a.label AS account_label, e.connection_id, e.decision, e.error_code,
  e.duration_ms, e.scopes_required, e.scopes_granted, e.trace_id`

const joins = Prisma.sql`
  LEFT JOIN end_users u ON u.org_id = e.org_id AND u.id = e.user_id
  LEFT JOIN connected_accounts a ON a.org_id = e.org_id AND a.id = e.account_id`

/** How far the clock of the server that gave a call its id may be from the database's, which says when it was. */
const clocksMs = 3_600_000

/** A page of the calls that were made, newest first. @param before internal id of the last one seen */
export const listCalls = (
  tenant: Tenant,
  { user_id, agent_id, account_id, tool_name, status, since, until }: CallsFilter,
  before: string | null,
  most: number,
): Promise<Call[]> =>
  forOrg(tenant, async (tx) => {
    const agent = agent_id === undefined ? null : parseId('agent', agent_id)
    if (agent_id !== undefined && agent === null) return []
    const where = all([
      user_id !== undefined &&
        Prisma.sql`e.user_id = (SELECT p.id FROM end_users p WHERE p.org_id = ${tenant.orgId}::uuid
          AND p.external_id = ${user_id} AND p.deleted_at IS NULL)`,
      agent !== null && Prisma.sql`e.agent_id = ${agent}::uuid`,
      account_id !== undefined && Prisma.sql`e.account_id = ${account_id}::uuid`,
      tool_name !== undefined && Prisma.sql`e.tool_name = ${tool_name}`,
      // Written out, so that the partial indexes of these states serve it.
      status === 'failed' && Prisma.sql`e.status = 'failed'`,
      status === 'running' && Prisma.sql`e.status = 'running'`,
      status === 'unknown' && Prisma.sql`e.status = 'unknown'`,
      status === 'succeeded' && Prisma.sql`e.status = 'succeeded'`,
      // The ids lead there: without them all that is newer would be read first.
      since !== undefined &&
        Prisma.sql`e.created_at >= ${new Date(since)}::timestamptz
          AND e.id >= ${leastIdAt(new Date(Date.parse(since) - clocksMs))}::uuid`,
      until !== undefined &&
        Prisma.sql`e.created_at < ${new Date(until)}::timestamptz
          AND e.id < ${leastIdAt(new Date(Date.parse(until) + clocksMs))}::uuid`,
      before !== null && Prisma.sql`e.id < ${before}::uuid`,
    ])
    const rows = await tx.$queryRaw<Row[]>`
      SELECT ${columns} FROM (SELECT * FROM executions e WHERE e.org_id = ${tenant.orgId}::uuid AND ${where}
        ORDER BY e.id DESC LIMIT ${most}) e ${joins} ORDER BY e.id DESC`
    return rows.map(view)
  })

/** @throws AppError `not_found` */
export const getCall = (tenant: Tenant, id: string): Promise<Call> =>
  forOrg(tenant, async (tx) => {
    const [row] = await tx.$queryRaw<Row[]>`
      SELECT ${columns} FROM executions e ${joins}
      WHERE e.org_id = ${tenant.orgId}::uuid AND e.id = ${id}::uuid`
    if (!row) throw new AppError('not_found')
    return view(row)
  })

type Refused = {
  id: string
  sequence: bigint
  occurred_at: Date
  actor: { type: string; id: string }
  user_id: string | null
  tool_name: string | null
  connected_account_id: string | null
  connection_id: string | null
  policy: Call['decision']
  error_code: string | null
  duration_ms: number | null
  scopes_required: string[]
  scopes_granted: string[]
  trace_id: string | null
  details: Record<string, unknown>
}

const chainOf = ({ actors }: Record<string, unknown>): string[] =>
  Array.isArray(actors) ? actors.filter((one): one is string => typeof one === 'string') : []

const refusedView = ({ id, occurred_at, tool_name, policy, details, sequence, ...row }: Refused) => ({
  call: {
    ...row,
    id: publicId('audit_event', id),
    actor: actorOf(row.actor),
    at: occurred_at.toISOString(),
    status: 'refused' as const,
    actors: chainOf(details).map(agentId),
    tool_name: tool_name ?? '',
    effect: null,
    account_label: null,
    decision: policy,
  },
  cursor: `${occurred_at.getTime()}|${sequence}`,
})

/** Of the cursor of refused calls: when the last one seen was, in milliseconds, and its number. */
export const refusedShape = /^\d{1,16}\|\d{1,18}$/

/** A page of the calls that were refused, newest first; each with the cursor that goes on behind it. */
export const listRefused = (
  tenant: Tenant,
  { user_id, agent_id, account_id, tool_name, since, until }: Omit<CallsFilter, 'status'>,
  before: string | null,
  most: number,
): Promise<{ call: Call; cursor: string }[]> =>
  forOrg(tenant, async (tx) => {
    const [at, sequence] = before?.split('|') ?? []
    const where = all([
      Prisma.sql`v.org_id = ${tenant.orgId}::uuid AND v.action = 'tool.executed' AND v.outcome = 'denied'`,
      user_id !== undefined && (await refusedFor(tx, tenant, user_id)),
      agent_id !== undefined && Prisma.sql`v.agent_id = ${agent_id}`,
      account_id !== undefined &&
        Prisma.sql`v.connected_account_id = ${publicId('connected_account', account_id)}`,
      tool_name !== undefined && Prisma.sql`v.tool_name = ${tool_name}`,
      since !== undefined && Prisma.sql`v.occurred_at >= ${new Date(since)}::timestamptz`,
      until !== undefined && Prisma.sql`v.occurred_at < ${new Date(until)}::timestamptz`,
      at !== undefined &&
        Prisma.sql`(v.occurred_at, v.sequence) < (${new Date(Number(at))}::timestamptz, ${sequence}::bigint)`,
    ])
    // What is looked through is all in the index (migration 0037); events are read for the page alone.
    const rows = await tx.$queryRaw<Refused[]>`
      SELECT e.id, e.sequence, e.occurred_at, e.actor, e.user_id, e.tool_name, e.connected_account_id,
        e.connection_id, e.policy, e.error_code, e.duration_ms, e.scopes_required, e.scopes_granted, e.trace_id,
        e.details
      FROM (SELECT v.occurred_at, v.sequence FROM audit_events v WHERE ${where}
        ORDER BY v.occurred_at DESC, v.sequence DESC LIMIT ${most}) AS found
      JOIN audit_events e ON e.org_id = ${tenant.orgId}::uuid AND e.sequence = found.sequence
        AND e.occurred_at = found.occurred_at
      ORDER BY e.occurred_at DESC, e.sequence DESC`
    return rows.map(refusedView)
  })
