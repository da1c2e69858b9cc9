import { appendAudit, type Origin, originFields } from '#lib/audit'
import type { Connector } from '#lib/connector-kit'
import { getAccountIn, verifyAccountIn } from '#lib/consent'
import { forOrg, isUniqueViolation } from '#lib/db'
import { AppError } from '#lib/errors'
import { emit } from '#lib/events'
import { actorOf } from '#lib/identity'
import { type AuthConfig, addressedBy, type Presented, whoIs } from '#lib/oauth'
import type { Caller, Tenant } from '#lib/proof'
import type { Deps } from '../context.ts'

/**
 * Asks the provider whose an unverified account is and puts it in use.
 * @throws AppError `reauthorization_required` when the provider refuses its token; `conflict` when the user has that
 *   account connected already; `upstream_error`
 */
export async function verify(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  { accountId, connector, auth, presented }: VerifyFacts,
  origin: Origin,
): Promise<void> {
  const identity = await whoIs(
    deps.egress,
    connector,
    addressedBy(auth, connector, presented.fields),
    presented,
    tenant,
  )
  if (identity.kind !== 'account') {
    throw new AppError(
      'reauthorization_required',
      { detail: `${connector.name} does not say whose account this is. The user must connect it again.` },
      { internal: `identity: ${identity.kind}` },
    )
  }
  await forOrg(tenant, async (tx) => {
    if (!(await verifyAccountIn(tx, tenant, accountId, identity.account))) return
    const account = await getAccountIn(tx, tenant, accountId)
    const ids = { connected_account_id: account.id, connection_id: account.connection?.id ?? null }
    await appendAudit(tx, tenant, {
      action: 'connected_account.verified',
      outcome: 'allowed',
      actor: actorOf(caller),
      user_id: account.user_id,
      ...ids,
      ...originFields(origin),
    })
    await emit(tx, tenant, 'connected_account.connected', {
      ...ids,
      user_id: account.user_id,
      connector: account.connector,
      scopes: account.connection?.scopes ?? [],
    })
  }).catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error
    throw new AppError('conflict', {
      detail: `The user has this account of ${connector.name} connected already. Revoke one of the two.`,
    })
  })
}

type VerifyFacts = { accountId: string; connector: Connector; auth: AuthConfig; presented: Presented }
