import { appendAudit, type Origin, originFields } from '#lib/audit'
import { hideAccountIn } from '#lib/consent'
import { forOrg, Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { newId, publicId } from '#lib/ids'
import { enqueueIn } from '#lib/jobs'
import type { Caller, Tenant } from '#lib/proof'
import { endGrantsIn } from '../agent-grants/end.ts'
import type { Deps } from '../context.ts'
import type { UserStatus } from '../schema.ts'
import { boundDebtsIn, certifyDeletionIn, giveUpSeconds } from './certificate.ts'
import { stopMassIn } from './mass-revocation.ts'
import { revokeIn } from './revoke.ts'
import { settleMassRevocation } from './settle-mass.ts'
import { settleRevocation } from './settle-revocation.ts'

/**
 * Revokes an account and takes it out of sight; its consents stay as evidence. Its tokens are destroyed as soon as the
 * provider has been told, within 60 seconds whether it answers or not, and the audit certifies it.
 * @throws AppError `not_found`
 */
export async function remove(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  accountId: string,
  origin: Origin,
): Promise<void> {
  const debts = await forOrg(tenant, async (tx) => {
    await revokeIn(tx, tenant, caller, accountId, 'deleted', origin)
    await hideAccountIn(tx, tenant, accountId)
    const owed = await boundDebtsIn(tx, tenant, [accountId])
    for (const { id } of owed)
      await enqueueIn(
        tx,
        tenant,
        'settle_revocation',
        { revocation_id: id },
        { runInSeconds: giveUpSeconds + 1 },
      )
    if (owed.length === 0) await certifyDeletionIn(tx, tenant, accountId, { actor: actorOf(caller), origin })
    return owed
  })
  for (const { id } of debts) await settleRevocation(deps, tenant, id, origin)
}

/** Locks the end user. @throws AppError `not_found` */
async function userIn(tx: Tx, tenant: Tenant, externalId: string) {
  await tx.$queryRaw`SELECT 1 FROM end_users WHERE org_id = ${tenant.orgId}::uuid
    AND external_id = ${externalId} AND deleted_at IS NULL FOR UPDATE`
  const found = await tx.end_users.findFirst({
    where: { org_id: tenant.orgId, external_id: externalId, deleted_at: null },
  })
  if (!found) throw new AppError('not_found', { detail: 'No such user.' })
  return found
}

/** An end user leaves: every account is revoked, then the user's id is free for another. @throws AppError `not_found` */
export async function removeUser(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  userId: string,
  origin: Origin,
): Promise<void> {
  const actor = actorOf(caller)
  const revocationId = await forOrg(tenant, async (tx) => {
    const user = await userIn(tx, tenant, userId)
    const { id, stopped } = await stopMassIn(
      tx,
      tenant,
      { userId: user.id },
      {
        batchId: newId(),
        filter: { user_id: userId },
        reason: 'deleted',
        actor,
        origin,
        sessions: 'all',
      },
    )
    const hidden = await tx.$queryRaw<{ id: string }[]>`
      UPDATE connected_accounts SET deleted_at = now()
      WHERE org_id = ${tenant.orgId}::uuid AND user_id = ${user.id}::uuid AND deleted_at IS NULL RETURNING id`
    const owing = new Set(
      (
        await boundDebtsIn(
          tx,
          tenant,
          hidden.map((row) => row.id),
        )
      ).map(({ accountId }) => accountId),
    )
    for (const { id: accountId } of hidden)
      if (!owing.has(accountId)) await certifyDeletionIn(tx, tenant, accountId, { actor, origin })
    await endGrantsIn(tx, tenant, user.id, { actor, reason: 'deleted', origin })
    await tx.connection_requests.deleteMany({ where: { org_id: tenant.orgId, user_id: user.id } })
    await tx.approvals.deleteMany({ where: { org_id: tenant.orgId, user_id: user.id } })
    await tx.scim_group_members.deleteMany({ where: { org_id: tenant.orgId, user_id: user.id } })
    await tx.end_users.update({
      where: { org_id_id: { org_id: tenant.orgId, id: user.id } },
      data: {
        deleted_at: new Date(),
        email: null,
        name: null,
        groups: [],
        scim: Prisma.DbNull,
        scim_external_id: null,
      },
    })
    await appendAudit(tx, tenant, {
      action: 'user.deleted',
      outcome: 'allowed',
      actor,
      user_id: userId,
      details: { accounts: stopped.length, user: publicId('end_user', user.id) },
      ...originFields(origin),
    })
    return id
  })
  await settleMassRevocation(deps, tenant, revocationId, AbortSignal.timeout(10_000))
}

/**
 * An end user is locked out, as by SCIM's `active: false`: every account is revoked and nothing can be connected, and
 * the person stays known. Done again it changes nothing.
 * @throws AppError `not_found`
 */
export const deactivateUser = (
  tenant: Tenant,
  caller: Caller,
  userId: string,
  origin: Origin,
): Promise<UserStatus> =>
  forOrg(tenant, async (tx) => {
    const user = await userIn(tx, tenant, userId)
    const view = { user_id: userId, org_id: tenant.externalId, status: 'deactivated' as const }
    if (user.deactivated_at) return { ...view, revocation_id: null }
    const actor = actorOf(caller)
    await tx.end_users.update({
      where: { org_id_id: { org_id: tenant.orgId, id: user.id } },
      data: { deactivated_at: new Date(), updated_at: new Date() },
    })
    await endGrantsIn(tx, tenant, user.id, { actor, reason: 'user deactivated', origin })
    // What was approved for them before is asked again, should they come back.
    await tx.connection_requests.updateMany({
      where: { org_id: tenant.orgId, user_id: user.id, status: { in: ['pending', 'approved'] } },
      data: { status: 'expired' },
    })
    await tx.approvals.updateMany({
      where: { org_id: tenant.orgId, user_id: user.id, status: { in: ['pending', 'approved'] } },
      data: { status: 'expired', finished_at: new Date() },
    })
    const { id, stopped } = await stopMassIn(
      tx,
      tenant,
      { userId: user.id },
      {
        batchId: newId(),
        filter: { user_id: userId },
        reason: 'user deactivated',
        actor,
        origin,
        sessions: 'all',
      },
    )
    const revocation_id = publicId('revocation', id)
    await appendAudit(tx, tenant, {
      action: 'user.deactivated',
      outcome: 'allowed',
      actor,
      user_id: userId,
      details: { accounts: stopped.length, revocation_id },
      ...originFields(origin),
    })
    return { ...view, revocation_id }
  })

/** Lets a person connect again. What was revoked stays so: they consent anew. @throws AppError `not_found` */
export const reactivateUser = (
  tenant: Tenant,
  caller: Caller,
  userId: string,
  origin: Origin,
): Promise<UserStatus> =>
  forOrg(tenant, async (tx) => {
    const user = await userIn(tx, tenant, userId)
    if (user.deactivated_at) {
      await tx.end_users.update({
        where: { org_id_id: { org_id: tenant.orgId, id: user.id } },
        data: { deactivated_at: null, updated_at: new Date() },
      })
      await appendAudit(tx, tenant, {
        action: 'user.reactivated',
        outcome: 'allowed',
        actor: actorOf(caller),
        user_id: userId,
        ...originFields(origin),
      })
    }
    return { user_id: userId, org_id: tenant.externalId, status: 'active', revocation_id: null }
  })
