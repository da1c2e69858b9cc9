import { notFound } from 'next/navigation'
import { deploymentSegment } from '#components/console/shell'
import { config } from '#lib/config'
import { permits } from '#lib/identity/schema'
import type { Tenant } from '#lib/proof'
import { deploymentTenant, resolveTenant } from '#lib/tenancy'
import { orNotFound, signedIn } from '../(console)/console/session.ts'

/**
 * Lets the gallery be seen: by everybody where people practise, elsewhere by those who edit an org's branding.
 * @param org the external id of an org whose look is wanted; needs a signed-in member of it everywhere
 * @returns the org whose look is shown, `null` for the deployment's own; anything else is a 404
 */
export async function galleryFor(org: string | undefined): Promise<Tenant | null> {
  if (org === undefined && (process.env.NODE_ENV === 'development' || config().sandbox)) return null
  const admin = await signedIn()
  if (!admin || org === undefined || !permits(admin.caller.role, 'branding.read')) return notFound()
  if (org === deploymentSegment)
    return admin.caller.reach === null ? deploymentTenant(admin.caller) : notFound()
  return orNotFound(resolveTenant(admin.caller, org))
}
