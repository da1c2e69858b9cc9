import { forOrg } from '#lib/db'
import { leastIdAt, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Usage } from '../schema.ts'
import { defaultRules } from './plan.ts'

const linesMax = 500

type Line = { agent_id: string | null; tool_name: string; calls: number; running: number }
type Budget = { limit_id: string; subject: string; used: number; name: string; kind: string; most: number }

/**
 * What an org used today, from the rows of its calls: nothing is counted while calls are made, but for the limits
 * that someone set.
 */
export const usageOf = (tenant: Tenant): Promise<Usage> =>
  forOrg(tenant, async (tx) => {
    const since = new Date()
    since.setUTCHours(0, 0, 0, 0)
    const lines = await tx.$queryRaw<Line[]>`
      SELECT agent_id, tool_name, count(*)::int AS calls, (count(*) FILTER (WHERE status = 'running'))::int AS running
      FROM executions WHERE org_id = ${tenant.orgId}::uuid AND id >= ${leastIdAt(since)}::uuid
      GROUP BY 1, 2 ORDER BY 3 DESC, 2`
    const costs = await tx.tool_costs.findMany({ where: { org_id: tenant.orgId } })
    const units = new Map(costs.map((cost) => [cost.tool_name, Number(cost.units)]))
    const by = lines.map((line) => ({
      agent_id: line.agent_id && publicId('agent', line.agent_id),
      tool_name: line.tool_name,
      calls: line.calls,
      cost_units: line.calls * (units.get(line.tool_name) ?? 1),
      running: line.running,
    }))
    const defaults = new Map(defaultRules().map((rule) => [rule.id, rule]))
    const budgets = await tx.$queryRaw<Budget[]>`
      SELECT m.limit_id, m.subject, m.used::float8 AS used, coalesce(l.name, '') AS name,
        coalesce(l.kind, '') AS kind, coalesce(l.most, 0)::float8 AS most
      FROM limit_meters m LEFT JOIN limits l ON l.org_id = m.org_id AND l.id = m.limit_id
      WHERE m.org_id = ${tenant.orgId}::uuid AND m.mark = floor(extract(epoch FROM now()) / 86400)
        AND (l.kind IN ('daily_calls', 'daily_cost') OR m.limit_id = ANY (${[...defaults.keys()]}::uuid[]))
      ORDER BY m.used DESC LIMIT ${linesMax}`
    const users = await namesOf(tx, tenant, budgets)
    return {
      org_id: tenant.externalId,
      since: since.toISOString(),
      calls: by.reduce((sum, { calls }) => sum + calls, 0),
      cost_units: by.reduce((sum, { cost_units }) => sum + cost_units, 0),
      by: by.slice(0, linesMax),
      budgets: budgets.map((budget) => {
        const rule = defaults.get(budget.limit_id)
        return {
          limit_id: rule ? null : publicId('limit', budget.limit_id),
          name: rule?.name ?? budget.name,
          kind: (rule?.kind ?? budget.kind) as 'daily_calls' | 'daily_cost',
          subject: subjectOf(budget.subject, users),
          used: budget.used,
          most: rule?.most ?? budget.most,
        }
      }),
    }
  })

const pairsOf = (subject: string) =>
  subject.split(' ').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=')
    return at < 0 ? [] : [[pair.slice(0, at), pair.slice(at + 1)]]
  })

/** A subject with its ids as the API says them; an agent of none is the product itself. */
export const subjectOf = (subject: string, users: ReadonlyMap<string, string>): Record<string, string> =>
  Object.fromEntries(
    pairsOf(subject).flatMap(([name, value]): [string, string][] => {
      if (name === 'user') return [['user_id', users.get(value) ?? publicId('end_user', value)]]
      if (name === 'account') return [['connected_account_id', publicId('connected_account', value)]]
      if (name === 'agent') return value === '' ? [] : [['agent_id', publicId('agent', value)]]
      return [[name === 'tool' ? 'tool_name' : name, value]]
    }),
  )

export async function namesOf(
  tx: Parameters<Parameters<typeof forOrg>[1]>[0],
  tenant: Tenant,
  budgets: readonly { subject: string }[],
): Promise<ReadonlyMap<string, string>> {
  const ids = budgets.flatMap(({ subject }) =>
    pairsOf(subject).flatMap(([name, value]) => (name === 'user' ? [value] : [])),
  )
  if (ids.length === 0) return new Map()
  const users = await tx.end_users.findMany({ where: { org_id: tenant.orgId, id: { in: ids } } })
  return new Map(users.map((user) => [user.id, user.external_id]))
}
