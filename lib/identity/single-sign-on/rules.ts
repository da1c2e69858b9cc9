import { forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'

/** An org's connections change one after the other: what one change reads, no other overwrites meanwhile. */
export const lockIn = (tx: Tx, tenant: Tenant) =>
  tx.$queryRaw`SELECT 1 FROM sso_connections WHERE org_id = ${tenant.orgId}::uuid ORDER BY id FOR UPDATE`

/** Whether an org's members may sign in by its single sign-on alone. */
export async function requiresSsoIn(tx: Tx, tenant: Tenant): Promise<boolean> {
  const row = await tx.sign_in_rules.findUnique({ where: { org_id: tenant.orgId } })
  return row !== null && row.sso_required_since !== null
}

export const requiresSso = (tenant: Tenant): Promise<boolean> =>
  forOrg(tenant, (tx) => requiresSsoIn(tx, tenant))

/**
 * Requires single sign-on of an org's members from now on, or takes that back. Whoever requires it has signed in by it
 * themselves, or is an operator of the deployment: nobody locks themselves out. The sessions of all others end, as they
 * may have begun in another way.
 * @throws AppError `conflict`
 */
export async function requireSsoIn(
  tx: Tx,
  tenant: Tenant,
  caller: Caller & { kind: 'admin' },
  by: { type: string; id: string },
  required: boolean,
): Promise<void> {
  if (tenant.orgId === deploymentOrgId)
    throw new AppError('conflict', {
      detail: 'Operators can always come in by a link that is printed on the server.',
    })
  if (required) await assertMayRequireIn(tx, tenant, caller)
  const data = {
    sso_required_since: required ? new Date() : null,
    changed_by: by as Prisma.InputJsonObject,
    changed_at: new Date(),
  }
  await tx.sign_in_rules.upsert({
    where: { org_id: tenant.orgId },
    create: { org_id: tenant.orgId, ...data },
    update: data,
  })
  if (!required) return
  await tx.members.updateMany({
    where: { org_id: tenant.orgId, id: { not: caller.memberId } },
    data: { session_version: { increment: 1 } },
  })
}

async function assertMayRequireIn(
  tx: Tx,
  tenant: Tenant,
  { home, memberId }: Caller & { kind: 'admin' },
): Promise<void> {
  await lockIn(tx, tenant)
  const connection = await tx.sso_connections.findFirst({ where: { org_id: tenant.orgId, status: 'on' } })
  if (!connection) throw new AppError('conflict', { detail: 'Switch a connection on first.' })
  if (home.orgId !== tenant.orgId) return
  const own = await tx.members.findFirst({ where: { org_id: tenant.orgId, id: memberId } })
  if (own?.iss !== connection.issuer)
    throw new AppError('conflict', {
      detail: 'Join your own account to the single sign-on first, or you could not come in any more.',
    })
}
