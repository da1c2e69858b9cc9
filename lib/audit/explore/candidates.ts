import type { Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import type { ExploreFilter } from './schema.ts'
import { controlChanges } from './schema.ts'
import { inSpan, isRare, quiet, type Span, spelledAs, unallowed, type Values, valuesFor } from './where.ts'

/**
 * Where the events that a filter may find are looked up: those that have one of some values in a column that an index begins
 * with, those that a partial index holds, or all of them.
 */
export type Candidates =
  | { by: 'value'; column: string; given: readonly string[]; also: string }
  | { by: 'part'; only: string }
  | { by: 'number' }

/** What an org's events that are no calls are called: some dozen names, each found by one look behind the one before. */
async function actionsIn(tx: Tx, tenant: Tenant): Promise<string[]> {
  const rows = await tx.$queryRawUnsafe<{ action: string }[]>(
    `WITH RECURSIVE names AS (
       (SELECT e.action FROM audit_events e WHERE e.org_id = $1::uuid AND ${quiet} ORDER BY e.action LIMIT 1)
       UNION ALL
       SELECT (SELECT e.action FROM audit_events e WHERE e.org_id = $1::uuid AND ${quiet} AND e.action > names.action
         ORDER BY e.action LIMIT 1) FROM names WHERE names.action IS NOT NULL)
     SELECT action FROM names WHERE action IS NOT NULL`,
    tenant.orgId,
  )
  return rows.map(({ action }) => action)
}

const isAsked =
  ({ action, view }: ExploreFilter) =>
  (name: string): boolean =>
    (view === undefined || (controlChanges as readonly string[]).includes(name.split('.')[0] ?? '')) &&
    (action === undefined ||
      action.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one)))

/** The narrowest place that is sure to hold all that a filter asks for. */
export async function candidatesOf(tx: Tx, tenant: Tenant, filter: ExploreFilter): Promise<Candidates> {
  const { account, user, agent, action, outcome, view } = filter
  const valued = (column: string, given: readonly string[], also = 'true'): Candidates => {
    return { by: 'value', column, given: [...new Set(given)], also }
  }
  if (account) return valued('e.connected_account_id', account)
  if (user) return valued('e.user_id', user)
  if (agent)
    return valued(
      'e.agent_id',
      agent.flatMap((one) => spelledAs('agent', one)),
    )
  if (view !== undefined || (action && isRare(action)))
    return valued('e.action', (await actionsIn(tx, tenant)).filter(isAsked(filter)), quiet)
  return outcome && !outcome.includes('allowed') ? { by: 'part', only: unallowed } : { by: 'number' }
}

/** The candidates of a span as a source `e` of a statement. */
export function candidatesIn(from: Candidates, span: Span, values: Values): string {
  const within = `e.org_id = $1::uuid AND ${inSpan(span, values)}`
  if (from.by === 'number') return `(SELECT * FROM audit_events e WHERE ${within}) e`
  if (from.by === 'part') return `(SELECT * FROM audit_events e WHERE ${within} AND ${from.only}) e`
  return `unnest(${values.at(from.given, 'text[]')}) AS v (one) CROSS JOIN LATERAL (SELECT * FROM audit_events e
    WHERE ${within} AND ${from.column} = v.one AND ${from.also} OFFSET 0) e`
}

/**
 * The number from which on there are so many candidates up to the end of a span, and no more: however unevenly they lie, as
 * many are looked at. It is read off the index alone.
 */
export async function floorIn(
  tx: Tx,
  tenant: Tenant,
  from: Candidates,
  span: Span,
  most: number,
): Promise<bigint> {
  if (from.by === 'number') return span.to - BigInt(most) > span.from ? span.to - BigInt(most) : span.from
  const values = valuesFor(tenant)
  const within = `e.org_id = $1::uuid AND ${inSpan(span, values)}`
  const source =
    from.by === 'part'
      ? `audit_events e WHERE ${within} AND ${from.only}`
      : `unnest(${values.at(from.given, 'text[]')}) AS v (one) CROSS JOIN LATERAL (SELECT e.sequence FROM audit_events e
          WHERE ${within} AND ${from.column} = v.one AND ${from.also} ORDER BY e.sequence DESC LIMIT ${most}) e`
  const [row] = await tx.$queryRawUnsafe<{ sequence: bigint }[]>(
    `SELECT e.sequence FROM ${source} ORDER BY e.sequence DESC OFFSET ${most - 1} LIMIT 1`,
    ...values.list,
  )
  return row?.sequence ?? span.from
}
