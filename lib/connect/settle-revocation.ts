import { appendAudit, type Origin, originFields } from '#lib/audit'
import { isUnverified } from '#lib/consent'
import { forOrg, sharesGrant } from '#lib/db'
import { AppError } from '#lib/errors'
import { emit } from '#lib/events'
import { publicId } from '#lib/ids'
import { metrics } from '#lib/log'
import { authConfigOf, revokeUpstream, type UpstreamRevocation } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { readCredential, shredGenerationsIn, withOwedTokens, withTokens } from '#lib/vault'
import { connectorOf, type Deps } from './context.ts'

/** `pending` is being tried again; the others are final. */
export type Settled = 'revoked' | 'unsupported' | 'pending' | 'unconfirmed'

const attemptsMax = 8

/**
 * Tells the provider what is owed to it, once; a failure that may pass leaves the debt for the job to try again.
 * The sealed tokens are wiped as soon as the outcome is final.
 */
export async function settleRevocation(
  deps: Deps,
  tenant: Tenant,
  revocationId: string,
  origin: Origin | null,
): Promise<Settled> {
  const at = { org_id_id: { org_id: tenant.orgId, id: revocationId } }
  const owed = await forOrg(tenant, (tx) => tx.upstream_revocations.findUnique({ where: at }))
  if (!owed) return 'unconfirmed'
  if (owed.status !== 'pending' || !owed.sealed) return owed.status as Settled
  const connector = connectorOf(deps, owed.connector)
  const auth = await authConfigOf(tenant, { orgId: owed.auth_config_org_id, id: owed.auth_config_id })
  const account = await forOrg(tenant, (tx) =>
    tx.connected_accounts.findUniqueOrThrow({
      where: { org_id_id: { org_id: tenant.orgId, id: owed.account_id } },
    }),
  )
  const tokens = {
    accountId: owed.account_id,
    connectionId: owed.connection_id,
    generation: owed.generation,
    keyVersion: owed.key_version,
    sealed: owed.sealed,
  }
  const wider = connector.auth.revoke?.endsWiderGrant ?? false
  const stillUsed = await tokensInUse(tenant, owed.account_id)
  const result: UpstreamRevocation =
    wider &&
    // Nobody knows whose it is, so nobody knows whose grant would end with it.
    (isUnverified(account.provider_account_id) ||
      (await sharesGrant(auth, account.provider_account_id, account.id)))
      ? { outcome: 'unconfirmed', errorCode: 'grant_shared', mayPass: false }
      : await withOwedTokens(tenant, tokens, ({ accessToken, refreshToken }) => {
          // Some providers answer a second consent with the token of the first.
          if (stillUsed.includes(accessToken) || stillUsed.includes(refreshToken ?? '')) {
            return Promise.resolve<UpstreamRevocation>({
              outcome: 'unconfirmed',
              errorCode: 'token_in_use',
              mayPass: false,
            })
          }
          return revokeUpstream(deps.egress, connector, tenant, auth, { accessToken, refreshToken })
        })
  const errorCode = result.outcome === 'unconfirmed' ? result.errorCode : null
  const again = result.outcome === 'unconfirmed' && result.mayPass && owed.attempts + 1 < attemptsMax
  const status: Settled = again ? 'pending' : result.outcome
  metrics.revocations.inc({ outcome: status })
  await forOrg(tenant, async (tx) => {
    const settled = await tx.upstream_revocations.updateMany({
      where: { org_id: tenant.orgId, id: revocationId, status: 'pending' },
      data: {
        status,
        error_code: errorCode,
        attempts: { increment: 1 },
        ...(!again && { sealed: null, finished_at: new Date() }),
      },
    })
    if (again || settled.count !== 1) return
    await shredGenerationsIn(tx, tenant, owed.account_id)
    const ids = {
      connected_account_id: publicId('connected_account', owed.account_id),
      connection_id: publicId('connection', owed.connection_id),
    }
    await appendAudit(tx, tenant, {
      action: 'connected_account.revocation_settled',
      outcome: status === 'revoked' ? 'allowed' : 'unknown',
      actor: { type: 'system', id: 'revocation' },
      ...ids,
      error_code: status === 'unconfirmed' ? 'revoke_unconfirmed' : null,
      details: { upstream: status, connector: owed.connector, ...(errorCode && { reason: errorCode }) },
      ...(origin && originFields(origin)),
    })
    await emit(tx, tenant, 'connected_account.revocation_settled', { ...ids, upstream: status })
  })
  return status
}

/** What the account's present consent rests on: it must outlive the end of an earlier one. */
async function tokensInUse(tenant: Tenant, accountId: string): Promise<string[]> {
  const live = await readCredential(tenant, accountId).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'reauthorization_required') return null
    throw error
  })
  if (!live) return []
  return withTokens(tenant, live, live.key, async ({ accessToken, refreshToken }) =>
    refreshToken === null ? [accessToken] : [accessToken, refreshToken],
  )
}
