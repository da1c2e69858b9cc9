import { appendAudit, type Origin, originFields } from '#lib/audit'
import { getAccount, pauseAccountIn } from '#lib/consent'
import type { ConnectedAccount } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { authConfigOf } from '#lib/oauth'
import type { Caller, Tenant } from '#lib/proof'
import { withCredential } from '#lib/vault'
import { connectorOf, type Deps } from '../context.ts'
import { refresherOf } from './refresher.ts'
import { verify } from './verify.ts'

/** Pauses or resumes an account: a person's own, or as an admin. @throws AppError `not_found`, `conflict` */
export const setPaused = (
  tenant: Tenant,
  caller: Caller,
  accountId: string,
  paused: boolean,
  origin: Origin,
): Promise<ConnectedAccount> =>
  forOrg(tenant, async (tx) => {
    const account = await pauseAccountIn(
      tx,
      tenant,
      accountId,
      paused,
      caller.kind === 'end_user' ? 'user' : 'admin',
    )
    await appendAudit(tx, tenant, {
      action: paused ? 'connected_account.paused' : 'connected_account.resumed',
      outcome: 'allowed',
      actor: actorOf(caller),
      user_id: account.user_id,
      connected_account_id: account.id,
      ...originFields(origin),
    })
    return account
  })

/**
 * Renews an account's access token now; of one that is unverified it also asks whose it is, and puts it in use.
 * @throws AppError `not_found`, `reauthorization_required`, `upstream_error`, `conflict`
 */
export async function refresh(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  accountId: string,
  origin: Origin,
): Promise<ConnectedAccount> {
  const account = await getAccount(tenant, accountId)
  if (account.status === 'revoked' || account.status === 'needs_reauth') {
    throw new AppError('reauthorization_required', { detail: 'The user must connect this account again.' })
  }
  const row = await forOrg(tenant, (tx) =>
    tx.connected_accounts.findUniqueOrThrow({
      where: { org_id_id: { org_id: tenant.orgId, id: accountId } },
    }),
  )
  const auth = await authConfigOf(tenant, { orgId: row.auth_config_org_id, id: row.auth_config_id })
  const connector = connectorOf(deps, row.connector)
  const refresher = refresherOf(deps, tenant, connector, auth)
  await withCredential(
    tenant,
    accountId,
    { ...refresher, mustRenew: () => true, force: true },
    async (presented) => {
      if (account.status !== 'unverified') return
      await verify(deps, tenant, caller, { accountId, connector, auth, presented }, origin)
    },
  )
  await forOrg(tenant, (tx) =>
    appendAudit(tx, tenant, {
      action: 'connected_account.refreshed',
      outcome: 'allowed',
      actor: actorOf(caller),
      user_id: account.user_id,
      connected_account_id: account.id,
      ...originFields(origin),
    }),
  )
  return getAccount(tenant, accountId)
}
