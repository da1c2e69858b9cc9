import { forOrg, Prisma, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { matchingIn } from './accounts.ts'
import { all } from './counted.ts'
import type { ScopeRules } from './over-grants.ts'
import type { RevocableFilter } from './revocation-impact.ts'

/** An account `a` that somebody would miss: what is paused works again at a word. */
const missed = Prisma.sql`a.status IN ('active', 'paused') AND a.deleted_at IS NULL`

/** How many active accounts an org has, paused ones too. */
export async function countActiveIn(tx: Tx, tenant: Tenant): Promise<number> {
  const [row] = await tx.$queryRaw<
    { count: number }[]
  >`SELECT count(*)::int AS count FROM connected_accounts a
    WHERE a.org_id = ${tenant.orgId}::uuid AND ${missed}`
  return row?.count ?? 0
}

/** How many of an org's active accounts, paused ones too, a revocation would end, and how many it has. */
export const revocationShare = (
  tenant: Tenant,
  { ids, ...filter }: RevocableFilter,
  rules: ScopeRules,
): Promise<{ reached: number; active: number }> =>
  forOrg(tenant, async (tx) => {
    const matching = all([
      await matchingIn(tx, tenant, filter, rules),
      missed,
      ids !== undefined && Prisma.sql`a.id = ANY (${[...ids]}::uuid[])`,
    ])
    const [row] = await tx.$queryRaw<{ reached: number }[]>`
      SELECT count(*)::int AS reached FROM connected_accounts a WHERE ${matching}`
    return { reached: row?.reached ?? 0, active: await countActiveIn(tx, tenant) }
  })
