import { type Statement, sqlForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'

const inForce: Statement = {
  name: 'upstream_in_force',
  text: `SELECT a.status FROM connected_accounts a JOIN connections c
      ON c.org_id = a.org_id AND c.id = a.current_connection_id
    WHERE a.org_id = $1::uuid AND a.id = $2::uuid AND c.id = $3::uuid
      AND (c.expires_at IS NULL OR c.expires_at > now())`,
}

/**
 * Looks once more whether a call that had to wait may still leave: nothing starts after a revocation was answered.
 * @throws AppError `reauthorization_required`, `account_paused`
 */
export async function assertInForce(tenant: Tenant, accountId: string, connectionId: string): Promise<void> {
  const [row] = await sqlForOrg(tenant, (sql) =>
    sql<{ status: string }>(inForce, [tenant.orgId, accountId, connectionId]),
  )
  if (row?.status === 'active') return
  if (row?.status === 'paused') {
    throw new AppError('account_paused', { detail: 'The account was paused while the call waited.' })
  }
  throw new AppError('reauthorization_required', { detail: 'The user must connect this account again.' })
}
