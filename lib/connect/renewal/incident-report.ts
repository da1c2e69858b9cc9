import { forOrg, heldAccounts } from '#lib/db'
import { deploymentOrgId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Incident } from '../schema.ts'

/**
 * A page of the incidents of auth configs that this org, or the deployment, owns; newest first.
 * @param before the internal id of the last one seen
 */
export async function listIncidents(
  owner: Tenant,
  before: string | null,
  most: number,
  open?: 'open',
): Promise<Incident[]> {
  const { rows, names } = await forOrg(owner, async (tx) => {
    const rows = await tx.provider_incidents.findMany({
      where: {
        org_id: owner.orgId,
        ...(before !== null && { id: { lt: before } }),
        ...(open && { resolution: null }),
      },
      orderBy: { id: 'desc' },
      take: most,
    })
    const configs = await tx.auth_configs.findMany({
      where: { org_id: owner.orgId, id: { in: rows.map(({ auth_config_id }) => auth_config_id) } },
      select: { id: true, name: true },
    })
    return { rows, names: new Map(configs.map(({ id, name }) => [id, name])) }
  })
  return Promise.all(
    rows.map(async (row) => ({
      id: publicId('incident', row.id),
      connector: row.connector,
      auth_config_id: publicId('auth_config', row.auth_config_id),
      auth_config_name: names.get(row.auth_config_id) ?? '',
      error_code: row.error_code,
      started_at: row.started_at.toISOString(),
      last_seen_at: row.last_seen_at.toISOString(),
      resolution: row.resolution as Incident['resolution'],
      resolved_at: row.resolved_at?.toISOString() ?? null,
      held:
        row.resolution === null ? await heldAccounts({ orgId: owner.orgId, id: row.auth_config_id }) : null,
    })),
  )
}

const openMost = 50

/** The incidents that are open now. */
export const openIncidents = (owner: Tenant): Promise<Incident[]> =>
  listIncidents(owner, null, openMost, 'open')

/** An org's accounts that are held in incidents of the deployment's auth configs, which it does not see itself. */
export const heldThroughDeployment = (tenant: Tenant): Promise<{ connector: string; held: number }[]> =>
  forOrg(
    tenant,
    (tx) => tx.$queryRaw<{ connector: string; held: number }[]>`
      SELECT a.connector, count(*)::int AS held FROM credentials c
      JOIN connected_accounts a ON a.org_id = c.org_id AND a.id = c.account_id
      WHERE c.org_id = ${tenant.orgId}::uuid AND c.hold_reason = 'suspect' AND c.dead_at IS NULL
        AND a.auth_config_org_id = ${deploymentOrgId}::uuid AND a.org_id <> a.auth_config_org_id
      GROUP BY a.connector ORDER BY a.connector`,
  )
