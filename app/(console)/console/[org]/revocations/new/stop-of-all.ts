import { listStops } from '#lib/limits'
import type { Stop } from '#lib/limits/schema'
import type { Tenant } from '#lib/proof'

/** The stop of every call of the org, or of the deployment, that holds now. */
export const stopOfAll = async (tenant: Tenant): Promise<Stop | undefined> =>
  (await listStops(tenant, { status: 'active' }, null, 200)).find(
    ({ subject, until }) => (subject.type === 'org' || subject.type === 'all') && until === null,
  )
