import { appendAudit } from '#lib/audit'
import { getAccountIn, resumeAccountIn, stopAccountIn } from '#lib/consent'
import { forOrg } from '#lib/db'
import { emit } from '#lib/events'
import { publicId } from '#lib/ids'
import { metrics } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { type CredentialRef, markDeadIn, restoreIn } from '#lib/vault'

const vault = { type: 'system', id: 'vault' }

/** Marks an account whose consent is gone at the provider, takes its credential out of use and says so. */
export async function needsReauth(tenant: Tenant, ref: CredentialRef, reason: string): Promise<void> {
  await forOrg(tenant, async (tx) => {
    // Only the credential that was found dead: a consent that came in between stays.
    if (!(await markDeadIn(tx, tenant, ref, reason))) return
    if (!(await stopAccountIn(tx, tenant, ref.accountId, 'needs_reauth', reason))) return
    const account = await getAccountIn(tx, tenant, ref.accountId)
    await appendAudit(tx, tenant, {
      action: 'connected_account.needs_reauth',
      outcome: 'failed',
      actor: vault,
      user_id: account.user_id,
      connected_account_id: account.id,
      connection_id: publicId('connection', ref.connectionId),
      error_code: reason,
    })
    await emit(tx, tenant, 'connected_account.needs_reauth', {
      connected_account_id: account.id,
      user_id: account.user_id,
      connector: account.connector,
      reason,
    })
  })
}

/**
 * Takes back a `needs_reauth` that was wrong: the renewal that was given up as lost has come in, or the provider
 * refuses too many alike to be believed.
 * @param reason the `status_reason` that is taken back
 * @param holdSeconds for one whose credential is dead: until it is tried again
 */
export async function restoreAccount(
  tenant: Tenant,
  accountId: string,
  reason: string,
  holdSeconds?: number,
): Promise<void> {
  await forOrg(tenant, async (tx) => {
    const usable =
      holdSeconds === undefined
        ? await tx.credentials.count({
            where: { org_id: tenant.orgId, account_id: accountId, dead_at: null },
          })
        : await restoreIn(tx, tenant, accountId, reason, holdSeconds)
    if (!usable) return
    if (!(await resumeAccountIn(tx, tenant, accountId, reason))) return
    const account = await getAccountIn(tx, tenant, accountId)
    await appendAudit(tx, tenant, {
      action: 'connected_account.restored',
      outcome: 'allowed',
      actor: vault,
      user_id: account.user_id,
      connected_account_id: account.id,
      connection_id: account.connection?.id ?? null,
      details: { reason },
    })
    await emit(tx, tenant, 'connected_account.restored', {
      connected_account_id: account.id,
      user_id: account.user_id,
      connector: account.connector,
      reason,
    })
  })
}

/** Records in the org's chain that sealed tokens do not open where they stand: an alarm. */
export async function recordTampering(tenant: Tenant, ref: CredentialRef): Promise<void> {
  metrics.alarms.inc({ kind: 'vault_integrity' })
  await forOrg(tenant, (tx) =>
    appendAudit(tx, tenant, {
      action: 'credential.integrity_failed',
      outcome: 'denied',
      actor: vault,
      connected_account_id: publicId('connected_account', ref.accountId),
      connection_id: publicId('connection', ref.connectionId),
      error_code: 'vault_integrity',
      details: { generation: String(ref.generation) },
    }),
  )
}
