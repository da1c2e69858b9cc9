import { Prisma, type Tx } from '#lib/db'
import { leastIdAt, parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { all, countIn } from '../counted.ts'
import { aroundDays, earlier, later, type Mark, markOf, type Span } from './marks.ts'
import { madeWithin } from './within.ts'

/** Whose calls, and of which connector. */
export type UsageFilter = {
  /** Public id of an agent, or `product` for the calls of the product itself. */
  agent?: string | undefined
  connector?: string | undefined
}

/** Stands for the product where an agent would stand. */
export const noAgent = '00000000-0000-0000-0000-000000000000'

const org = ({ orgId }: Tenant) => Prisma.sql`${orgId}::uuid`
const at = (moment: Date) => Prisma.sql`${moment}::timestamptz`

/** The calls and refusals of a time, counted from themselves; rehearsals are neither. */
export const countedCalls = (tenant: Tenant, since: Date, until: Date) => Prisma.sql`
  SELECT date_trunc('hour', e.created_at, 'UTC') AS hour, coalesce(e.agent_id, ${noAgent}::uuid) AS agent_id, e.tool_name,
    e.status, CASE WHEN e.status IN ('failed', 'unknown') THEN coalesce(e.error_code, '') ELSE '' END AS reason,
    count(*)::int AS calls
  FROM executions e WHERE ${madeWithin('e', tenant, { since, until })} GROUP BY 1, 2, 3, 4, 5
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
  FROM executions e WHERE ${madeWithin('e', tenant, { since, until })}
    AND e.status IN ('succeeded', 'failed') AND e.duration_ms IS NOT NULL GROUP BY 1, 2, 3`

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

/** What a look goes by: what is counted already, and whether what is younger is counted as well. */
export type Reach = Mark & {
  /** Where too much was not counted yet to be counted now: then it is left out, and that is to be said. */
  behind: boolean
}

/** How far the counts reach into a time, and whether the rest of it can be counted at once. */
export async function reachIn(tx: Tx, tenant: Tenant, { since, until }: Span): Promise<Reach> {
  const mark = await markOf(tx, tenant)
  const behind = mark.through < until && (await isTooMuch(tx, tenant, later(since, mark.through), until))
  return { ...mark, behind }
}

/** A span to be read: where days will do, whole days are read as such, and these are fewer rows by far. */
export type Reading = { tenant: Tenant; span: Span; reach: Reach; steps: 'hours' | 'days' }

const partsOf = ({ span, reach, steps }: Reading) =>
  aroundDays(span, steps === 'days' ? reach.daysThrough : new Date(0))

/** What is read as days: `from` is a select of a table of days. */
function written(reading: Reading, from: Prisma.Sql, where: Prisma.Sql): Prisma.Sql {
  const { since, until } = partsOf(reading).days
  return Prisma.sql`${from} WHERE org_id = ${org(reading.tenant)} AND day >= ${at(since)} AND day < ${at(until)} AND ${where}`
}

/** All else: hours that are over from their counts, and what is younger from the calls themselves. */
function recent(
  reading: Reading,
  hours: Prisma.Sql,
  where: Prisma.Sql,
  counted: typeof countedCalls,
): Prisma.Sql {
  const { tenant, span, reach } = reading
  const parts = partsOf(reading).rest.map(
    ({ since, until }) => Prisma.sql`${hours} WHERE org_id = ${org(tenant)} AND hour >= ${at(since)}
      AND hour < ${at(earlier(until, reach.through))} AND ${where}`,
  )
  if (!reach.behind && reach.through < span.until)
    parts.push(
      Prisma.sql`SELECT * FROM (${counted(tenant, later(span.since, reach.through), span.until)}) AS c WHERE ${where}`,
    )
  return Prisma.join(parts, ' UNION ALL ')
}

/** Of rows that have an `agent_id` and a `tool_name`. */
function ofCalls({ agent, connector }: UsageFilter): Prisma.Sql {
  const agentId = agent === undefined || agent === 'product' ? noAgent : parseId('agent', agent)
  return all([
    agentId === null && Prisma.sql`false`,
    agent !== undefined && Prisma.sql`agent_id = ${agentId}::uuid`,
    connector !== undefined && Prisma.sql`split_part(tool_name, '.', 1) = ${connector}`,
  ])
}

const ofConnector = ({ connector }: UsageFilter) =>
  connector === undefined ? Prisma.sql`true` : Prisma.sql`connector = ${connector}`

/** Calls that are not read as days: rows `(hour, agent_id, tool_name, status, reason, calls)`. */
export const recentCalls = (reading: Reading, filter: UsageFilter): Prisma.Sql =>
  recent(
    reading,
    Prisma.sql`SELECT hour, agent_id, tool_name, status, reason, calls FROM usage_hours`,
    ofCalls(filter),
    countedCalls,
  )

/** What the calls of whole days came to: rows `(hour, status, reason, calls)`, the hour being the first of the day. */
export const outcomeDays = (reading: Reading, filter: UsageFilter): Prisma.Sql =>
  filter.agent === undefined
    ? written(
        reading,
        Prisma.sql`SELECT day AS hour, status, reason, calls FROM usage_outcome_days`,
        ofConnector(filter),
      )
    : written(reading, Prisma.sql`SELECT day AS hour, status, reason, calls FROM usage_days`, ofCalls(filter))

const letThrough = (filter: UsageFilter) => Prisma.sql`status <> 'denied' AND ${ofCalls(filter)}`

/** Whose the calls of whole days were that were let through: rows `(hour, agent_id, calls)`. */
export const agentDays = (reading: Reading, filter: UsageFilter): Prisma.Sql =>
  filter.connector === undefined
    ? written(reading, Prisma.sql`SELECT day AS hour, agent_id, calls FROM usage_agent_days`, ofCalls(filter))
    : written(reading, Prisma.sql`SELECT day AS hour, agent_id, calls FROM usage_days`, letThrough(filter))

/** The same by tool: rows `(hour, agent_id, tool_name, calls)`. */
export const toolDays = (reading: Reading, filter: UsageFilter): Prisma.Sql =>
  written(
    reading,
    Prisma.sql`SELECT day AS hour, agent_id, tool_name, calls FROM usage_days`,
    letThrough(filter),
  )

/** How long calls took: rows `(hour, connector, step, calls)`. */
export const durationsIn = (reading: Reading, filter: UsageFilter): Prisma.Sql => {
  const where = ofConnector(filter)
  const hours = Prisma.sql`SELECT hour, connector, step, calls FROM usage_durations`
  const days = Prisma.sql`SELECT day AS hour, connector, step, calls FROM usage_duration_days`
  return Prisma.sql`${recent(reading, hours, where, countedDurations)} UNION ALL ${written(reading, days, where)}`
}
