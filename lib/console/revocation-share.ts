import { forOrg, Prisma } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { matchingIn } from './accounts.ts'
import { all } from './counted.ts'
import type { ScopeRules } from './over-grants.ts'
import type { RevocableFilter } from './revocation-impact.ts'

/** How many of an org's active accounts, paused ones too, a revocation would end, and how many it has. */
export const revocationShare = (
  tenant: Tenant,
  { ids, ...filter }: RevocableFilter,
  rules: ScopeRules,
): Promise<{ reached: number; active: number }> =>
  forOrg(tenant, async (tx) => {
    const matching = all([
      await matchingIn(tx, tenant, filter, rules),
      Prisma.sql`a.status IN ('active', 'paused')`,
      ids !== undefined && Prisma.sql`a.id = ANY (${[...ids]}::uuid[])`,
    ])
    const [row] = await tx.$queryRaw<{ reached: number; active: number }[]>`
      SELECT (SELECT count(*)::int FROM connected_accounts a WHERE ${matching}) AS reached,
        (SELECT count(*)::int FROM connected_accounts a
          WHERE a.org_id = ${tenant.orgId}::uuid AND a.deleted_at IS NULL AND a.status IN ('active', 'paused')) AS active`
    return row ?? { reached: 0, active: 0 }
  })
