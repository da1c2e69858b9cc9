import type { Tx } from '#lib/db'
import { leastIdAt, parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'

/** An agent that does of late what few do, and how often in 24 hours. */
export type UnusualAgent = { id: string; name: string; refused: number; deleted: number }

/** Refused calls, or deletions, in 24 hours from which on somebody should look. */
const unusualFrom = 10

/** Calls that are looked at, the last ones: enough for whoever does much of it, in a time that does not grow. */
const refusedLookedAt = 1000
const callsLookedAt = 5000

const shownMost = 5

/** Agents that were refused often, or deleted much, in the last 24 hours; the worst first. */
export async function unusualAgentsIn(tx: Tx, tenant: Tenant): Promise<UnusualAgent[]> {
  const dayAgo = new Date(Date.now() - 86_400_000)
  const rows = await tx.$queryRaw<{ id: string; refused: number; deleted: number }[]>`
    SELECT id, sum(refused)::int AS refused, sum(deleted)::int AS deleted FROM (
      SELECT agent_id AS id, count(*)::int AS refused, 0 AS deleted FROM (
        SELECT v.agent_id FROM audit_events v WHERE v.org_id = ${tenant.orgId}::uuid
          AND v.action = 'tool.executed' AND v.outcome = 'denied' AND v.occurred_at > ${dayAgo}::timestamptz
        ORDER BY v.occurred_at DESC, v.sequence DESC LIMIT ${refusedLookedAt}) AS refusals
      WHERE agent_id IS NOT NULL GROUP BY 1
      UNION ALL
      SELECT 'ag_' || replace(agent_id::text, '-', ''), 0, count(*)::int FROM (
        SELECT e.agent_id, e.effect FROM executions e WHERE e.org_id = ${tenant.orgId}::uuid
          AND e.id >= ${leastIdAt(dayAgo)}::uuid
        ORDER BY e.id DESC LIMIT ${callsLookedAt}) AS calls
      WHERE agent_id IS NOT NULL AND effect = 'delete' GROUP BY 1) AS counted
    GROUP BY 1 HAVING sum(refused) >= ${unusualFrom}::int OR sum(deleted) >= ${unusualFrom}::int
    ORDER BY sum(refused) + sum(deleted) DESC, id LIMIT ${shownMost}`
  const ids = rows.flatMap(({ id }) => parseId('agent', id) ?? [])
  if (ids.length === 0) return []
  const agents = await tx.agents.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } })
  const names = new Map(agents.map(({ id, name }) => [id, name]))
  return rows.map((row) => ({ ...row, name: names.get(parseId('agent', row.id) ?? '') ?? row.id }))
}
