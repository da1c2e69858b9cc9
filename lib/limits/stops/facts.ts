import type { Sql, Statement, Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Cleared, Going, Granted, Tenant } from '#lib/proof'

/** What a stop is compared with. */
export type Stoppable = {
  /** `null` where no agent calls. */
  agentId: string | null
  userId: string
  toolName: string
  connector: string
}

/** A stop as it is read with every call: one that holds now. */
export type StopFact = { subject: string; id: string; reason: string }

/** SQL expressions for what a call is about, as the statement around them names it. */
type Refs = { org: string; agent: string; user: string; tool: string }

const inForce = (org: string) =>
  `s.org_id IN (${org}, deployment_org()) AND s.lifted_at IS NULL AND (s.until IS NULL OR s.until > now())`
const asJson = `SELECT jsonb_agg(jsonb_build_object('subject', s.subject, 'id', s.subject_id, 'reason', s.reason)
  ORDER BY s.id) FROM stops s`

/**
 * The stops that hold now, as SQL expressions for a statement that reads the rest of what a call needs: JSON, or null
 * where there is none, which costs a look at an empty range of an index. Those of users are many where there are any,
 * and are read for one user.
 */
export const stopsFact = {
  ofOrg: ({ org }: Pick<Refs, 'org'>): string =>
    `(${asJson} WHERE ${inForce(org)} AND s.subject IN ('agent', 'tool', 'connector', 'org', 'all'))`,
  ofUser: ({ org, user }: Pick<Refs, 'org' | 'user'>): string =>
    `(${asJson} WHERE ${inForce(org)} AND s.subject = 'user' AND s.subject_id = ${user}::text)`,
  parse: (value: unknown): readonly StopFact[] => (value ?? []) as readonly StopFact[],
}

/**
 * Whether any stop holds for a call, as a condition in SQL: for the statement that writes the call's intent, in a
 * transaction that has passed the gate (`pass_stop_gate`).
 */
export const stopHolds = ({ org, agent, user, tool }: Refs): string =>
  `EXISTS (SELECT FROM stops s WHERE ${inForce(org)} AND CASE s.subject
    WHEN 'agent' THEN s.subject_id = ${agent}::text WHEN 'user' THEN s.subject_id = ${user}::text
    WHEN 'tool' THEN s.subject_id = ${tool} WHEN 'connector' THEN s.subject_id = split_part(${tool}, '.', 1)
    ELSE true END)`

const active: Statement = {
  name: 'stops_active',
  text: `SELECT s.subject, s.subject_id AS id, s.reason FROM stops s WHERE ${inForce('app_org()')} ORDER BY s.id`,
}

/** All stops that hold in an org now, those of the deployment included: to say which one held a call back. */
export const activeStops = (sql: Sql): Promise<StopFact[]> => sql<StopFact>(active, [])

/** Whether a stop holds for a call; the org is a matter of where the stop was found. */
export function holdsFor(stop: Pick<StopFact, 'subject' | 'id'>, call: Stoppable): boolean {
  switch (stop.subject) {
    case 'agent':
      return call.agentId === stop.id
    case 'user':
      return call.userId === stop.id
    case 'tool':
      return call.toolName === stop.id
    case 'connector':
      return call.connector === stop.id
    default:
      return true
  }
}

const whom: Readonly<Record<string, string>> = {
  agent: 'This agent is stopped',
  user: 'Calls for this user are stopped',
  tool: 'This tool is stopped',
  connector: 'This connector is stopped',
  org: 'Calls of this organization are stopped',
  all: 'All calls are stopped',
}

/** How a call that a stop holds for is refused. */
export const stoppedError = (stop: StopFact): AppError =>
  new AppError('account_paused', { detail: `${whom[stop.subject] ?? 'Stopped'}: ${stop.reason}` })

/** The refusal of a call that one of the stops holds for: `account_paused` with the reason; `null` where none does. */
export function stopOf(stops: readonly StopFact[], call: Stoppable): AppError | null {
  const stop = stops.find((one) => holdsFor(one, call))
  return stop ? stoppedError(stop) : null
}

/** @throws AppError `account_paused` with the reason, where one of the stops holds for the call */
export function assertNotStopped(stops: readonly StopFact[], call: Stoppable): void {
  const refusal = stopOf(stops, call)
  if (refusal) throw refusal
}

/**
 * The stage before scopes: no stop holds for whoever calls, the tool, its connector, the org or everybody.
 * @throws AppError `account_paused` with the reason
 */
export function going(tenant: Tenant, stops: readonly StopFact[], call: Stoppable): Going {
  assertNotStopped(stops, call)
  return { tenant } as Going
}

/**
 * The stage after scopes: no stop holds for the user of what was granted. Only now is it told, since only now is it
 * known that the caller may know of that user.
 * @throws AppError `account_paused` with the reason
 */
export function cleared(granted: Granted, stops: readonly StopFact[], call: Stoppable): Cleared {
  assertNotStopped(stops, call)
  return { granted } as Cleared
}

/** The tools that a user's calls, made by an agent or by the product itself, may not use now; for lists of tools. */
export async function stoppedToolsIn(
  tx: Tx,
  tenant: Tenant,
  whose: { agentId: string | null; userExternalId: string },
  tools: readonly string[],
): Promise<ReadonlySet<string>> {
  const stops = await tx.$queryRawUnsafe<StopFact[]>(active.text)
  if (stops.length === 0) return new Set()
  const user = await tx.end_users.findFirst({
    where: { org_id: tenant.orgId, external_id: whose.userExternalId, deleted_at: null },
    select: { id: true },
  })
  const about = { agentId: whose.agentId, userId: user?.id ?? '' }
  const held = (toolName: string) =>
    stopOf(stops, { ...about, toolName, connector: toolName.slice(0, toolName.indexOf('.')) }) !== null
  return new Set(tools.filter(held))
}
