import { appendAudit, type Origin, originFields } from '#lib/audit'
import type { Tx } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { shredGenerationsIn } from '#lib/vault'

/** How long a deleted account's tokens may be kept for the provider to be told, in seconds; within 60 all is gone. */
export const giveUpSeconds = 45

/**
 * Once nothing of a deleted account's is owed any more: destroys what is left of its keys, and certifies it. The
 * digests name the keys to whoever holds a copy of them, and are of no other use.
 */
export async function certifyDeletionIn(
  tx: Tx,
  tenant: Tenant,
  accountId: string,
  how: { actor: { type: string; id: string }; origin: Origin | null },
): Promise<void> {
  const at = { org_id: tenant.orgId, account_id: accountId }
  const account = await tx.connected_accounts.findUniqueOrThrow({
    where: { org_id_id: { org_id: tenant.orgId, id: accountId } },
    include: { user: { select: { external_id: true } } },
  })
  if (!account.deleted_at || (await tx.upstream_revocations.count({ where: { ...at, status: 'pending' } })))
    return
  const digests = await tx.$queryRaw<{ digest: string }[]>`
    SELECT encode(sha256(key), 'hex') AS digest FROM keyring.credential_keys
    WHERE org_id = ${tenant.orgId}::uuid AND account_id = ${accountId}::uuid ORDER BY generation`
  await shredGenerationsIn(tx, tenant, accountId)
  const last = await tx.upstream_revocations.findFirst({ where: at, orderBy: { id: 'desc' } })
  await appendAudit(tx, tenant, {
    action: 'connected_account.deleted',
    outcome: 'allowed',
    actor: how.actor,
    user_id: account.user.external_id,
    connected_account_id: publicId('connected_account', accountId),
    details: {
      generations_through: Number(account.credential_generation),
      key_digests: digests.map(({ digest }) => `sha256:${digest}`).join(' '),
      destroyed_at: new Date().toISOString(),
      upstream: last?.status ?? 'nothing_owed',
      ...(last?.error_code && { reason: last.error_code }),
    },
    ...(how.origin && originFields(how.origin)),
  })
}

/** Sets the term of what deleted accounts still owe. @returns the debts */
export async function boundDebtsIn(
  tx: Tx,
  tenant: Tenant,
  accountIds: readonly string[],
): Promise<{ id: string; accountId: string }[]> {
  const debts = await tx.$queryRaw<{ id: string; account_id: string }[]>`
    UPDATE upstream_revocations SET give_up_at = now() + make_interval(secs => ${giveUpSeconds})
    WHERE org_id = ${tenant.orgId}::uuid AND account_id = ANY(${[...accountIds]}::uuid[]) AND status = 'pending'
    RETURNING id, account_id`
  return debts.map(({ id, account_id }) => ({ id, accountId: account_id }))
}
