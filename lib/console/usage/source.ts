import { Prisma, type Tx } from '#lib/db'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { all, countIn } from '../counted.ts'
import { leastIdAt } from '../stop-proof.ts'

/** Whose calls, and of which connector. */
export type UsageFilter = {
  /** Public id of an agent, or `product` for the calls of the product itself. */
  agent?: string | undefined
  connector?: string | undefined
}

/** Stands for the product where an agent would stand. */
export const noAgent = '00000000-0000-0000-0000-000000000000'

/** Ids are made by another clock than `created_at`, and a moment before: what a look into the key is widened by. */
const clocksApartMs = 10 * 60_000

const org = ({ orgId }: Tenant) => Prisma.sql`${orgId}::uuid`
const at = (moment: Date) => Prisma.sql`${moment}::timestamptz`

const startedWithin = (tenant: Tenant, since: Date, until: Date) => Prisma.sql`e.org_id = ${org(tenant)}
  AND e.id >= ${leastIdAt(new Date(since.getTime() - clocksApartMs))}::uuid
  AND e.id < ${leastIdAt(new Date(until.getTime() + clocksApartMs))}::uuid
  AND e.created_at >= ${at(since)} AND e.created_at < ${at(until)}`

/** The calls and refusals of a time, counted from themselves; rehearsals are neither. */
export const countedCalls = (tenant: Tenant, since: Date, until: Date) => Prisma.sql`
  SELECT date_trunc('hour', e.created_at, 'UTC') AS hour, coalesce(e.agent_id, ${noAgent}::uuid) AS agent_id, e.tool_name,
    e.status, CASE WHEN e.status IN ('failed', 'unknown') THEN coalesce(e.error_code, '') ELSE '' END AS reason,
    count(*)::int AS calls
  FROM executions e WHERE ${startedWithin(tenant, since, until)} GROUP BY 1, 2, 3, 4, 5
  UNION ALL
  SELECT date_trunc('hour', v.occurred_at, 'UTC'),
    CASE WHEN v.agent_id ~ '^ag_[0-9a-f]{32}$' THEN substr(v.agent_id, 4)::uuid ELSE ${noAgent}::uuid END,
    coalesce(v.tool_name, ''), 'denied', coalesce(v.error_code, ''), count(*)::int
  FROM audit_events v WHERE v.org_id = ${org(tenant)} AND v.action = 'tool.executed' AND v.outcome = 'denied'
    AND v.occurred_at >= ${at(since)} AND v.occurred_at < ${at(until)} AND v.details->'dry_run' IS NULL
  GROUP BY 1, 2, 3, 4, 5`

/** How long the calls of a time took that came to an end. */
export const countedDurations = (tenant: Tenant, since: Date, until: Date) => Prisma.sql`
  SELECT date_trunc('hour', e.created_at, 'UTC') AS hour, split_part(e.tool_name, '.', 1) AS connector,
    floor(8 * ln(greatest(e.duration_ms, 1)::float8) / ln(2::float8) + 1e-9)::int AS step, count(*)::int AS calls
  FROM executions e WHERE ${startedWithin(tenant, since, until)}
    AND e.status IN ('succeeded', 'failed') AND e.duration_ms IS NOT NULL GROUP BY 1, 2, 3`

const later = (one: Date, other: Date) => (one > other ? one : other)

/** Calls that are counted one by one while somebody waits; an org that makes more is counted by the hour first. */
const countedOneByOne = 100_000

/** Whether more calls were made in a time than can be counted while somebody waits. */
export async function isTooMuch(tx: Tx, tenant: Tenant, since: Date, until: Date): Promise<boolean> {
  const { count } = await countIn(
    tx,
    Prisma.sql`SELECT 1 FROM executions e WHERE e.org_id = ${org(tenant)} AND e.id >= ${leastIdAt(since)}::uuid
      AND e.id < ${leastIdAt(until)}::uuid`,
    countedOneByOne + 1,
  )
  return count > countedOneByOne
}

/** What a look goes by: the hours that are counted, and whether what is younger is counted as well. */
export type Reach = {
  through: Date
  /** Where too much was not counted yet to be counted now: then it is left out, and that is to be said. */
  behind: boolean
}

/** How far the counts reach into a time, and whether the rest of it can be counted at once. */
export async function reachIn(
  tx: Tx,
  tenant: Tenant,
  { since, until }: { since: Date; until: Date },
): Promise<Reach> {
  const mark = await tx.usage_marks.findUnique({ where: { org_id: tenant.orgId } })
  const through = mark?.through ?? new Date(0)
  const behind = through < until && (await isTooMuch(tx, tenant, later(since, through), until))
  return { through, behind }
}

/** Hours that are over from their counts, and what is younger from the calls themselves. */
function joined(
  tenant: Tenant,
  { since, until }: { since: Date; until: Date },
  { through, behind }: Reach,
  kept: Prisma.Sql,
  counted: typeof countedCalls,
): Prisma.Sql {
  const hours = Prisma.sql`${kept} WHERE org_id = ${org(tenant)} AND hour >= ${at(since)} AND hour < ${at(until)}
    AND hour < ${at(through)}`
  return behind || through >= until
    ? hours
    : Prisma.sql`${hours} UNION ALL ${counted(tenant, later(since, through), until)}`
}

/**
 * What a time's calls came to, as a source of rows `(hour, agent_id, tool_name, status, reason, calls)`.
 * @param span whole hours of UTC
 */
export function callsIn(
  tenant: Tenant,
  span: { since: Date; until: Date },
  reach: Reach,
  { agent, connector }: UsageFilter = {},
): Prisma.Sql {
  const kept = Prisma.sql`SELECT hour, agent_id, tool_name, status, reason, calls FROM usage_hours`
  const source = joined(tenant, span, reach, kept, countedCalls)
  const agentId = agent === undefined || agent === 'product' ? noAgent : parseId('agent', agent)
  const where = all([
    agentId === null && Prisma.sql`false`,
    agent !== undefined && Prisma.sql`s.agent_id = ${agentId}::uuid`,
    connector !== undefined && Prisma.sql`split_part(s.tool_name, '.', 1) = ${connector}`,
  ])
  return Prisma.sql`(SELECT * FROM (${source}) AS s WHERE ${where})`
}

/** As `callsIn`, rows `(hour, connector, step, calls)` of how long calls took. */
export function durationsIn(
  tenant: Tenant,
  span: { since: Date; until: Date },
  reach: Reach,
  { connector }: UsageFilter = {},
): Prisma.Sql {
  const kept = Prisma.sql`SELECT hour, connector, step, calls FROM usage_durations`
  const source = joined(tenant, span, reach, kept, countedDurations)
  const where = connector === undefined ? Prisma.sql`true` : Prisma.sql`s.connector = ${connector}`
  return Prisma.sql`(SELECT * FROM (${source}) AS s WHERE ${where})`
}
