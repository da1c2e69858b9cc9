import { newId, publicId } from '#lib/ids'
import { signer } from '#lib/signing'
import { issuer } from '../issuer.ts'

/** How long an access token is good, in seconds: what ends it before its time is looked at on every use. */
export const accessTokenSeconds = 600

/** The agents that a token names as acting, the nearest first (RFC 8693 §4.1). */
export type Actor = { sub: string; act?: Actor }

/** What an access token says, in our words. */
export type AccessTokenFacts = {
  resource: string
  scopes: readonly string[]
  /** The org's external id. */
  org: string
  clientId: string
  /** `ag_…` */
  agent: string
  team: string | null
  environment: string | null
  /** `usr_…` of whoever it acts for; `null` where it acts for nobody. */
  user: string | null
  /** Agents in between, the nearest to the caller first; the caller itself is put before them. */
  via?: readonly string[]
  /** The person's consent on our page, by its internal id. */
  grantId: string | null
  authorizationDetails?: readonly Readonly<Record<string, unknown>>[]
  /** What it is bound to: a key (RFC 9449 §6) or a certificate (RFC 8705 §3). */
  cnf?: { jkt: string } | { 'x5t#S256': string }
  /** Its own id; a new one where absent. */
  jti?: string
  /** Shorter than the usual ten minutes, in seconds. */
  seconds?: number
}

export type AccessTokenClaims = {
  iss: string
  aud: string
  iat: number
  exp: number
  jti: string
  sub: string
  client_id: string
  scope: string
  org: string
  agent: string
  team?: string
  environment?: string
  permissions: string[]
  act?: Actor
  cnf?: { jkt: string } | { 'x5t#S256': string }
  authorization_details?: readonly Readonly<Record<string, unknown>>[]
  grant_id?: string
}

/** The claims of an access token (RFC 9068 §2.2): every one of ours is made here, so that all look alike. */
export function accessTokenClaims(facts: AccessTokenFacts): AccessTokenClaims {
  const iat = Math.floor(Date.now() / 1000)
  const scopes = [...facts.scopes].sort()
  const actors = facts.user === null ? (facts.via ?? []) : [facts.agent, ...(facts.via ?? [])]
  const act = actors.reduceRight<Actor | undefined>(
    (inner, sub) => ({ sub, ...(inner && { act: inner }) }),
    undefined,
  )
  return {
    iss: issuer(),
    aud: facts.resource,
    iat,
    exp: iat + Math.min(facts.seconds ?? accessTokenSeconds, accessTokenSeconds),
    jti: facts.jti ?? newId(),
    sub: facts.user ?? facts.agent,
    client_id: facts.clientId,
    scope: scopes.join(' '),
    org: facts.org,
    agent: facts.agent,
    ...(facts.team !== null && { team: facts.team }),
    ...(facts.environment !== null && { environment: facts.environment }),
    permissions: scopes,
    ...(act && { act }),
    ...(facts.cnf && { cnf: facts.cnf }),
    ...(facts.authorizationDetails && { authorization_details: facts.authorizationDetails }),
    ...(facts.grantId !== null && { grant_id: publicId('agent_grant', facts.grantId) }),
  }
}

/** Signs claims as an access token, with the deployment's current key. @throws AppError `unavailable` */
export async function signAccessToken(claims: AccessTokenClaims): Promise<string> {
  const { sign } = await signer()
  return sign('at+jwt', new TextEncoder().encode(JSON.stringify(claims)))
}
