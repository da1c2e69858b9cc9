import { coversAll } from '#lib/connect/schema'
import type { Tenant } from '#lib/proof'
import { isDeployment } from '../../../session.ts'

/** What must be typed, by both of two people, before everything of an org is revoked, or over every org; else nothing. */
export function toType(tenant: Tenant, filter: Readonly<Record<string, unknown>>): string | null {
  if (isDeployment(tenant)) return 'every organization'
  return coversAll(filter) ? tenant.externalId : null
}
