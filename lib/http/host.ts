import { isIP } from 'node:net'
import { config } from '#lib/config'
import { lookupConnectSession, lookupDomain, lookupObject } from '#lib/db'
import { parseId, sha256 } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { isTrustedPeer } from './client-address.ts'

/** `own` for the deployment's pages; an org's domain otherwise; `unclear` where two parsers could disagree. */
export type Asked =
  | { kind: 'own' }
  | { kind: 'domain'; hostname: string; tenant: Tenant }
  | { kind: 'unclear' }

/** Headers as far as they are read here: our own front has them without making the object. */
type Named = Pick<Headers, 'get'>

/** A host with or without a port, and nothing that a list or a trick of spelling could hide in. */
const shape = /^([a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/**
 * The hostname that a request came to. `X-Forwarded-Host` counts behind a proxy in BEHALF_TRUSTED_PROXIES and nowhere
 * else (THREATS.md S3).
 * @returns null where there is none, or more than one
 */
export function requestHostname(headers: Named): string | null {
  const forwarded = isTrustedPeer(headers.get('x-behalf-peer')) ? headers.get('x-forwarded-host') : null
  const found = shape.exec(forwarded ?? headers.get('host') ?? '')?.[1]
  return found ? found.toLowerCase().replace(/\.$/, '') : null
}

let known: { publicUrl: string; hostname: string } | undefined

/** The deployment's own. It is asked for on every request, and a URL is read no more often than it changes. */
function ownHostname(): string {
  const { publicUrl } = config()
  if (known?.publicUrl !== publicUrl) known = { publicUrl, hostname: new URL(publicUrl).hostname }
  return known.hostname
}

/** Whose pages a request asks for. Names that can be nobody's domain are the deployment's: those inside its network. */
export async function askedFor(headers: Named): Promise<Asked> {
  const hostname = requestHostname(headers)
  if (hostname === null) return { kind: 'unclear' }
  const own = hostname === ownHostname()
  if (own || isIP(hostname) !== 0 || hostname.startsWith('[') || !hostname.includes('.'))
    return { kind: 'own' }
  const tenant = await lookupDomain(hostname)
  return tenant ? { kind: 'domain', hostname, tenant } : { kind: 'own' }
}

/** What is the same for everybody: scripts, styles, logos by their digest, the loader. */
const common =
  /^\/(_next\/static\/[\w./~%@+-]+|brand\/org_[0-9a-f]{32}\/[0-9a-f]{64}|[\w-]+\.(js|css|svg|png|ico|woff2|webmanifest)|connect\/start|connect\/callback\/ac_[0-9a-f]{32})$/
/** What a router may read as another path than the one that is judged here. */
const ambiguous = /(^|\/)\.{1,2}(\/|$)|\/\/|\\|%(2e|2f|5c|25)/i
const ofSession = /^\/connect\/(cs_[0-9a-f]{32})(\/[\w/.-]*)?$/
const ofLink = /^\/c\/([\w-]{16,200})(\/enter)?$/
const ofBearer = /^\/connect\/start\/session$/

/**
 * Whether an org's domain serves a path: its own portal and what belongs to it. The console, the API and the pages of
 * other orgs are not there, whatever opens them.
 * @returns `elsewhere` for a session that is another org's
 */
export async function servedAt(
  tenant: Tenant,
  path: string,
  headers: Named,
): Promise<'served' | 'elsewhere' | 'absent'> {
  if (ambiguous.test(path)) return 'absent'
  if (common.test(path)) return 'served'
  const named = ofSession.exec(path)?.[1]
  if (named !== undefined) {
    const id = parseId('connect_session', named)
    return belongs(tenant, id === null ? null : await lookupObject('connect_session', id))
  }
  const bearer = /^Bearer +([\w.~+/=-]{16,200})$/i.exec(headers.get('authorization') ?? '')?.[1]
  const secret = ofLink.exec(path)?.[1] ?? (ofBearer.test(path) ? (bearer ?? '') : null)
  if (secret === null) return 'absent'
  const found = await lookupConnectSession(sha256(secret))
  return belongs(tenant, found?.tenant ?? null)
}

/** What nobody has is answered by the page that says so. */
const belongs = (tenant: Tenant, owner: Tenant | null) =>
  owner === null || owner.orgId === tenant.orgId ? 'served' : 'elsewhere'
