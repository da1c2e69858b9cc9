import { forOrg, Prisma } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { all, countIn } from '../counted.ts'
import type { Count } from '../schema.ts'
import { look } from './look.ts'
import type { UsageRange } from './range.ts'
import type { UsageFilter } from './source.ts'

export const renewalOutcomes = ['renewed', 'failed', 'held'] as const
export type RenewalOutcome = (typeof renewalOutcomes)[number]
export type RenewalCounts = Record<RenewalOutcome, number>

export type RenewalUsage = {
  steps: RenewalCounts[]
  total: RenewalCounts
  connectors: { connector: string; counts: RenewalCounts }[]
  /** Credentials as they are now: those that renew, that are held back for now, and that are dead; each counted so far. */
  now: { well: Count; held: Count; dead: Count }
}

/** Counts how renewals ended, in this hour. */
export const addRenewals = (
  tenant: Tenant,
  connector: string,
  outcome: RenewalOutcome,
  renewals: number,
): Promise<void> =>
  forOrg(tenant, async (tx) => {
    await tx.$executeRaw`
      INSERT INTO usage_renewals (org_id, hour, connector, outcome, renewals)
      VALUES (${tenant.orgId}::uuid, date_trunc('hour', now(), 'UTC'), ${connector}, ${outcome}, ${renewals}::int)
      ON CONFLICT (org_id, hour, connector, outcome) DO UPDATE SET renewals = usage_renewals.renewals + excluded.renewals`
  })

type Row = { step: number | null; connector: string | null; outcome: RenewalOutcome; renewals: bigint }

const zero = (): RenewalCounts => ({ renewed: 0, failed: 0, held: 0 })

/** How renewals of an org's credentials ended in a time, and how the credentials are now. */
export const renewalUsage = (
  tenant: Tenant,
  { since, until, stepMs }: UsageRange,
  { connector }: UsageFilter,
): Promise<RenewalUsage> =>
  look(tenant, async (tx) => {
    const org = Prisma.sql`${tenant.orgId}::uuid`
    const rows = await tx.$queryRaw<Row[]>`
      SELECT step, connector, outcome, sum(renewals)::bigint AS renewals
      FROM (SELECT floor(date_part('epoch', hour - ${since}::timestamptz) * 1000 / ${stepMs}::int)::int AS step,
          connector, outcome, renewals
        FROM usage_renewals WHERE ${all([
          Prisma.sql`org_id = ${org} AND hour >= ${since}::timestamptz AND hour < ${until}::timestamptz`,
          connector !== undefined && Prisma.sql`connector = ${connector}`,
        ])}) AS told
      GROUP BY GROUPING SETS ((step, outcome), (connector, outcome)) ORDER BY connector, outcome`
    const connected = all([
      Prisma.sql`a.org_id = c.org_id AND a.id = c.account_id AND a.deleted_at IS NULL AND a.status <> 'revoked'`,
      connector !== undefined && Prisma.sql`a.connector = ${connector}`,
    ])
    const renews = Prisma.sql`c.org_id = ${org} AND c.refreshable`
    // The few of many are each asked for their account: joined as a whole, they have been seen to cost a look at every account.
    const few = (are: Prisma.Sql) =>
      countIn(
        tx,
        Prisma.sql`SELECT 1 FROM credentials c
          CROSS JOIN LATERAL (SELECT FROM connected_accounts a WHERE ${connected} LIMIT 1) AS of WHERE ${renews} AND ${are}`,
      )
    const now = {
      well: await countIn(
        tx,
        Prisma.sql`SELECT 1 FROM credentials c JOIN connected_accounts a ON ${connected}
          WHERE ${renews} AND c.dead_at IS NULL AND coalesce(c.hold_until <= now(), true)`,
      ),
      held: await few(Prisma.sql`c.dead_at IS NULL AND c.hold_until > now()`),
      dead: await few(Prisma.sql`c.dead_at IS NOT NULL`),
    }
    const steps = Array.from({ length: Math.ceil((until.getTime() - since.getTime()) / stepMs) }, zero)
    const total = zero()
    const connectors = new Map<string, RenewalCounts>()
    for (const { step, connector: of, outcome, renewals } of rows) {
      const n = Number(renewals)
      const inStep = step === null ? undefined : steps[step]
      if (inStep) inStep[outcome] += n
      if (of !== null) {
        const counts = connectors.get(of) ?? zero()
        connectors.set(of, counts)
        counts[outcome] += n
        total[outcome] += n
      }
    }
    return {
      steps,
      total,
      connectors: [...connectors].map(([of, counts]) => ({ connector: of, counts })),
      now,
    }
  })
