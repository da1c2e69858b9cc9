import { forOrg, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import type { Outcome } from '../event.ts'
import { type Candidates, candidatesIn, candidatesOf, floorIn } from './candidates.ts'
import type { ExploreFilter } from './schema.ts'
import { numbersAt } from './span.ts'
import { connectorOf, inSpan, type Span, unallowed, valuesFor, whereOf } from './where.ts'

/** How many events one answer looks at; of more it looks at as many, spread evenly, and says so. */
const most = 12_000
/** Of a longer span this many runs of neighbours are looked at. */
const runs = 120
/** Most events that are not allowed that are counted one by one. */
const unallowedMost = 250_000

export const facetFields = ['action', 'outcome', 'connector', 'agent', 'user'] as const
export type FacetField = (typeof facetFields)[number]
export type Counts = Record<Outcome, number>
export type Bar = { from: string; until: string; counts: Counts }
export type Tally = {
  since: string
  until: string
  bars: Bar[]
  /** Of how many events altogether; about, where `share` is below 1. */
  total: number
  /** Whether each bar is what was counted. */
  barsExact: boolean
  facets: Record<FacetField, { value: string; count: number }[]>
  /** What part of the events was looked at for the facets, and for the bars where those are not exact. */
  share: number
}

const columnOf: Readonly<Record<FacetField, string>> = {
  action: 'action',
  outcome: 'outcome',
  connector: 'connector',
  agent: 'agent_id',
  user: 'user_id',
}
const facetMost = 8
const barsMost = 60

/** Lengths that people count time by, in milliseconds. */
const steps = [
  1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000,
  86_400_000, 604_800_000, 2_592_000_000,
]

/** The edges of at most sixty bars that are each a round length, all of them at round moments but the outer two. */
export function edgesOf(since: Date, until: Date): Date[] {
  const [from, to] = [since.getTime(), Math.max(until.getTime(), since.getTime() + 1_000)]
  const step = steps.find((one) => (to - from) / one <= barsMost) ?? Math.ceil((to - from) / barsMost)
  const edges = [from]
  for (let at = (Math.floor(from / step) + 1) * step; at < to; at += step) edges.push(at)
  return [...edges, to].map((at) => new Date(at))
}

type Cell = { facet: string; value: string | null; bar: number | null; outcome: Outcome | null; n: bigint }

const zero = (): Counts => ({ allowed: 0, denied: 0, failed: 0, unknown: 0 })

/** Runs of neighbours, evenly spread over a span that is longer than what may be looked at. */
function runsOf({ from, to }: Span): { from: bigint[]; to: bigint[] } {
  const stride = (to - from) / BigInt(runs)
  const length = BigInt(Math.floor(most / runs))
  const starts = Array.from({ length: runs }, (_, n) => from + stride * BigInt(n) + (stride - length) / 2n)
  return { from: starts, to: starts.map((at) => at + length) }
}

/** What a filter finds, by time and outcome and by the values of some fields, with a bounded amount of looking. */
export const tallyAudit = (tenant: Tenant, filter: ExploreFilter, now = new Date()): Promise<Tally> =>
  forOrg(tenant, async (tx) => {
    const [since, until] = await timesOf(tx, tenant, filter, now)
    const edges = edgesOf(since, until)
    const numbers = await numbersAt(tx, tenant, edges)
    const span = { from: numbers[0] ?? 1n, to: numbers.at(-1) ?? 1n }
    const whole = Number(span.to - span.from)
    const narrowed = Object.keys(filter).some((name) => name !== 'since' && name !== 'until')
    const candidates: Candidates = whole <= most ? { by: 'number' } : await candidatesOf(tx, tenant, filter)
    // Asked of the index alone before anything of them is read.
    const few = whole <= most || (await floorIn(tx, tenant, candidates, span, most + 1)) === span.from
    const told = await cellsIn(tx, tenant, filter, span, numbers, few ? candidates : 'sample')
    const share = few ? 1 : Math.min(1, most / whole)
    const bars = edges.slice(0, -1).map((from, n) => ({
      from: from.toISOString(),
      until: (edges[n + 1] as Date).toISOString(),
      counts: zero(),
    }))
    for (const { facet, bar, outcome, n } of told) {
      const at = facet === 'bar' && bar !== null ? bars[bar - 1] : undefined
      if (at && outcome) at.counts[outcome] = Math.round(Number(n) / share)
    }
    const counted = share < 1 && !narrowed ? await countedBars(tx, tenant, span, numbers, bars) : false
    const facets = Object.fromEntries(
      facetFields.map((field) => [
        field,
        told
          .filter(({ facet, value }) => facet === field && value !== null)
          .map(({ value, n }) => ({ value: value ?? '', count: Math.round(Number(n) / share) })),
      ]),
    ) as Tally['facets']
    const total = bars.reduce((sum, { counts }) => sum + Object.values(counts).reduce((a, b) => a + b, 0), 0)
    return {
      since: since.toISOString(),
      until: until.toISOString(),
      bars,
      total,
      barsExact: share === 1 || counted,
      facets,
      share,
    }
  })

/** From when until when: where the filter does not say, from the oldest event until now. */
async function timesOf(
  tx: Tx,
  tenant: Tenant,
  { since, until }: ExploreFilter,
  now: Date,
): Promise<[Date, Date]> {
  if (since !== undefined) return [new Date(since), until === undefined ? now : new Date(until)]
  const oldest = await tx.audit_events.findFirst({
    where: { org_id: tenant.orgId },
    orderBy: { sequence: 'asc' },
    select: { occurred_at: true },
  })
  const end = until === undefined ? now : new Date(until)
  return [new Date(Math.min(oldest?.occurred_at.getTime() ?? end.getTime() - 3_600_000, end.getTime())), end]
}

/**
 * Counts what is looked at, all bars and facets of it in one statement.
 * @param by where it is looked for, or a sample of all
 */
async function cellsIn(
  tx: Tx,
  tenant: Tenant,
  filter: ExploreFilter,
  span: Span,
  numbers: readonly bigint[],
  by: Candidates | 'sample',
): Promise<Cell[]> {
  const values = valuesFor(tenant)
  const where = whereOf(filter, values)
  const picked = `SELECT e.sequence, e.action, e.outcome, ${connectorOf} AS connector, e.agent_id, e.user_id`
  const sampled = runsOf(span)
  const source =
    by === 'sample'
      ? `unnest(${values.at(sampled.from.map(String), 'bigint[]')},
          ${values.at(sampled.to.map(String), 'bigint[]')}) AS r (low, high) CROSS JOIN LATERAL (SELECT * FROM audit_events a
          WHERE a.org_id = $1::uuid AND a.sequence >= r.low AND a.sequence < r.high OFFSET 0) e`
      : candidatesIn(by, span, values)
  const edges = values.at(numbers.map(String), 'bigint[]')
  const facet = (field: FacetField) =>
    `(SELECT '${field}', ${columnOf[field]}::text, NULL, NULL, count(*) FROM seen WHERE ${columnOf[field]} IS NOT NULL
      GROUP BY 2 ORDER BY 5 DESC, 2 LIMIT ${facetMost})`
  return tx.$queryRawUnsafe<Cell[]>(
    `WITH looked AS MATERIALIZED (${picked}, ${where} AS fits FROM ${source}),
     seen AS MATERIALIZED (SELECT * FROM looked WHERE fits)
     SELECT 'bar' AS facet, NULL::text AS value, width_bucket(sequence, ${edges}) AS bar, outcome, count(*) AS n
     FROM seen GROUP BY 3, 4
     UNION ALL ${facetFields.map(facet).join(' UNION ALL ')}`,
    ...values.list,
  )
}

/**
 * All events of a long span, counted: the numbers at the edges say how many there are, and the few that were not allowed
 * are counted by their own index. So a burst of refusals cannot fall between what is looked at.
 * @returns whether it could, with the counts written into the bars
 */
async function countedBars(
  tx: Tx,
  tenant: Tenant,
  span: Span,
  numbers: readonly bigint[],
  bars: Bar[],
): Promise<boolean> {
  const values = valuesFor(tenant)
  const rows = await tx.$queryRawUnsafe<{ bar: number; outcome: Outcome; n: bigint }[]>(
    `SELECT width_bucket(sequence, ${values.at(numbers.map(String), 'bigint[]')}) AS bar, outcome, count(*) AS n
     FROM (SELECT e.sequence, e.outcome FROM audit_events e WHERE e.org_id = $1::uuid AND ${unallowed}
       AND ${inSpan(span, values)} LIMIT ${unallowedMost + 1}) e GROUP BY 1, 2`,
    ...values.list,
  )
  if (rows.reduce((sum, { n }) => sum + Number(n), 0) > unallowedMost) return false
  for (const [at, bar] of bars.entries()) {
    const events = Number((numbers[at + 1] ?? 0n) - (numbers[at] ?? 0n))
    bar.counts = zero()
    for (const { bar: of, outcome, n } of rows) if (of === at + 1) bar.counts[outcome] = Number(n)
    const { denied, failed, unknown } = bar.counts
    bar.counts.allowed = Math.max(0, events - denied - failed - unknown)
  }
  return true
}
