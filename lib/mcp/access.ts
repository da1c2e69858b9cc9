import { config } from '#lib/config'
import { AppError } from '#lib/errors'
import { clientCertificate } from '#lib/http'
import { type AgentCaller, actorOf, authenticateToken, insufficientScope, missingToken } from '#lib/identity'
import { parseId } from '#lib/ids'
import { annotateTrace } from '#lib/log'
import { readView, type View } from './view.ts'

/** The endpoints: for all that a token reaches, for one org, and for a toolset. */
export type Place = { kind: 'all' } | { kind: 'org'; org: string } | { kind: 'toolset'; toolset: string }

/** The path of an endpoint. Ids of orgs and toolsets need no escaping (API.md). */
function pathOf(place: Place): string {
  if (place.kind === 'org') return `/mcp/orgs/${place.org}`
  return place.kind === 'toolset' ? `/mcp/toolsets/${place.toolset}` : '/mcp'
}

/** The one audience that is good at an endpoint (RFC 8707). */
const resourceOf = (place: Place): string => `${config().publicUrl}${pathOf(place)}`

/** Who calls, and where. */
export type Entered = {
  caller: AgentCaller
  place: Place
  /** What there is to see, read now. @throws as `readView` */
  look: () => Promise<View>
  /** When the token's time is over. */
  expiresAt: Date
  /** Whether the token still counts, looked up now. */
  inForce: () => Promise<boolean>
}

/** The scopes of which a token needs one to see tools at all. */
export const toolScopes = ['tools:read', 'tools:write'] as const

/** All that a client may as well ask for at once: tools that its token is too narrow for are hidden from it. */
const usefulScopes = toolScopes.join(' ')

/**
 * The refusal of a call that the token is too narrow for. It names what the token has as well: a client asks for what
 * stands there, and would lose the rest (MCP 2026-07-28, Authorization, step-up).
 * @param why where it is not a scope that is missing, but what the person agreed to that is another now
 */
export const tooNarrow = (place: Place, held: readonly string[], lacking: string, why?: string): AppError =>
  insufficientScope(
    resourceOf(place),
    toolScopes.filter((scope) => held.includes(scope) || scope === lacking).join(' '),
    why,
  )

/**
 * Lets in who brings an access token for this very endpoint. Nothing else is taken: no key, and no token of a provider's
 * or for another resource (MCP 2026-07-28, Authorization: no token passthrough).
 * @throws AppError `unauthenticated` or `insufficient_scope`, with the challenge that names the metadata; `not_found` for
 *   a toolset that is not this agent's
 */
export async function enter(request: Request, place: Place): Promise<Entered> {
  const resource = resourceOf(place)
  const { headers, method, url } = request
  if (headers.get('authorization') === null) throw missingToken(resource, usefulScopes)
  const certificate = clientCertificate(headers)
  const presented = { headers, method, url, resource, scopes: toolScopes, certificate }
  const { caller, expiresAt, inForce } = await authenticateToken(presented)
  annotateTrace({ actor: actorOf(caller), tenant: caller.reach })
  // The audience named the org already; that it is the token's own is for us to see.
  if (place.kind === 'org' && caller.reach.externalId !== place.org) throw missingToken(resource)
  const toolsetId = place.kind === 'toolset' ? parseId('agent_toolset', place.toolset) : null
  if (place.kind === 'toolset' && toolsetId === null)
    throw new AppError('not_found', { detail: 'There is no such toolset.' })
  const look = () => readView(caller, toolsetId)
  // Whether a toolset is there, and this agent's, is said at the door.
  if (toolsetId !== null) await look()
  return { caller, place, look, expiresAt, inForce }
}
