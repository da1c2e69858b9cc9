import { forOrg, Prisma } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, leastIdAt, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { all } from './counted.ts'
import { type Count, countMost, refusedDays } from './schema.ts'

/** An agent as those see it who watch what it does: its own facts, and what it did here of late. */
export type WatchedAgent = {
  id: string
  name: string
  owner: string | null
  team: string | null
  environment: string | null
  purpose: string | null
  kind: 'registered' | 'client'
  /** Whether it is one of the deployment's, that may work in this org or did. */
  shared: boolean
  status: 'active' | 'disabled'
  last_seen_at: string | null
  created_at: string
  /** Of the last 7 days: calls that were made, and calls that were refused. */
  calls: Count
  refused: Count
}

export type AgentsFilter = {
  /** Part of its name. */
  name?: string | undefined
  /** Part of its owner's or team's name. */
  owner?: string | undefined
  environment?: string | undefined
  status?: 'active' | 'disabled' | undefined
  kind?: 'registered' | 'client' | 'shared' | undefined
}

export const agentsOrders = [
  'newest',
  'oldest',
  'seen_last',
  'unseen_longest',
  'refused_most',
  'refused_least',
] as const
export type AgentsOrder = (typeof agentsOrders)[number]

/** Where the next page goes on: by what the list is in order, and the internal id of the last one seen. */
export type AgentsCursor = { by: number; id: string }

type Row = {
  id: string
  name: string
  owner: string | null
  team: string | null
  environment: string | null
  purpose: string | null
  kind: string
  shared: boolean
  disabled_at: Date | null
  created_at: Date
  seen: Date | null
  refused: number
  calls: number
}

/** Refused calls that are looked at, the last ones first; whoever was refused more often is at the top anyway. */
const refusedLookedAt = 10_000

const weekMs = refusedDays * 86_400_000

const counted = (count: number): Count => ({ count: Math.min(count, countMost), more: count > countMost })

const view = ({ seen, disabled_at, created_at, kind, ...row }: Row): WatchedAgent => ({
  ...row,
  id: publicId('agent', row.id),
  kind: kind === 'client' ? 'client' : 'registered',
  status: disabled_at ? 'disabled' : 'active',
  last_seen_at: seen?.toISOString() ?? null,
  created_at: created_at.toISOString(),
  calls: counted(row.calls),
  refused: counted(row.refused),
})

const contains = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

const matching = ({ name, owner, environment, status, kind }: AgentsFilter) => [
  name !== undefined && Prisma.sql`k.name ILIKE ${contains(name)}`,
  owner !== undefined && Prisma.sql`(k.owner ILIKE ${contains(owner)} OR k.team ILIKE ${contains(owner)})`,
  environment !== undefined && Prisma.sql`lower(k.environment) = lower(${environment})`,
  status === 'active' && Prisma.sql`k.disabled_at IS NULL`,
  status === 'disabled' && Prisma.sql`k.disabled_at IS NOT NULL`,
  kind === 'shared' && Prisma.sql`k.shared`,
  (kind === 'client' || kind === 'registered') && Prisma.sql`k.kind = ${kind} AND NOT k.shared`,
]

const seenMs = Prisma.sql`coalesce(extract(epoch FROM k.seen) * 1000, 0)::bigint`

function ordered(order: AgentsOrder, cursor: AgentsCursor | null) {
  const by = cursor?.by ?? 0
  const id = Prisma.sql`${cursor?.id ?? null}::uuid`
  switch (order) {
    case 'newest':
      return { by: Prisma.sql`k.id DESC`, after: Prisma.sql`k.id < ${id}` }
    case 'oldest':
      return { by: Prisma.sql`k.id ASC`, after: Prisma.sql`k.id > ${id}` }
    case 'seen_last':
      return {
        by: Prisma.sql`${seenMs} DESC, k.id DESC`,
        after: Prisma.sql`(${seenMs}, k.id) < (${by}::bigint, ${id})`,
      }
    case 'unseen_longest':
      return {
        by: Prisma.sql`${seenMs} ASC, k.id ASC`,
        after: Prisma.sql`(${seenMs}, k.id) > (${by}::bigint, ${id})`,
      }
    case 'refused_most':
      return {
        by: Prisma.sql`k.refused DESC, k.id DESC`,
        after: Prisma.sql`(k.refused, k.id) < (${by}::bigint, ${id})`,
      }
    case 'refused_least':
      return {
        by: Prisma.sql`k.refused ASC, k.id ASC`,
        after: Prisma.sql`(k.refused, k.id) > (${by}::bigint, ${id})`,
      }
  }
}

/**
 * The agents of an org, and those of the deployment that may work in it or ever did; of the deployment itself, its own. When
 * a shared one was last seen is when it last called here: what it does for others is theirs.
 */
function select(tenant: Tenant, where: Prisma.Sql, order: Prisma.Sql, most: number): Prisma.Sql {
  const org = Prisma.sql`${tenant.orgId}::uuid`
  const facts = Prisma.sql`a.id, a.name, a.owner, a.team, a.environment, a.purpose, a.kind, a.disabled_at, a.created_at`
  return Prisma.sql`
  WITH refused AS (
    SELECT agent_id, count(*)::int AS refused FROM (
      SELECT v.agent_id FROM audit_events v WHERE v.org_id = ${org} AND v.action = 'tool.executed'
        AND v.outcome = 'denied' AND v.occurred_at > now() - make_interval(days => ${refusedDays}::int)
      ORDER BY v.occurred_at DESC, v.sequence DESC LIMIT ${refusedLookedAt}) AS lately
    WHERE agent_id IS NOT NULL GROUP BY 1),
  here AS (
    SELECT ${facts}, false AS shared, a.last_seen_at AS seen FROM agents a WHERE a.org_id = ${org}
    UNION ALL
    SELECT ${facts}, true, (SELECT e.created_at FROM executions e WHERE e.org_id = ${org} AND e.agent_id = a.id
      ORDER BY e.id DESC LIMIT 1)
    FROM agents a WHERE a.org_id = ${deploymentOrgId}::uuid AND ${org} <> ${deploymentOrgId}::uuid
      AND (EXISTS (SELECT 1 FROM agent_admissions m WHERE m.org_id = ${org} AND m.agent_org_id = a.org_id
          AND m.agent_id = a.id)
        OR EXISTS (SELECT 1 FROM executions e WHERE e.org_id = ${org} AND e.agent_id = a.id))),
  known AS (
    SELECT here.*, coalesce(refused.refused, 0) AS refused FROM here
    LEFT JOIN refused ON refused.agent_id = 'ag_' || replace(here.id::text, '-', ''))
  SELECT k.*, (SELECT count(*)::int FROM (SELECT 1 FROM executions e WHERE e.org_id = ${org} AND e.agent_id = k.id
      AND e.id >= ${leastIdAt(new Date(Date.now() - weekMs))}::uuid LIMIT ${countMost + 1}) AS lately) AS calls
  FROM (SELECT * FROM known k WHERE ${where} ORDER BY ${order} LIMIT ${most}) AS k ORDER BY ${order}`
}

/** A page of the agents that act in an org, with the cursor that goes on behind each. */
export const listWatchedAgents = (
  tenant: Tenant,
  filter: AgentsFilter,
  order: AgentsOrder,
  cursor: AgentsCursor | null,
  most: number,
): Promise<{ agent: WatchedAgent; cursor: AgentsCursor }[]> =>
  forOrg(tenant, async (tx) => {
    const { by, after } = ordered(order, cursor)
    const where = all([...matching(filter), cursor !== null && after])
    const rows = await tx.$queryRaw<Row[]>(select(tenant, where, by, most))
    return rows.map((row) => ({
      agent: view(row),
      cursor: { by: order.startsWith('refused') ? row.refused : (row.seen?.getTime() ?? 0), id: row.id },
    }))
  })

/**
 * One of them by its internal id.
 * @throws AppError `not_found`, also for one of the deployment's that never had a part in this org
 */
export const getWatchedAgent = (tenant: Tenant, id: string): Promise<WatchedAgent> =>
  forOrg(tenant, async (tx) => {
    const [row] = await tx.$queryRaw<Row[]>(
      select(tenant, Prisma.sql`k.id = ${id}::uuid`, Prisma.sql`k.id DESC`, 1),
    )
    if (!row) throw new AppError('not_found')
    return view(row)
  })
