import { forOrg, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { dayMs } from './range.ts'
import { countedCalls, countedDurations, isTooMuch } from './source.ts'

const hourMs = 3_600_000
/** An hour is counted when it has been over for so long: what began within it has been written by then. */
const settledMs = 10 * 60_000
/** Whether a call happened whose end is not known is asked for a day; after two nobody asks any more. */
const openDays = 2
/** Longer than any span that can be looked at, and long enough to compare years. */
const keptDays = 400

const hourOf = (ms: number) => new Date(Math.floor(ms / hourMs) * hourMs)

/**
 * Counts an org's calls by the hour: those hours that are over and not counted yet, a day of them in a transaction or an hour of a busy one, and once
 * more those in which calls had not ended. Whoever looks meanwhile sees the same figures before and after.
 * @returns how many transactions that took
 */
export async function rollUsage(tenant: Tenant, now = new Date()): Promise<number> {
  const closed = hourOf(now.getTime() - settledMs)
  let rolled = 0
  while (await rollDay(tenant, closed, now)) rolled++
  for (const hour of await openHours(tenant, closed, now)) {
    await forOrg(tenant, async (tx) => {
      if ((await markIn(tx, tenant, now)) > hour)
        await countAgain(tx, tenant, hour, new Date(hour.getTime() + hourMs))
    })
    rolled++
  }
  const before = new Date(now.getTime() - keptDays * dayMs)
  await forOrg(tenant, async (tx) => {
    const where = { org_id: tenant.orgId, hour: { lt: before } }
    await tx.usage_hours.deleteMany({ where })
    await tx.usage_durations.deleteMany({ where })
    await tx.usage_renewals.deleteMany({ where })
  })
  return rolled
}

/** Where counting goes on; held until the transaction ends, so that two do not count the same. */
async function markIn(tx: Tx, tenant: Tenant, now: Date): Promise<Date> {
  await tx.$executeRaw`
    INSERT INTO usage_marks (org_id, through)
    SELECT ${tenant.orgId}::uuid, date_trunc('hour', greatest(
      ${new Date(now.getTime() - keptDays * dayMs)}::timestamptz, least(now(),
        (SELECT e.created_at FROM executions e WHERE e.org_id = ${tenant.orgId}::uuid ORDER BY e.id LIMIT 1),
        (SELECT v.occurred_at FROM audit_events v WHERE v.org_id = ${tenant.orgId}::uuid
          ORDER BY v.sequence LIMIT 1))), 'UTC') - interval '1 hour'
    WHERE NOT EXISTS (SELECT FROM usage_marks WHERE org_id = ${tenant.orgId}::uuid)
    ON CONFLICT DO NOTHING`
  const [row] = await tx.$queryRaw<{ through: Date }[]>`
    SELECT through FROM usage_marks WHERE org_id = ${tenant.orgId}::uuid FOR UPDATE`
  return row?.through ?? now
}

/** @returns whether there was anything to count */
const rollDay = (tenant: Tenant, closed: Date, now: Date): Promise<boolean> =>
  forOrg(
    tenant,
    async (tx) => {
      const since = await markIn(tx, tenant, now)
      if (since >= closed) return false
      const day = new Date(Math.min(since.getTime() + dayMs, closed.getTime()))
      const until = (await isTooMuch(tx, tenant, since, day)) ? new Date(since.getTime() + hourMs) : day
      await countAgain(tx, tenant, since, until)
      await tx.usage_marks.update({ where: { org_id: tenant.orgId }, data: { through: until } })
      return true
    },
    60_000,
  )

const openHours = async (tenant: Tenant, closed: Date, now: Date): Promise<Date[]> => {
  const rows = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<{ hour: Date }[]>`
      SELECT DISTINCT hour FROM usage_hours WHERE org_id = ${tenant.orgId}::uuid AND status IN ('running', 'unknown')
        AND hour >= ${new Date(now.getTime() - openDays * dayMs)}::timestamptz AND hour < ${closed}::timestamptz`,
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
