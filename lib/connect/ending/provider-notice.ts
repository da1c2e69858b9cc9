import { appendAudit, type Origin, originFields } from '#lib/audit'
import { getAccountIn, stopAccountIn } from '#lib/consent'
import { accountsAtProvider, forOrg, lookupObject, lookupTenant } from '#lib/db'
import { AppError } from '#lib/errors'
import { emit } from '#lib/events'
import { parseId, publicId } from '#lib/ids'
import { log } from '#lib/log'
import { authConfigOf, type Ended, readNotice } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { dropCredentialIn } from '#lib/vault'
import { connectorOf, type Deps } from '../context.ts'
import { oweRevocationIn } from './revoke.ts'

/** What a provider's delivery led to; `answer` is what it wants to hear where it tests the address. */
export type Received = {
  answer: Readonly<Record<string, string>> | null
  duplicate: boolean
  stopped: number
}

export type RawDelivery = { authConfigId: string; headers: Headers; body: Buffer }

/**
 * Takes a notice of a provider's: the accounts whose consent it says has ended are stopped at once, in every org that
 * uses this auth config and in no other (THREATS.md W2, W3).
 * @param raw.authConfigId public id, from the address that the provider was given
 * @throws AppError `not_found`, `unauthenticated`, `unsupported_media_type`; RefusedSet for a security event token
 */
export async function receiveNotice(deps: Deps, raw: RawDelivery, origin: Origin): Promise<Received> {
  const id = parseId('auth_config', raw.authConfigId)
  const owner = id && (await lookupObject('auth_config', id))
  if (!id || !owner) throw new AppError('not_found')
  const auth = await authConfigOf(owner, { orgId: owner.orgId, id })
  const connector = connectorOf(deps, auth.connector)
  const delivery = { headers: raw.headers, body: raw.body, now: new Date() }
  const notice = await readNotice(deps.egress, connector, owner, auth, delivery)
  if (notice.kind === 'challenge') return { answer: notice.answer, duplicate: false, stopped: 0 }

  const known = { org_id: owner.orgId, auth_config_id: id, notice_id: notice.id }
  const at = { org_id_auth_config_id_notice_id: known }
  const before = await forOrg(owner, (tx) => tx.provider_notices.findUnique({ where: at }))
  if (before) return { answer: null, duplicate: true, stopped: 0 }
  let stopped = 0
  for (const ended of notice.ended) {
    for (const ref of await accountsAtProvider(auth, ended.account, ended.workspace ?? false)) {
      const tenant = await lookupTenant(ref.orgId)
      if (!tenant) continue
      const news = { ended, at: notice.at, event: notice.event, connector: connector.id }
      if (await stopIn(tenant, ref.accountId, news, origin)) stopped++
    }
  }
  // Last: what a crash left undone is done when the provider delivers again, and what was done is not done twice.
  await forOrg(owner, (tx) => tx.provider_notices.createMany({ data: [known], skipDuplicates: true }))
  log.info({ connector: connector.id, event: notice.event, stopped }, 'notice of a provider')
  return { answer: null, duplicate: false, stopped }
}

type News = { ended: Ended; at: Date | null; event: string; connector: string }

const stopIn = (tenant: Tenant, accountId: string, news: News, origin: Origin): Promise<boolean> =>
  forOrg(tenant, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM connected_accounts WHERE org_id = ${tenant.orgId}::uuid
      AND id = ${accountId}::uuid FOR NO KEY UPDATE`
    const current = await tx.credentials.findUnique({
      where: { org_id_account_id: { org_id: tenant.orgId, account_id: accountId } },
      select: { connection_id: true },
    })
    const connection =
      current &&
      (await tx.connections.findUnique({
        where: { org_id_id: { org_id: tenant.orgId, id: current.connection_id } },
        select: { consented_at: true },
      }))
    // Late news of an earlier consent, or news that somebody plays again, is none of the present one. Providers tell
    // the time in whole seconds.
    if (connection && news.at && connection.consented_at.getTime() >= news.at.getTime() + 1000) return false
    if (!(await stopAccountIn(tx, tenant, accountId, 'needs_reauth', 'revoked_at_provider'))) return false
    if (!news.ended.tokensEnded) await oweRevocationIn(tx, tenant, accountId, 0)
    await dropCredentialIn(tx, tenant, accountId)
    const account = await getAccountIn(tx, tenant, accountId)
    await appendAudit(tx, tenant, {
      action: 'connected_account.needs_reauth',
      outcome: 'failed',
      actor: { type: 'provider', id: news.connector },
      user_id: account.user_id,
      connected_account_id: account.id,
      connection_id: current ? publicId('connection', current.connection_id) : null,
      error_code: 'revoked_at_provider',
      details: { notice: news.event },
      ...originFields(origin),
    })
    await emit(tx, tenant, 'connected_account.needs_reauth', {
      connected_account_id: account.id,
      user_id: account.user_id,
      connector: account.connector,
      reason: 'revoked_at_provider',
    })
    return true
  })
