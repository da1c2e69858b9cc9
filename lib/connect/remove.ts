import { appendAudit, type Origin, originFields } from '#lib/audit'
import { hideAccountIn } from '#lib/consent'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import type { Deps } from './context.ts'
import { revoke } from './revoke.ts'

/** Revokes an account and takes it out of sight; its consents stay as evidence. @throws AppError `not_found` */
export async function remove(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  accountId: string,
  origin: Origin,
): Promise<void> {
  const { account } = await revoke(deps, tenant, caller, accountId, 'deleted', origin)
  await forOrg(tenant, async (tx) => {
    await hideAccountIn(tx, tenant, accountId)
    await appendAudit(tx, tenant, {
      action: 'connected_account.deleted',
      outcome: 'allowed',
      actor: actorOf(caller),
      user_id: account.user_id,
      connected_account_id: account.id,
      ...originFields(origin),
    })
  })
}

/** An end user leaves: every account is revoked, then the user's id is free for another. @throws AppError `not_found` */
export async function removeUser(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  userId: string,
  origin: Origin,
): Promise<void> {
  const { user, accounts } = await forOrg(tenant, async (tx) => {
    const found = await tx.end_users.findFirst({
      where: { org_id: tenant.orgId, external_id: userId, deleted_at: null },
      include: { connected_accounts: { where: { deleted_at: null } } },
    })
    if (!found) throw new AppError('not_found', { detail: 'No such user.' })
    return { user: found, accounts: found.connected_accounts }
  })
  for (const account of accounts) await remove(deps, tenant, caller, account.id, origin)
  await forOrg(tenant, async (tx) => {
    await tx.connect_sessions.updateMany({
      where: { org_id: tenant.orgId, user_id: user.id, finished_at: null },
      data: { status: 'cancelled', finished_at: new Date() },
    })
    await tx.end_users.update({
      where: { org_id_id: { org_id: tenant.orgId, id: user.id } },
      data: { deleted_at: new Date(), email: null, name: null, groups: [] },
    })
    await appendAudit(tx, tenant, {
      action: 'user.deleted',
      outcome: 'allowed',
      actor: actorOf(caller),
      user_id: userId,
      details: { accounts: accounts.length, user: publicId('end_user', user.id) },
      ...originFields(origin),
    })
  })
}
