import type { Tenant } from '#lib/proof'
import { isDeployment } from '../../../session.ts'

/** What must be typed before a revocation that no user or connector narrows, or that is over every org. */
export function toType(
  tenant: Tenant,
  filter: { user_id?: string | undefined; connector?: string | undefined },
): string | null {
  if (isDeployment(tenant)) return 'every organization'
  return filter.user_id === undefined && filter.connector === undefined ? tenant.externalId : null
}
