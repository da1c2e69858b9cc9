import { leastIdAt } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { look } from './look.ts'
import { startOfDay } from './marks.ts'
import { dayMs } from './range.ts'
import { outcomeDays, type Reading, reachIn, recentCalls } from './source.ts'

/** What an org used on the whole days of the last 30, the oldest first, and what it has now. */
export type Volumes = {
  /** The days (UTC) since the first of them on which anything was used. */
  days: Date[]
  calls: number[]
  events: number[]
  accounts: number
  seats: number
}

const daysMost = 30

/** Today is not among them: it is not over; nor are days whose calls are still to be counted. */
export const volumesOf = (tenant: Tenant, now = new Date()): Promise<Volumes> =>
  look(tenant, async (tx) => {
    const today = startOfDay(now)
    const since = new Date(today.getTime() - daysMost * dayMs)
    const reach = await reachIn(tx, tenant, { since, until: today })
    const until = reach.behind ? startOfDay(reach.through) : today
    const told = Math.max(0, Math.round((until.getTime() - since.getTime()) / dayMs))
    const reading: Reading = { tenant, span: { since, until }, reach, steps: 'days' }
    type Row = { day: number; n: bigint }
    const calls = await tx.$queryRaw<Row[]>`
      SELECT floor(date_part('epoch', s.hour - ${since}::timestamptz) / 86400)::int AS day, sum(s.calls)::bigint AS n
      FROM (SELECT hour, status, calls FROM (${recentCalls(reading, {})}) AS recent
        UNION ALL SELECT hour, status, calls FROM (${outcomeDays(reading, {})}) AS days) AS s WHERE s.status <> 'denied' GROUP BY 1`
    // By their ids alone, which a look into the key counts: they are made by another clock, a moment off at most.
    const days = Array.from({ length: told }, (_, at) => at)
    const edge = (at: number) => leastIdAt(new Date(since.getTime() + at * dayMs))
    const events = await tx.$queryRaw<Row[]>`
      SELECT d.day, e.n FROM unnest(${days}::int[], ${days.map(edge)}::uuid[], ${days.map((at) => edge(at + 1))}::uuid[])
        AS d (day, low, high) CROSS JOIN LATERAL (SELECT count(*) AS n FROM outbox_events o
          WHERE o.org_id = ${tenant.orgId}::uuid AND o.id >= d.low AND o.id < d.high) e WHERE e.n > 0`
    const [counts] = await tx.$queryRaw<{ accounts: bigint; seats: bigint }[]>`
      SELECT (SELECT count(*) FROM connected_accounts WHERE org_id = ${tenant.orgId}::uuid AND deleted_at IS NULL
          AND status IN ('active', 'needs_reauth', 'unverified', 'paused')) AS accounts,
        (SELECT count(*) FROM members WHERE org_id = ${tenant.orgId}::uuid AND disabled_at IS NULL) AS seats`
    const first = Math.min(told, ...calls.map(({ day }) => day), ...events.map(({ day }) => day))
    const perDay = (rows: readonly Row[]) => {
      const found = new Map(rows.map(({ day, n }) => [day, Number(n)]))
      return Array.from({ length: told - first }, (_, at) => found.get(first + at) ?? 0)
    }
    return {
      days: Array.from({ length: told - first }, (_, at) => {
        return new Date(since.getTime() + (first + at) * dayMs)
      }),
      calls: perDay(calls),
      events: perDay(events),
      accounts: Number(counts?.accounts ?? 0),
      seats: Number(counts?.seats ?? 0),
    }
  })
