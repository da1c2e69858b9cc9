import { appendAudit, type Origin, originFields } from '#lib/audit'
import { isUnverified } from '#lib/consent'
import { forOrg, sharesGrant, type Tx } from '#lib/db'
import { AppError, toAppError } from '#lib/errors'
import { emit } from '#lib/events'
import { publicId } from '#lib/ids'
import { log, metrics } from '#lib/log'
import { authConfigOf, revokeUpstream, type UpstreamRevocation } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { readCredential, shredGenerationsIn, withOwedTokens, withTokens } from '#lib/vault'
import { connectorOf, type Deps } from '../context.ts'
import { certifyDeletionIn } from './certificate.ts'

/** `pending` is being tried again; the others are final. */
export type Settled = 'revoked' | 'unsupported' | 'pending' | 'unconfirmed'

const attemptsMax = 8
const system = { type: 'system', id: 'revocation' }

type Debt = NonNullable<Awaited<ReturnType<Tx['upstream_revocations']['findUnique']>>>

/**
 * Tells the provider what is owed to it, once; a failure that may pass leaves the debt for the job to try again, up to
 * its term if it has one. The sealed tokens are wiped and their key destroyed as soon as the outcome is final.
 */
export async function settleRevocation(
  deps: Deps,
  tenant: Tenant,
  revocationId: string,
  origin: Origin | null,
): Promise<Settled> {
  const { owed, over } = await forOrg(tenant, async (tx) => {
    const at = { org_id_id: { org_id: tenant.orgId, id: revocationId } }
    const [term] = await tx.$queryRaw<{ over: boolean }[]>`
      SELECT coalesce(give_up_at <= now(), false) AS over FROM upstream_revocations
      WHERE org_id = ${tenant.orgId}::uuid AND id = ${revocationId}::uuid`
    return { owed: await tx.upstream_revocations.findUnique({ where: at }), over: term?.over ?? false }
  })
  if (!owed) return 'unconfirmed'
  if (owed.status !== 'pending' || !owed.sealed) return owed.status as Settled
  const result: UpstreamRevocation = over
    ? { outcome: 'unconfirmed', errorCode: owed.error_code ?? 'no_answer_in_time', mayPass: false }
    : await tell(deps, tenant, owed, owed.sealed).catch(unexpected)
  const errorCode = result.outcome === 'unconfirmed' ? result.errorCode : null
  const again = result.outcome === 'unconfirmed' && result.mayPass && owed.attempts + 1 < attemptsMax
  const status: Settled = again ? 'pending' : result.outcome
  metrics.revocations.inc({ outcome: status })
  await forOrg(tenant, (tx) => recordIn(tx, tenant, owed, { status, errorCode }, origin))
  return status
}

/** A secret that does not open, a connector that is gone: tried again like an answer that did not come. */
function unexpected(error: unknown): UpstreamRevocation {
  log.error({ err: error }, 'revocation not told')
  return { outcome: 'unconfirmed', errorCode: toAppError(error).code, mayPass: true }
}

async function tell(
  deps: Deps,
  tenant: Tenant,
  owed: Debt,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<UpstreamRevocation> {
  const connector = connectorOf(deps, owed.connector)
  const auth = await authConfigOf(tenant, { orgId: owed.auth_config_org_id, id: owed.auth_config_id })
  const account = await forOrg(tenant, (tx) =>
    tx.connected_accounts.findUniqueOrThrow({
      where: { org_id_id: { org_id: tenant.orgId, id: owed.account_id } },
    }),
  )
  const wider = connector.auth.revoke?.endsWiderGrant ?? false
  // Nobody knows whose an unverified account is, so nobody knows whose grant would end with it.
  const unknown = isUnverified(account.provider_account_id)
  if (wider && (unknown || (await sharesGrant(auth, account.provider_account_id, account.id))))
    return { outcome: 'unconfirmed', errorCode: 'grant_shared', mayPass: false }
  const stillUsed = await tokensInUse(tenant, owed.account_id)
  const stored = {
    accountId: owed.account_id,
    connectionId: owed.connection_id,
    generation: owed.generation,
    keyVersion: owed.key_version,
    sealed,
  }
  return withOwedTokens(tenant, stored, async (tokens) => {
    const { accessToken, refreshToken } = tokens
    // Some providers answer a second consent with the token of the first.
    if (stillUsed.includes(accessToken) || stillUsed.includes(refreshToken ?? ''))
      return { outcome: 'unconfirmed', errorCode: 'token_in_use', mayPass: false }
    const named = unknown ? null : account.provider_account_id
    return revokeUpstream(deps.egress, connector, tenant, auth, tokens, named)
  })
}

async function recordIn(
  tx: Tx,
  tenant: Tenant,
  owed: Debt,
  { status, errorCode }: { status: Settled; errorCode: string | null },
  origin: Origin | null,
): Promise<void> {
  const final = status !== 'pending'
  const settled = await tx.upstream_revocations.updateMany({
    where: { org_id: tenant.orgId, id: owed.id, status: 'pending' },
    data: {
      status,
      error_code: errorCode,
      attempts: { increment: 1 },
      ...(final && { sealed: null, finished_at: new Date() }),
    },
  })
  if (settled.count !== 1) return
  await tx.mass_revocation_accounts.updateMany({
    where: { org_id: tenant.orgId, upstream_revocation_id: owed.id },
    data: { upstream: status, error_code: errorCode, ...(final && { settled_at: new Date() }) },
  })
  if (!final) return
  const ids = {
    connected_account_id: publicId('connected_account', owed.account_id),
    connection_id: publicId('connection', owed.connection_id),
  }
  await appendAudit(tx, tenant, {
    action: 'connected_account.revocation_settled',
    outcome: status === 'revoked' ? 'allowed' : 'unknown',
    actor: system,
    ...ids,
    error_code: status === 'unconfirmed' ? 'revoke_unconfirmed' : null,
    details: { upstream: status, connector: owed.connector, ...(errorCode && { reason: errorCode }) },
    ...(origin && originFields(origin)),
  })
  await emit(tx, tenant, 'connected_account.revocation_settled', { ...ids, upstream: status })
  await certifyDeletionIn(tx, tenant, owed.account_id, { actor: system, origin })
  await shredGenerationsIn(tx, tenant, owed.account_id)
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
