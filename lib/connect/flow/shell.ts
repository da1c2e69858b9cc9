import { getSession } from '#lib/consent'
import { lookupObject } from '#lib/db'
import { parseId } from '#lib/ids'
import { getOrg } from '#lib/tenancy'

/** What the page in `/connect/{id}` may be framed by, and how its org looks; for an unknown id, nothing. */
export async function shell(
  sessionPublicId: string,
): Promise<{ frameAncestors: string[]; branding: { name: string; primary: string | null } } | null> {
  const id = parseId('connect_session', sessionPublicId)
  const tenant = id && (await lookupObject('connect_session', id))
  if (!tenant) return null
  const [session, organization] = await Promise.all([getSession(tenant, id), getOrg(tenant)])
  return { frameAncestors: session.embed_origins, branding: brandingOf(organization) }
}

export const brandingOf = (organization: { name: string; branding: Record<string, unknown> }) => ({
  name: organization.name,
  primary: typeof organization.branding.primary === 'string' ? organization.branding.primary : null,
})
