import { Prisma, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { countIn } from '../counted.ts'
import { firstOpenIn, writeConsentDays } from './funnel.ts'
import { earlier, type Span, startOfDay } from './marks.ts'
import { dayMs } from './range.ts'
import { madeWithin } from './within.ts'

/** Days written together, where many are left: after an upgrade, or where nothing was counted for long. */
const daysTogether = 7
/** Connect sessions that are counted together; where more were started, a day is written at a time. */
export const sessionsTogether = 50_000

/**
 * Writes the next days, all that is told of a day at once. Whoever calls holds the mark.
 * @param from up to where days are written; `null` before the first
 * @param settled up to where hours are counted for good
 * @returns up to where days are written now; `null` where none was left, or the next has a session that is not over
 */
export async function writeDays(
  tx: Tx,
  tenant: Tenant,
  from: Date | null,
  settled: Date,
): Promise<Date | null> {
  const since = from ?? (await firstDayIn(tx, tenant, settled))
  const upTo = (days: number) => earlier(startOfDay(settled), new Date(since.getTime() + days * dayMs))
  if (upTo(1) <= since) return null
  const together = upTo(daysTogether)
  const next = (await isBusyIn(tx, tenant, { since, until: together })) ? upTo(1) : together
  const open = await firstOpenIn(tx, tenant, { since, until: next })
  const until = open === null ? next : startOfDay(open)
  if (until <= since) return null
  const [org, low, high] = [tenant.orgId, since, until]
  await tx.$executeRaw`
    INSERT INTO usage_days (org_id, day, agent_id, tool_name, status, reason, calls)
    SELECT org_id, date_trunc('day', hour, 'UTC'), agent_id, tool_name, status, reason, sum(calls) FROM usage_hours
    WHERE org_id = ${org}::uuid AND hour >= ${low}::timestamptz AND hour < ${high}::timestamptz GROUP BY 1, 2, 3, 4, 5, 6`
  const within = Prisma.sql`org_id = ${org}::uuid AND day >= ${low}::timestamptz AND day < ${high}::timestamptz`
  await tx.$executeRaw`
    INSERT INTO usage_outcome_days (org_id, day, connector, status, reason, calls)
    SELECT org_id, day, split_part(tool_name, '.', 1), status, reason, sum(calls) FROM usage_days
    WHERE ${within} GROUP BY 1, 2, 3, 4, 5`
  await tx.$executeRaw`
    INSERT INTO usage_agent_days (org_id, day, agent_id, calls)
    SELECT org_id, day, agent_id, sum(calls) FROM usage_days WHERE ${within} AND status <> 'denied' GROUP BY 1, 2, 3`
  await tx.$executeRaw`
    INSERT INTO usage_duration_days (org_id, day, connector, step, calls)
    SELECT org_id, date_trunc('day', hour, 'UTC'), connector, step, sum(calls) FROM usage_durations
    WHERE org_id = ${org}::uuid AND hour >= ${low}::timestamptz AND hour < ${high}::timestamptz GROUP BY 1, 2, 3, 4`
  await writeConsentDays(tx, tenant, { since, until })
  return until
}

async function isBusyIn(tx: Tx, tenant: Tenant, span: Span): Promise<boolean> {
  const sessions = Prisma.sql`SELECT 1 FROM connect_sessions s WHERE ${madeWithin('s', tenant, span)}`
  return (await countIn(tx, sessions, sessionsTogether)).more
}

/** The day of whatever came first: an hour that is counted, or a connect session. Its id is made by another clock. */
async function firstDayIn(tx: Tx, tenant: Tenant, settled: Date): Promise<Date> {
  const [row] = await tx.$queryRaw<{ day: Date }[]>`
    SELECT date_trunc('day', least(${settled}::timestamptz,
      (SELECT h.hour FROM usage_hours h WHERE h.org_id = ${tenant.orgId}::uuid ORDER BY h.hour LIMIT 1),
      (SELECT s.created_at - interval '1 hour' FROM connect_sessions s WHERE s.org_id = ${tenant.orgId}::uuid
        ORDER BY s.id LIMIT 1)), 'UTC') AS day`
  return row?.day ?? settled
}
