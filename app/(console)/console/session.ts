import { headers } from 'next/headers'
import { forbidden, notFound, redirect } from 'next/navigation'
import { getServerSession } from 'next-auth'
import { cache } from 'react'
import { z } from 'zod'
import { deploymentSegment } from '#components/console/shell'
import { config } from '#lib/config'
import { toAppError } from '#lib/errors'
import { authenticateMember, type Member } from '#lib/identity'
import { freshFor, type Permission, permits } from '#lib/identity/schema'
import { deploymentOrgId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { deploymentTenant, resolveTenant } from '#lib/tenancy'
import { authOptions } from '../../api/auth/options.ts'
import { returnPath } from '../../api/auth/return-path.ts'

export type Admin = {
  caller: Caller & { kind: 'admin' }
  member: Member
  /** When they last showed who they are, in seconds since 1970. */
  authTime: number
}

const claims = z.object({ memberId: z.uuid(), sessionVersion: z.number().int(), authTime: z.number().int() })

/** The admin behind the request's cookie, read from its row; once per request however many ask. */
export const signedIn = cache(async (): Promise<Admin | null> => {
  const session = claims.safeParse(await getServerSession(authOptions()))
  if (!session.success) return null
  try {
    return { ...(await authenticateMember(session.data)), authTime: session.data.authTime }
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.code === 'unauthenticated') return null
    throw thrown
  }
})

/**
 * The admin, or the sign-in page instead. Every page and action of the console begins with this.
 * @param here path of the page that they come back to once they have signed in
 */
export async function requireAdmin(here: string | null = null): Promise<Admin> {
  // What a sandboxed frame posts has this origin, which next takes for none. No page of ours has it.
  if ((await headers()).get('origin') === 'null') forbidden()
  const admin = await signedIn()
  if (admin) return admin
  redirect(here === null ? '/console/sign-in' : `/console/sign-in?callbackUrl=${encodeURIComponent(here)}`)
}

/** What `work` finds, or the 404 page where it finds nothing: another org's thing looks like one that never was. */
export async function orNotFound<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (thrown) {
    if (toAppError(thrown).code === 'not_found') notFound()
    throw thrown
  }
}

/** Whether their last sign-in is recent enough for what nobody may do with a session that is merely open. */
export const isFresh = ({ authTime }: Admin): boolean =>
  Date.now() / 1000 - authTime < config().console.stepUpMinutes * 60

/**
 * Sends an admin who signed in too long ago to do it again, and back here afterwards. What they had typed is not taken
 * along: it would stand in an address. The permissions of `freshFor` ask for this by themselves.
 */
export async function requireFresh(admin: Admin, here: string | null = null): Promise<void> {
  if (isFresh(admin)) return
  const back = here ?? returnPath((await headers()).get('referer'), config().publicUrl)
  redirect(`/console/sign-in/confirm${back === null ? '' : `?callbackUrl=${encodeURIComponent(back)}`}`)
}

/**
 * Ends the request with 403 for a role that may not do this, whatever the page shows or hides (THREATS.md K4), and asks
 * whether it is still they where a fresh sign-in is needed.
 */
async function assertPermits(
  admin: Admin,
  permission: Permission,
  here: string | null = null,
): Promise<void> {
  if (!permits(admin.caller.role, permission)) forbidden()
  if (freshFor.includes(permission)) await requireFresh(admin, here)
}

/**
 * The admin and the org that the address names by its external id.
 * @param permission what the page or action is about to do
 * @param page which of the org's pages this is, as `approvals/ap_…`, to come back to after the sign-in
 */
export async function requireOrg(
  org: string,
  permission: Permission,
  page = '',
): Promise<Admin & { tenant: Tenant }> {
  const here = `/console/${encodeURIComponent(decoded(org))}${page && `/${page}`}`
  const admin = await requireAdmin(here)
  const tenant = await orNotFound(resolveTenant(admin.caller, decoded(org)))
  await assertPermits(admin, permission, page === '' ? null : here)
  return { ...admin, tenant }
}

/** As `requireOrg`; for the deployment's operators the segment may also name the deployment itself. */
export async function requireTenant(
  segment: string,
  permission: Permission,
  page = '',
): Promise<Admin & { tenant: Tenant }> {
  if (decoded(segment) !== deploymentSegment) return requireOrg(segment, permission, page)
  const here = page === '' ? null : `/console/${deploymentSegment}/${page}`
  const admin = await requireAdmin(here)
  if (admin.caller.reach !== null) notFound()
  await assertPermits(admin, permission, here)
  return { ...admin, tenant: deploymentTenant(admin.caller) }
}

export const isDeployment = (tenant: Tenant): boolean => tenant.orgId === deploymentOrgId

/** Where the pages of an org, or of the deployment, are. */
export const pathOf = (tenant: Tenant): string =>
  `/console/${isDeployment(tenant) ? deploymentSegment : encodeURIComponent(tenant.externalId)}`

/** A segment of the path as the admin's own text: `:` and `@`, which external ids may hold, arrive encoded. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
