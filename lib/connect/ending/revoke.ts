import { appendAudit, type Origin, originFields } from '#lib/audit'
import { getAccountIn, stopAccountIn } from '#lib/consent'
import type { ConnectedAccount } from '#lib/consent/schema'
import { forOrg, Prisma, type Tx } from '#lib/db'
import { emit } from '#lib/events'
import { actorOf } from '#lib/identity'
import { newId } from '#lib/ids'
import { enqueueIn } from '#lib/jobs'
import type { Caller, Tenant } from '#lib/proof'
import { dropCredentialIn } from '#lib/vault'
import { dropFromGrantsIn } from '../agent-grants/end.ts'
import type { Deps } from '../context.ts'
import { cancelSessionsIn } from '../flow/cancel-sessions.ts'
import { type Settled, settleRevocation } from './settle-revocation.ts'

/** What a revocation reached: here it always takes effect; at the provider it may not be possible. */
export type Revoked = { account: ConnectedAccount; stopped: true; upstream: Settled }

/**
 * Ends a connected account. First here, in one transaction: from its commit on no call gets the credential. Then at
 * the provider, at once and if need be later by a job; what became of that is recorded too.
 * @param reason why, as the audit keeps it
 * @throws AppError `not_found`
 */
export async function revoke(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  accountId: string,
  reason: string,
  origin: Origin,
): Promise<Revoked> {
  const revocationId = await forOrg(tenant, (tx) => revokeIn(tx, tenant, caller, accountId, reason, origin))
  const upstream = revocationId ? await settleRevocation(deps, tenant, revocationId, origin) : 'unsupported'
  const account = await forOrg(tenant, (tx) => getAccountIn(tx, tenant, accountId))
  return { account, stopped: true, upstream }
}

/**
 * The part of a revocation that takes effect here.
 * @returns what is owed to the provider, now or since an earlier revocation; `null` for nothing ever
 */
export async function revokeIn(
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  accountId: string,
  reason: string,
  origin: Origin,
): Promise<string | null> {
  const account = await getAccountIn(tx, tenant, accountId)
  if (!(await stopAccountIn(tx, tenant, accountId, 'revoked', reason)))
    return lastRevocationIn(tx, tenant, accountId)
  const owed = await oweRevocationIn(tx, tenant, accountId, 30)
  await dropCredentialIn(tx, tenant, accountId)
  // A consent that is under way for this account would undo what was just decided.
  await cancelSessionsIn(
    tx,
    tenant,
    Prisma.sql`s.connected_account_id = ${accountId}::uuid`,
    'account_revoked',
  )
  await appendAudit(tx, tenant, {
    action: 'connected_account.revoked',
    outcome: 'allowed',
    actor: actorOf(caller),
    user_id: account.user_id,
    connected_account_id: account.id,
    connection_id: account.connection?.id ?? null,
    details: { reason },
    ...originFields(origin),
  })
  await emit(tx, tenant, 'connected_account.revoked', {
    connected_account_id: account.id,
    user_id: account.user_id,
    connector: account.connector,
    reason,
  })
  await dropFromGrantsIn(tx, tenant, [accountId], { actor: actorOf(caller), reason, origin })
  return owed
}

/**
 * Copies the sealed tokens from the credential, where calls find them, to what is owed to the provider. A job is
 * queued in the same transaction, so that a crash before the provider is told loses nothing.
 * @param runInSeconds when the job begins, at the earliest
 */
export async function oweRevocationIn(
  tx: Tx,
  tenant: Tenant,
  accountId: string,
  runInSeconds: number,
): Promise<string | null> {
  const at = { org_id: tenant.orgId, account_id: accountId }
  // A renewal that is being written down needs the account too: after it, or before it, but not beside it.
  await tx.$queryRaw`SELECT 1 FROM connected_accounts WHERE org_id = ${tenant.orgId}::uuid
    AND id = ${accountId}::uuid FOR NO KEY UPDATE`
  const credential = await tx.credentials.findUnique({ where: { org_id_account_id: at } })
  const account = await tx.connected_accounts.findUnique({
    where: { org_id_id: { org_id: tenant.orgId, id: accountId } },
  })
  if (!credential || !account) return null
  const id = newId()
  await tx.upstream_revocations.create({
    data: {
      org_id: tenant.orgId,
      id,
      account_id: accountId,
      connection_id: credential.connection_id,
      connector: account.connector,
      auth_config_org_id: account.auth_config_org_id,
      auth_config_id: account.auth_config_id,
      generation: credential.generation,
      key_version: credential.key_version,
      sealed: credential.sealed,
      status: 'pending',
    },
  })
  await enqueueIn(tx, tenant, 'settle_revocation', { revocation_id: id }, { runInSeconds })
  return id
}

async function lastRevocationIn(tx: Tx, tenant: Tenant, accountId: string): Promise<string | null> {
  const where = { org_id: tenant.orgId, account_id: accountId }
  return (await tx.upstream_revocations.findFirst({ where, orderBy: { id: 'desc' } }))?.id ?? null
}
