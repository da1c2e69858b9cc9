import { forOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { dayMs, type UsageRange } from './range.ts'
import { callsIn, noAgent, reachIn, type UsageFilter } from './source.ts'

export const callStatuses = ['succeeded', 'failed', 'unknown', 'running', 'denied'] as const
export type CallStatus = (typeof callStatuses)[number]
export type CallCounts = Record<CallStatus, number>

export type UsageLine = {
  /** Public id of the agent; `null` for the product itself. */
  agent: string | null
  tool: string
  status: CallStatus
  /** The code of what failed or was refused. */
  reason: string
  calls: number
}

export type CallUsage = {
  /** Up to when calls are told, where not all are counted yet; `null` where all are. */
  toldThrough: Date | null
  /** By the steps of the range. */
  steps: CallCounts[]
  total: CallCounts
  lines: UsageLine[]
  /** What calls that were let through cost, at the present costs of tools. */
  agents: {
    agent: string | null
    calls: number
    units: number
    /** Its costliest day (UTC), and the day with the most of its calls. */
    costliest: { day: Date; units: number }
    busiest: { day: Date; calls: number }
  }[]
  /** The costliest and the busiest day of all of them together. */
  costliest: { day: Date; units: number } | null
  busiest: { day: Date; calls: number } | null
}

type Row = {
  kind: 'step' | 'line' | 'day'
  step: number | null
  day: number | null
  agent_id: string | null
  tool_name: string | null
  status: CallStatus | null
  reason: string | null
  calls: bigint
  units: bigint
}

const zero = (): CallCounts => ({ succeeded: 0, failed: 0, unknown: 0, running: 0, denied: 0 })

const agentOf = (id: string | null) => (id === null || id === noAgent ? null : publicId('agent', id))

/** What an org's calls came to in a time: over it, by reason, and what they cost whom. One look answers all. */
export const callUsage = (tenant: Tenant, range: UsageRange, filter: UsageFilter): Promise<CallUsage> =>
  forOrg(tenant, async (tx) => {
    const { since, until, stepMs } = range
    const reach = await reachIn(tx, tenant, range)
    // As tables of groups and not in sorted runs on disk: a month of a busy organization is a hundred thousand rows.
    await tx.$executeRaw`SET LOCAL work_mem = '32MB'`
    const rows = await tx.$queryRaw<Row[]>`
      SELECT CASE WHEN grouping(step) = 0 THEN 'step' WHEN grouping(day) = 0 THEN 'day' ELSE 'line' END AS kind,
        step, day, agent_id, tool_name, status, reason, sum(calls)::bigint AS calls, sum(units)::bigint AS units
      FROM (SELECT floor(date_part('epoch', s.hour - ${since}::timestamptz) * 1000 / ${stepMs}::int)::int AS step,
          floor(date_part('epoch', s.hour) / 86400)::int AS day, s.agent_id, s.tool_name, s.status, s.reason, s.calls,
          CASE WHEN s.status = 'denied' THEN 0 ELSE s.calls * coalesce(c.units, 1) END AS units
        FROM ${callsIn(tenant, range, reach, filter)} AS s
        LEFT JOIN tool_costs c ON c.org_id = ${tenant.orgId}::uuid AND c.tool_name = s.tool_name) AS told
      GROUP BY GROUPING SETS ((step, status), (agent_id, tool_name, status, reason), (day, agent_id, status))`
    const steps = Array.from({ length: Math.ceil((until.getTime() - since.getTime()) / stepMs) }, zero)
    const total = zero()
    const lines: UsageLine[] = []
    for (const { kind, step, status, calls, agent_id, tool_name, reason } of rows) {
      const n = Number(calls)
      if (kind === 'step' && status && step !== null) {
        const counts = steps[step]
        if (counts) counts[status] += n
        total[status] += n
      } else if (kind === 'line' && status) {
        lines.push({
          agent: agentOf(agent_id),
          tool: tool_name ?? '',
          status,
          reason: reason ?? '',
          calls: n,
        })
      }
    }
    const days = rows.filter(({ kind, status }) => kind === 'day' && status !== 'denied')
    return { toldThrough: reach.behind ? reach.through : null, steps, total, lines, ...costOf(days) }
  })

type Day = { day: Date; calls: number; units: number }

function costOf(rows: readonly Row[]): Pick<CallUsage, 'agents' | 'costliest' | 'busiest'> {
  const byAgent = new Map<string | null, Map<number, Day>>()
  const all = new Map<number, Day>()
  for (const { day, agent_id, calls, units } of rows) {
    const agent = agentOf(agent_id)
    const own = byAgent.get(agent) ?? new Map<number, Day>()
    byAgent.set(agent, own)
    for (const days of [own, all]) {
      const entry = days.get(day ?? 0) ?? { day: new Date((day ?? 0) * dayMs), calls: 0, units: 0 }
      entry.calls += Number(calls)
      entry.units += Number(units)
      days.set(day ?? 0, entry)
    }
  }
  const agents = [...byAgent].flatMap(([agent, days]) => {
    const { costliest, busiest } = mostOf(days)
    if (!costliest || !busiest) return []
    const sum = (of: (day: Day) => number) => [...days.values()].reduce((n, day) => n + of(day), 0)
    return [{ agent, calls: sum(({ calls }) => calls), units: sum(({ units }) => units), costliest, busiest }]
  })
  return { agents: agents.sort((a, b) => b.units - a.units || b.calls - a.calls), ...mostOf(all) }
}

/** Of days that are alike, the first. */
function mostOf(days: ReadonlyMap<number, Day>): Pick<CallUsage, 'costliest' | 'busiest'> {
  const inOrder = [...days.values()].sort((a, b) => a.day.getTime() - b.day.getTime())
  const most = (of: 'calls' | 'units') =>
    inOrder.reduce<Day | null>((best, day) => (best === null || day[of] > best[of] ? day : best), null)
  return { costliest: most('units'), busiest: most('calls') }
}
