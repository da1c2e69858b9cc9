import { sqlForOrg } from '#lib/db'
import type { AuthConfig } from '#lib/oauth'
import type { Tenant } from '#lib/proof'

// A token bucket per auth config, in the database so that all processes together keep to it. The bucket holds a tenth
// of a second's worth and fills at nine tenths of the cap: in no second do more than the cap leave.

const make = {
  name: 'refresh_budget_make',
  text: `INSERT INTO refresh_budgets (org_id, auth_config_id, tokens, updated_at) VALUES ($1, $2, $3, clock_timestamp())
    ON CONFLICT DO NOTHING`,
}

const look = {
  name: 'refresh_budget_look',
  // A clock that was set back must not stop all refreshes until it has caught up.
  text: `SELECT least($3, tokens + $4 * abs(extract(epoch FROM clock_timestamp() - updated_at)))::float8 AS available
    FROM refresh_budgets WHERE org_id = $1 AND auth_config_id = $2 FOR UPDATE`,
}

const spend = {
  name: 'refresh_budget_spend',
  text: `UPDATE refresh_budgets SET tokens = $3, updated_at = clock_timestamp() WHERE org_id = $1 AND auth_config_id = $2`,
}

/**
 * Takes leave to refresh up to `wanted` credentials of an auth config now.
 * @param owner the org that the auth config belongs to
 * @param perSecondMax most refreshes in any second, over all processes
 * @returns how many may be refreshed
 */
export function takeRefreshPermits(
  owner: Tenant,
  auth: Pick<AuthConfig, 'id'>,
  wanted: number,
  perSecondMax: number,
): Promise<number> {
  const rate = perSecondMax * 0.9
  const burst = Math.max(1, perSecondMax * 0.1)
  return sqlForOrg(owner, async (sql) => {
    await sql(make, [owner.orgId, auth.id, burst])
    const [row] = await sql<{ available: number }>(look, [owner.orgId, auth.id, burst, rate])
    const available = row?.available ?? 0
    const taken = Math.min(wanted, Math.floor(available))
    if (taken > 0) await sql(spend, [owner.orgId, auth.id, available - taken])
    return Math.max(0, taken)
  })
}
