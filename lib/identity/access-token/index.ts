import { sha256 } from '#lib/ids'
import { annotateTrace } from '#lib/log'
import type { Caller, Tenant } from '#lib/proof'
import { noteAgentSeen } from '../agents/client.ts'
import { insufficientScope, invalidProof, invalidToken, missingToken, type Scheme } from './challenge.ts'
import { type AccessClaims, BadToken, readAccessToken } from './claims.ts'
import { readProof } from './dpop.ts'
import { spendOnce } from './spent.ts'
import { type Standing, standingNow, standingOf } from './standing.ts'

export { insufficientScope, missingToken, proofAlgorithms } from './challenge.ts'
export { actorsOf } from './claims.ts'
export { readProof } from './dpop.ts'
export { userFrom } from './own-user.ts'
export { spendOnce, sweepProofs } from './spent.ts'

/**
 * An access token of ours that somebody hands in, for whichever of our resources, with everybody in it in force.
 * @returns `null` for anything else
 * @throws AppError `unavailable`
 */
export async function liveToken(token: string): Promise<{ claims: AccessClaims; tenant: Tenant } | null> {
  const claims = await readAccessToken(token, () => true).catch((error: unknown) => {
    if (error instanceof BadToken) return null
    throw error
  })
  const standing = claims && (await standingNow(claims))
  return claims && standing ? { claims, tenant: standing.tenant } : null
}

export type AgentCaller = Caller & { kind: 'agent' }

/** A request as it asks for a protected resource. */
type Presented = {
  headers: Headers
  method: string
  /** As it was asked for; its path counts. */
  url: string
  /** RFC 8707: the resource of ours that it is; a token is good at the one in its `aud`. */
  resource: string
  /** The least that the token needs: one of these. What it lacks is told by the first. */
  scopes: readonly [string, ...string[]]
  /** Of the certificate that the client showed, SHA-256 in base64url (RFC 8705), where a proxy of ours says so. */
  certificate?: string | null
}

const credentials = /^(Bearer|DPoP) +([\w-]+\.[\w-]+\.[\w-]+)$/i

/** Whether what stands in `Authorization` is an access token, good or bad, rather than a secret key. */
export const presentsToken = (headers: Headers): boolean => {
  const given = headers.get('authorization') ?? ''
  return /^DPoP /i.test(given) || (credentials.test(given) && /^\S+ +eyJ/.test(given))
}

/**
 * The agent behind a request's access token (RFC 9068), with everybody who stands behind it: each is in force, none of
 * that is older than half a second. The errors carry their challenge in `headers` (RFC 6750 §3, RFC 9449 §7.1,
 * RFC 9728 §5.1).
 * @throws AppError `unauthenticated` for no, another's, an expired or a withdrawn token, and for one that is bound to a
 *   key that is not proven; `insufficient_scope` for one that was given too little; `unavailable`
 */
export const authenticateAccessToken = async (presented: Presented): Promise<AgentCaller> =>
  (await authenticateToken(presented)).caller

/** A caller, and how long they are let in for what outlives their request. */
type Authenticated = {
  caller: AgentCaller
  expiresAt: Date
  /** Whether the token still counts, looked up now. @throws AppError `unavailable` */
  inForce: () => Promise<boolean>
}

/** As `authenticateAccessToken`, for what goes on after the request: it has to ask again. @throws as that */
export async function authenticateToken(presented: Presented): Promise<Authenticated> {
  const { headers, resource, scopes } = presented
  const given = headers.get('authorization')
  if (given === null) throw missingToken(resource, scopes[0])
  const [, name = '', token = ''] = credentials.exec(given) ?? []
  const scheme: Scheme = name.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer'
  if (token === '') throw invalidToken(resource, 'not a token', { scheme })
  const claims = await readAccessToken(token, (audience) => audience === resource).catch((error: unknown) => {
    if (!(error instanceof BadToken)) throw error
    const description = error.expired ? 'The access token has expired' : undefined
    throw invalidToken(resource, error.message, {
      scheme,
      cause: error,
      ...(description !== undefined && { description }),
    })
  })
  const standing = await standingOf(claims)
  if (!standing) throw invalidToken(resource, 'somebody in it is not in force', { scheme })
  await assertPossession(presented, token, scheme, claims, standing)
  const permissions = claims.scope.split(' ').filter(Boolean)
  if (!scopes.some((scope) => permissions.includes(scope))) throw insufficientScope(resource, scopes[0])
  annotateTrace({ agentId: standing.agent.agentId })
  noteAgentSeen(standing.tenant, standing.agent)
  return {
    caller: callerOf(standing, permissions, claims),
    expiresAt: new Date(claims.exp * 1000),
    inForce: async () => (await standingNow(claims)) !== null,
  }
}

/** A token that is bound to a key is worth nothing without it, and one that is bound to none takes no proof. */
async function assertPossession(
  { headers, method, url, resource, certificate = null }: Presented,
  token: string,
  scheme: Scheme,
  { cnf = {} }: AccessClaims,
  { tenant }: Standing,
): Promise<void> {
  const { jkt, 'x5t#S256': x5t } = cnf
  if (x5t !== undefined && x5t !== certificate)
    throw invalidToken(resource, 'bound to another certificate', { scheme })
  if (jkt === undefined) {
    if (scheme === 'DPoP') throw invalidToken(resource, 'bound to no key', { scheme })
    return
  }
  if (scheme !== 'DPoP')
    throw invalidToken(resource, 'bound to a key, sent without proof', { scheme: 'DPoP' })
  const proof = await readProof(resource, { proof: headers.get('dpop'), token, method, url })
  if (proof.thumbprint !== jkt) throw invalidProof(resource, 'dpop: another key')
  if (!(await spendOnce(tenant, 'dpop', [jkt, proof.jti], proof.expiresAt)))
    throw invalidProof(resource, 'dpop: used before')
}

const callerOf = (
  { tenant, agent, via, userId, grantId }: Standing,
  permissions: readonly string[],
  { aud, jti, authorization_details: details }: AccessClaims,
): AgentCaller => {
  const known: Partial<AgentCaller> = {
    kind: 'agent',
    ...agent,
    reach: tenant,
    userId,
    via,
    permissions,
    grantId,
    resource: aud,
    tokenDigest: Buffer.from(sha256(jti)).toString('base64url'),
    ...(details && { authorizationDetails: details }),
  }
  return known as AgentCaller
}
