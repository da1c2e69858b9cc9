import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { deploymentTenant, resolveTenant } from '#lib/tenancy'
import { operator } from './here.ts'

/**
 * The organization that an option names, or the deployment without one.
 * @throws Error with one readable line when there is none
 */
export async function tenantNamed(org: string | undefined): Promise<Tenant> {
  if (org === undefined) return deploymentTenant(operator)
  return resolveTenant(operator, org).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') {
      throw new Error(`there is no organization "${org}": \`npm run behalf -- orgs list\` shows them`)
    }
    throw error
  })
}
