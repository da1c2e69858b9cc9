import { forOrg, Prisma } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'

/** How far an org has come on the way to its first call. */
type FirstSteps = {
  /** Keys of the org's own that are in force, newest first. */
  keys: { id: string; name: string; hint: string; used: boolean }[]
  /** Connectors that people of this org can connect. */
  configured: string[]
  /** An account that is connected now, the one that was connected last. */
  account: { id: string; user_id: string; connector: string; label: string } | null
  /** Whether a call of a tool has succeeded. */
  called: boolean
  /** Whether an account was revoked. */
  revoked: boolean
}

const keysMost = 50

/** What a developer has done already, as the org's own rows tell it. */
export const firstStepsOf = (tenant: Tenant): Promise<FirstSteps> =>
  forOrg(tenant, async (tx) => {
    const org = Prisma.sql`${tenant.orgId}::uuid`
    const keys = await tx.api_keys.findMany({
      where: {
        org_id: tenant.orgId,
        revoked_at: null,
        OR: [{ expires_at: null }, { expires_at: { gt: new Date() } }],
      },
      orderBy: { id: 'desc' },
      take: keysMost,
      select: { id: true, name: true, hint: true, last_used_at: true },
    })
    // Row-level security shows the org's own rows and the deployment's.
    const configs = await tx.auth_configs.findMany({
      where: { disabled_at: null },
      distinct: ['connector'],
      orderBy: { connector: 'asc' },
      select: { connector: true },
    })
    const [account] = await tx.$queryRaw<
      { id: string; user_id: string; connector: string; label: string }[]
    >`SELECT a.id, u.external_id AS user_id, a.connector, a.label FROM connected_accounts a
      JOIN end_users u ON u.org_id = a.org_id AND u.id = a.user_id
      WHERE a.org_id = ${org} AND a.status = 'active' AND a.deleted_at IS NULL ORDER BY a.id DESC LIMIT 1`
    const [done] = await tx.$queryRaw<{ called: boolean; revoked: boolean }[]>`
      SELECT EXISTS (SELECT 1 FROM executions WHERE org_id = ${org} AND status = 'succeeded') AS called,
        EXISTS (SELECT 1 FROM connected_accounts WHERE org_id = ${org} AND status = 'revoked'
          AND deleted_at IS NULL) AS revoked`
    return {
      keys: keys.map(({ id, name, hint, last_used_at }) => ({
        id: publicId('api_key', id),
        name,
        hint,
        used: last_used_at !== null,
      })),
      configured: configs.map(({ connector }) => connector),
      account: account ? { ...account, id: publicId('connected_account', account.id) } : null,
      called: done?.called ?? false,
      revoked: done?.revoked ?? false,
    }
  })
