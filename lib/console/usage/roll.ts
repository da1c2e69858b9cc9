import { forOrg, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { writeDays } from './days.ts'
import { earlier, startOfDay } from './marks.ts'
import { dayMs } from './range.ts'
import { countedCalls, countedDurations, isTooMuch } from './source.ts'

const hourMs = 3_600_000
/** An hour is counted when it has been over for so long: what began within it has been written by then. */
const settledMs = 10 * 60_000
/** Whether a call happened whose end is not known is asked for a day; after two nobody asks any more. */
const openDays = 2
/** What is older may be gone from the audit, of which refusals are counted: it is kept for 30 days at least. */
const auditDays = 28
/** Longer than any span that can be looked at, and long enough to compare years. */
const keptDays = 400

const hourOf = (ms: number) => new Date(Math.floor(ms / hourMs) * hourMs)

/**
 * Counts an org's calls by the hour: those hours that are over and not counted yet, a day of them in a transaction or an
 * hour of a busy one, and once more those in which calls had not ended. Days of which no hour is counted again are written
 * as days. Whoever looks meanwhile sees the same figures before and after.
 * @returns how many transactions that took
 */
export async function rollUsage(tenant: Tenant, now = new Date()): Promise<number> {
  let rolled = 0
  while (await rollDay(tenant, now)) rolled++
  for (const hour of await openHours(tenant, now)) {
    await forOrg(tenant, async (tx) => {
      const mark = await markIn(tx, tenant, now)
      // Another's clock may be ahead: what is written by the day stays as it is.
      if (mark.through > hour && !(mark.days_through && mark.days_through > hour))
        await countAgain(tx, tenant, hour, new Date(hour.getTime() + hourMs))
    })
    rolled++
  }
  await sweep(tenant, startOfDay(new Date(now.getTime() - keptDays * dayMs)))
  while (await rollDays(tenant, now)) rolled++
  return rolled
}

/** How far connect sessions came is kept for as long as they are: without it they would be counted one by one again. */
const sweep = (tenant: Tenant, before: Date): Promise<void> =>
  forOrg(tenant, async (tx) => {
    const hours = { where: { org_id: tenant.orgId, hour: { lt: before } } }
    const days = { where: { org_id: tenant.orgId, day: { lt: before } } }
    await tx.usage_hours.deleteMany(hours)
    await tx.usage_durations.deleteMany(hours)
    await tx.usage_renewals.deleteMany(hours)
    await tx.usage_days.deleteMany(days)
    await tx.usage_outcome_days.deleteMany(days)
    await tx.usage_agent_days.deleteMany(days)
    await tx.usage_duration_days.deleteMany(days)
  })

/** `clock` is the database's, which dates the calls. */
type LockedMark = { through: Date; days_through: Date | null; clock: Date }

/** Where counting goes on; held until the transaction ends, so that two do not count the same. */
async function markIn(tx: Tx, tenant: Tenant, now: Date): Promise<LockedMark> {
  await tx.$executeRaw`
    INSERT INTO usage_marks (org_id, through)
    SELECT ${tenant.orgId}::uuid, date_trunc('hour', greatest(
      ${new Date(now.getTime() - keptDays * dayMs)}::timestamptz, least(now(),
        (SELECT e.created_at FROM executions e WHERE e.org_id = ${tenant.orgId}::uuid ORDER BY e.id LIMIT 1),
        (SELECT v.occurred_at FROM audit_events v WHERE v.org_id = ${tenant.orgId}::uuid
          ORDER BY v.sequence LIMIT 1))), 'UTC') - interval '1 hour'
    WHERE NOT EXISTS (SELECT FROM usage_marks WHERE org_id = ${tenant.orgId}::uuid)
    ON CONFLICT DO NOTHING`
  const [row] = await tx.$queryRaw<LockedMark[]>`
    SELECT through, days_through, now() AS clock FROM usage_marks WHERE org_id = ${tenant.orgId}::uuid FOR UPDATE`
  return row ?? { through: now, days_through: null, clock: now }
}

/** @returns whether there was anything to count */
const rollDay = (tenant: Tenant, now: Date): Promise<boolean> =>
  forOrg(
    tenant,
    async (tx) => {
      const { through: since, clock } = await markIn(tx, tenant, now)
      const closed = hourOf(earlier(now, clock).getTime() - settledMs)
      if (since >= closed) return false
      const day = new Date(Math.min(since.getTime() + dayMs, closed.getTime()))
      const until = (await isTooMuch(tx, tenant, since, day)) ? new Date(since.getTime() + hourMs) : day
      await countAgain(tx, tenant, since, until)
      await tx.usage_marks.update({ where: { org_id: tenant.orgId }, data: { through: until } })
      return true
    },
    60_000,
  )

/** @returns whether there were days to write */
const rollDays = (tenant: Tenant, now: Date): Promise<boolean> =>
  forOrg(
    tenant,
    async (tx) => {
      const { through, days_through: from } = await markIn(tx, tenant, now)
      const settled = earlier(through, new Date(now.getTime() - openDays * dayMs))
      const until = await writeDays(tx, tenant, from, settled)
      if (until === null) return false
      await tx.usage_marks.update({ where: { org_id: tenant.orgId }, data: { days_through: until } })
      return true
    },
    60_000,
  )

/** Those of days that are not written are among them, also after days in which no worker ran. */
const openHours = async (tenant: Tenant, now: Date): Promise<Date[]> => {
  const ago = (days: number) => new Date(now.getTime() - days * dayMs)
  const rows = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<{ hour: Date }[]>`
      SELECT DISTINCT hour FROM usage_hours WHERE org_id = ${tenant.orgId}::uuid AND status IN ('running', 'unknown')
        AND hour >= greatest(${ago(auditDays)}::timestamptz, least(${ago(openDays)}::timestamptz,
          (SELECT m.days_through FROM usage_marks m WHERE m.org_id = ${tenant.orgId}::uuid)))`,
  )
  return rows.map(({ hour }) => hour)
}

async function countAgain(tx: Tx, tenant: Tenant, since: Date, until: Date): Promise<void> {
  const within = { org_id: tenant.orgId, hour: { gte: since, lt: until } }
  await tx.usage_hours.deleteMany({ where: within })
  await tx.usage_durations.deleteMany({ where: within })
  await tx.$executeRaw`
    INSERT INTO usage_hours (org_id, hour, agent_id, tool_name, status, reason, calls)
    SELECT ${tenant.orgId}::uuid, c.* FROM (${countedCalls(tenant, since, until)}) AS c`
  await tx.$executeRaw`
    INSERT INTO usage_durations (org_id, hour, connector, step, calls)
    SELECT ${tenant.orgId}::uuid, c.* FROM (${countedDurations(tenant, since, until)}) AS c`
}
