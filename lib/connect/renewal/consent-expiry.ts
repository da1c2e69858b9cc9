import { appendAudit } from '#lib/audit'
import { getAccountIn, stopAccountIn } from '#lib/consent'
import { forOrg, type Tx } from '#lib/db'
import { emit } from '#lib/events'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { dropCredentialIn } from '#lib/vault'
import { connectorOf, type Deps } from '../context.ts'
import { oweRevocationIn } from '../ending/revoke.ts'

const batch = 50
const system = { type: 'system', id: 'consent_expiry' }

/**
 * Ends what people lent for a time that is over. Calls were refused from that second on; this destroys the credential,
 * ends it at the provider where that ends nothing else, and says that the person is needed. Nothing renews it any more.
 * @returns how many accounts were ended; a full batch means that there may be more
 */
export async function endExpiredConsents(deps: Deps, tenant: Tenant): Promise<number> {
  const ended = await forOrg(tenant, (tx) => expiredIn(tx, tenant))
  let done = 0
  for (const one of ended) if (await forOrg(tenant, (tx) => endIn(deps, tx, tenant, one))) done++
  return done
}

type Expired = { id: string; connector: string; connection_id: string; expires_at: Date }

/** By the clock of the database, as calls are. */
const expiredIn = (tx: Tx, tenant: Tenant): Promise<Expired[]> =>
  tx.$queryRaw<Expired[]>`
    SELECT a.id, a.connector, c.id AS connection_id, c.expires_at FROM connections c
    JOIN connected_accounts a ON a.org_id = c.org_id AND a.current_connection_id = c.id
    WHERE c.org_id = ${tenant.orgId}::uuid AND c.expires_at <= now() AND a.deleted_at IS NULL
      AND a.status IN ('active', 'paused', 'unverified')
    ORDER BY c.expires_at LIMIT ${batch}`

async function endIn(deps: Deps, tx: Tx, tenant: Tenant, expired: Expired): Promise<boolean> {
  // A new consent may have come since it was looked for: then this one is not the account's any more.
  const still = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM connected_accounts WHERE org_id = ${tenant.orgId}::uuid AND id = ${expired.id}::uuid
      AND current_connection_id = ${expired.connection_id}::uuid FOR UPDATE`
  if (still.length === 0) return false
  if (!(await stopAccountIn(tx, tenant, expired.id, 'needs_reauth', 'consent_expired'))) return false
  // Only where that ends one token: the person may be renewing at this moment, and a wider end would end that too.
  const { auth } = connectorOf(deps, expired.connector)
  if (auth.revoke?.endsWiderGrant === false) await oweRevocationIn(tx, tenant, expired.id, 0)
  await dropCredentialIn(tx, tenant, expired.id)
  const account = await getAccountIn(tx, tenant, expired.id)
  await appendAudit(tx, tenant, {
    action: 'connected_account.needs_reauth',
    outcome: 'denied',
    actor: system,
    user_id: account.user_id,
    connected_account_id: account.id,
    connection_id: publicId('connection', expired.connection_id),
    error_code: 'consent_expired',
    details: { consent_expired_at: expired.expires_at.toISOString() },
  })
  await emit(tx, tenant, 'connected_account.needs_reauth', {
    connected_account_id: account.id,
    user_id: account.user_id,
    connector: account.connector,
    reason: 'consent_expired',
  })
  return true
}
