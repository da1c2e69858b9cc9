import type { Stop } from '#lib/limits/schema'
import type { Tenant } from '#lib/proof'

/** What must be typed before everything of an organization stops, or everything that there is; else nothing. */
export const toType = (tenant: Tenant, type: Stop['subject']['type']): string | null =>
  type === 'all' ? 'every organization' : type === 'org' ? tenant.externalId : null
