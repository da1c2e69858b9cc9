import { Prisma } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { look } from './look.ts'
import { dayMs, type UsageRange } from './range.ts'
import {
  agentDays,
  noAgent,
  outcomeDays,
  type Reading,
  reachIn,
  recentCalls,
  toolDays,
  type UsageFilter,
} from './source.ts'

export const callStatuses = ['succeeded', 'failed', 'unknown', 'running', 'denied'] as const
export type CallStatus = (typeof callStatuses)[number]
export type CallCounts = Record<CallStatus, number>

export type UsageLine = {
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

/** Of a step and an outcome, of an agent, or of all agents together. */
type Row =
  | { of: 'outcome'; step: number; status: CallStatus; reason: string; calls: bigint }
  | ({ of: 'agent'; agent_id: string } & Cost)
  | ({ of: 'all' } & Cost)
/** The fullest days as what was used on them and how many days before 1970 they were: of days that are alike, the first. */
type Cost = { calls: bigint; units: bigint; costliest: [bigint, bigint]; busiest: [bigint, bigint] }

const zero = (): CallCounts => ({ succeeded: 0, failed: 0, unknown: 0, running: 0, denied: 0 })

const agentOf = (id: string) => (id === noAgent ? null : publicId('agent', id))

/** Hours are told apart where steps are shorter than days, or begin otherwise. */
const readIn = ({ since, stepMs }: UsageRange): Reading['steps'] =>
  stepMs % dayMs === 0 && since.getTime() % dayMs === 0 ? 'days' : 'hours'

/** What an org's calls came to in a time: over it, by reason, and what they cost whom. */
export const callUsage = (tenant: Tenant, range: UsageRange, filter: UsageFilter): Promise<CallUsage> =>
  look(tenant, async (tx) => {
    const { since, until, stepMs } = range
    const reach = await reachIn(tx, tenant, range)
    const reading: Reading = { tenant, span: range, reach, steps: readIn(range) }
    const tool = Prisma.sql`tool_costs c ON c.org_id = ${tenant.orgId}::uuid AND c.tool_name`
    const cost = Prisma.sql`sum(calls)::bigint, sum(units)::bigint, max(ARRAY[units, -day]), max(ARRAY[calls, -day])`
    // Of whole days, calls by tool are looked at for those tools alone that do not cost what any tool does.
    const rows = await tx.$queryRaw<Row[]>`
      WITH recent AS MATERIALIZED (${recentCalls(reading, filter)}),
      outcomes AS (SELECT hour, status, reason, calls FROM recent UNION ALL ${outcomeDays(reading, filter)}),
      costs AS (
        SELECT s.hour, s.agent_id, s.calls, s.calls * coalesce(c.units, 1) AS units
          FROM recent s LEFT JOIN ${tool} = s.tool_name WHERE s.status <> 'denied'
        UNION ALL SELECT s.hour, s.agent_id, s.calls, s.calls FROM (${agentDays(reading, filter)}) AS s
        UNION ALL SELECT s.hour, s.agent_id, 0, s.calls * (c.units - 1)
          FROM (${toolDays(reading, filter)}) AS s JOIN ${tool} = s.tool_name),
      days AS (
        SELECT floor(date_part('epoch', hour) / 86400)::bigint AS day, agent_id, sum(calls)::bigint AS calls, sum(units)::bigint AS units
        FROM costs GROUP BY 1, 2)
      SELECT 'outcome' AS of, floor(date_part('epoch', hour - ${since}::timestamptz) * 1000 / ${stepMs}::int)::int AS step,
        status, reason, NULL::uuid AS agent_id, sum(calls)::bigint AS calls, 0::bigint AS units,
        NULL::bigint[] AS costliest, NULL::bigint[] AS busiest
      FROM outcomes GROUP BY 2, 3, 4
      UNION ALL SELECT 'agent', NULL, NULL, NULL, agent_id, ${cost} FROM days GROUP BY agent_id
      UNION ALL SELECT 'all', NULL, NULL, NULL, NULL, ${cost}
        FROM (SELECT day, sum(calls)::bigint AS calls, sum(units)::bigint AS units FROM days GROUP BY day) AS days
        HAVING count(*) > 0`
    const steps = Array.from({ length: Math.ceil((until.getTime() - since.getTime()) / stepMs) }, zero)
    const total = zero()
    const lines = new Map<string, UsageLine>()
    for (const row of rows) {
      if (row.of !== 'outcome') continue
      const { step, status, reason } = row
      const n = Number(row.calls)
      const counts = steps[step]
      if (counts) counts[status] += n
      total[status] += n
      const line = lines.get(`${status} ${reason}`) ?? { status, reason, calls: 0 }
      lines.set(`${status} ${reason}`, line)
      line.calls += n
    }
    const toldThrough = reach.behind ? reach.through : null
    return { toldThrough, steps, total, lines: [...lines.values()], ...costOf(rows) }
  })

const dayOf = (before: bigint) => new Date(-Number(before) * dayMs)

function costOf(rows: readonly Row[]): Pick<CallUsage, 'agents' | 'costliest' | 'busiest'> {
  const fullest = ({ costliest: [units, costly], busiest: [calls, busy] }: Cost) => ({
    costliest: { day: dayOf(costly), units: Number(units) },
    busiest: { day: dayOf(busy), calls: Number(calls) },
  })
  const agents = rows.flatMap((row) =>
    row.of === 'agent'
      ? [
          {
            agent: agentOf(row.agent_id),
            calls: Number(row.calls),
            units: Number(row.units),
            ...fullest(row),
          },
        ]
      : [],
  )
  const all = rows.find((row) => row.of === 'all')
  return {
    agents: agents.sort((a, b) => b.units - a.units || b.calls - a.calls),
    ...(all ? fullest(all) : { costliest: null, busiest: null }),
  }
}
