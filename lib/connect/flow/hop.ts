import { sealData, unsealData } from 'iron-session'
import { getSession } from '#lib/consent'
import { forOrg, lookupDomain, lookupObject } from '#lib/db'
import { parseId, publicId } from '#lib/ids'
import { originAt } from '#lib/tenancy'
import type { Open } from '../context.ts'
import { password } from './flow-cookie.ts'

/** A provider's answer on its way from the deployment's host, which the provider knows, to the page it belongs to. */
type Hop = { session: string; params: string }

const hopSeconds = 60

/** Remembers at which domain of the org's the browser is that now goes to the provider; null for the deployment's own. */
export async function rememberHost({ tenant, session }: Open, hostname: string | null): Promise<void> {
  if (session.portal_host === hostname) return
  await forOrg(tenant, (tx) =>
    tx.connect_sessions.update({
      where: { org_id_id: { org_id: tenant.orgId, id: session.id } },
      data: { portal_host: hostname },
    }),
  )
}

/**
 * Where a callback without a cookie here may have one: at the domain that the browser left from. The redirect URI stays
 * the deployment's, as the provider knows no other; the answer travels sealed, so that whoever ends TLS for that domain
 * reads no code in its logs. It is good for a minute and, as the state in it, once. Without the cookie it is of no use.
 * @returns null where the session's pages are here
 */
export async function hopBack(
  sessionPublicId: string,
  authConfigId: string,
  params: URLSearchParams,
): Promise<string | null> {
  const id = parseId('connect_session', sessionPublicId)
  const tenant = id && (await lookupObject('connect_session', id))
  if (!tenant) return null
  const { portal_host: host } = await getSession(tenant, id)
  // Asked again: the domain may have gone down, or to another org, since the browser left.
  if (host === null || (await lookupDomain(host))?.orgId !== tenant.orgId) return null
  const hop: Hop = { session: publicId('connect_session', id), params: params.toString() }
  const sealed = await sealData(hop, { password: password('hop'), ttl: hopSeconds })
  return `${originAt(host)}/connect/callback/${encodeURIComponent(authConfigId)}?hop=${encodeURIComponent(sealed)}`
}

/** What a hop carries; null for one that is forged or older than a minute. */
export async function openHop(sealed: string): Promise<{ session: string; params: URLSearchParams } | null> {
  const options = { password: password('hop'), ttl: hopSeconds }
  const hop = await unsealData<Partial<Hop>>(sealed, options).catch((): Partial<Hop> => ({}))
  if (typeof hop.session !== 'string' || typeof hop.params !== 'string') return null
  return { session: hop.session, params: new URLSearchParams(hop.params) }
}
