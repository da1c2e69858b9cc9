import { getSession } from '#lib/consent'
import { lookupObject } from '#lib/db'
import { parseId } from '#lib/ids'
import { getOrg, type PortalTheme, publishedTheme } from '#lib/tenancy'

/** What is known of a session before anybody has proven anything: nothing in it is secret. */
type Shell = {
  /** `connect`, or `manage` for the person's own page. */
  kind: string
  frameAncestors: string[]
  /** The language that the host asked for, if any. */
  locale: string | null
  /** The origin of the product that the person came from, where the session returns to one. */
  home: string | null
  branding: Branding
}

/** Whose page it is, and how it looks. */
type Branding = { name: string; theme: PortalTheme }

/** What the page in `/connect/{id}` may be framed by, and how its org looks; for an unknown id, nothing. */
export async function shell(sessionPublicId: string): Promise<Shell | null> {
  const id = parseId('connect_session', sessionPublicId)
  const tenant = id && (await lookupObject('connect_session', id))
  if (!tenant) return null
  const [session, organization, theme] = await Promise.all([
    getSession(tenant, id),
    getOrg(tenant),
    publishedTheme(tenant),
  ])
  const { kind, embed_origins: frameAncestors, locale, return_url } = session
  const home = return_url && new URL(return_url).origin
  return { kind, frameAncestors, locale, home, branding: { name: theme.name ?? organization.name, theme } }
}

export const brandingOf = (organization: { name: string; branding: Record<string, unknown> }) => ({
  name: organization.name,
  primary: typeof organization.branding.primary === 'string' ? organization.branding.primary : null,
})
