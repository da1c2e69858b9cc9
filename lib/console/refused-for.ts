import { Prisma, type Tx } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'

/** Accounts of one person that are looked at; nobody has as many. */
const accountsMost = 1000

/** Whether a refused call `v` was for a person: such a call names its user or its account, as whoever made it did. */
export async function refusedFor(tx: Tx, tenant: Tenant, userId: string): Promise<Prisma.Sql> {
  const accounts = await tx.connected_accounts.findMany({
    where: { org_id: tenant.orgId, user: { external_id: userId, deleted_at: null } },
    select: { id: true },
    take: accountsMost,
  })
  const ids = accounts.map(({ id }) => publicId('connected_account', id))
  return Prisma.sql`(v.user_id = ${userId} OR v.connected_account_id = ANY (${ids}::text[]))`
}
