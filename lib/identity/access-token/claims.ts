import { errors, jwtVerify, type ProtectedHeaderParameters } from 'jose'
import { z } from 'zod'
import { config } from '#lib/config'
import { authorizationDetails } from '#lib/scopes/schema'
import { externalId } from '#lib/tenancy/schema'
import { keyNamed } from './keys.ts'

/** RFC 9068 §2.1. */
const accessTokenTyp = 'at+jwt'

/** Who issues our access tokens (RFC 8414). */
export const tokenIssuer = (): string => `${config().publicUrl}/oauth`

const lengthMax = 16_000
/** Seconds by which clocks may differ: those of our own processes. */
const leewaySeconds = 5
/** Seconds for which a process may go on signing with a key that another has retired, and more. */
const retiredGraceSeconds = 90

const agentName = z.string().regex(/^ag_[0-9a-f]{32}$/)

/** Who acts for whom (RFC 8693 §4.1), the nearest first. */
type Act = { sub: string; act?: Act | undefined }
const act: z.ZodType<Act> = z.lazy(() => z.object({ sub: agentName, act: act.optional() }))

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: z.string().regex(/^(ag|usr)_[0-9a-f]{32}$/),
  client_id: z.string().min(1).max(2_000),
  org: externalId,
  agent: agentName,
  exp: z.number(),
  iat: z.number(),
  jti: z.string().min(1).max(255),
  scope: z.string().max(500).default(''),
  act: act.optional(),
  cnf: z.strictObject({ jkt: z.string().optional(), 'x5t#S256': z.string().optional() }).optional(),
  authorization_details: authorizationDetails.optional(),
  grant_id: z
    .string()
    .regex(/^gr_[0-9a-f]{32}$/)
    .optional(),
  may_act: z.looseObject({ sub: z.string().optional(), client_id: z.string().optional() }).optional(),
})

/** What one of our access tokens says. */
export type AccessClaims = z.infer<typeof claimsSchema>

/** Why a token is none of ours, for the log; `expired` is no secret. */
export class BadToken extends Error {
  readonly expired: boolean
  constructor(message: string, expired = false, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.expired = expired
  }
}

/** The agents that a token names, the one that calls first. */
export function actorsOf({ agent, sub, act: actor }: AccessClaims): string[] {
  const actors: string[] = []
  for (let at = actor; at; at = at.act) actors.push(at.sub)
  if (actors.length === 0) actors.push(agent)
  // An agent's own authority that was passed on: it is where the chain ends.
  if (sub.startsWith('ag_') && actors.at(-1) !== sub) actors.push(sub)
  return actors
}

/** Members of a header that say where a key is to be had: ours are known. */
const ownKeyMembers = ['jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'crit', 'b64'] as const

const keyFor = async (header: ProtectedHeaderParameters) => {
  if (ownKeyMembers.some((name) => name in header)) throw new BadToken('brings its key along')
  const found = typeof header.kid === 'string' ? await keyNamed(header.kid) : null
  if (!found) throw new BadToken('signed with no key of ours')
  return found
}

/**
 * Reads one of our own access tokens: our signature, type, issuer and times, and for one of our own resources.
 * @param audiences the resources that it may be for; it must be for exactly one of them
 * @throws BadToken for anything else
 * @see RFC 9068 §4, RFC 8725
 */
export async function readAccessToken(
  token: string,
  audiences: (audience: string) => boolean,
): Promise<AccessClaims> {
  if (token.length > lengthMax) throw new BadToken('too long')
  let retiredAt: number | null = null
  const { payload } = await jwtVerify(
    token,
    async (header) => {
      const found = await keyFor(header)
      retiredAt = found.retiredAt
      return found.key
    },
    {
      algorithms: ['ES256'],
      typ: accessTokenTyp,
      issuer: tokenIssuer(),
      clockTolerance: leewaySeconds,
      requiredClaims: ['exp', 'iat', 'jti', 'aud', 'sub'],
    },
  ).catch((error: unknown) => {
    if (error instanceof errors.JOSEError)
      throw new BadToken(error.code, error instanceof errors.JWTExpired, error)
    throw error
  })
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) throw new BadToken(`claims: ${parsed.error.issues[0]?.path.join('.')}`)
  const claims = parsed.data
  if (!audiences(claims.aud)) throw new BadToken('for another resource')
  if (claims.iat > Date.now() / 1000 + leewaySeconds) throw new BadToken('from the future')
  if (retiredAt !== null && claims.iat > retiredAt + retiredGraceSeconds)
    throw new BadToken('signed with a key after it was retired')
  const actors = actorsOf(claims)
  if (actors[0] !== claims.agent) throw new BadToken('names another agent as its actor')
  if (claims.sub.startsWith('usr_') && claims.act === undefined) throw new BadToken('a user without an actor')
  if (new Set(actors).size !== actors.length) throw new BadToken('an actor twice')
  if (actors.length > config().tokens.delegationDepthMax) throw new BadToken('too many actors')
  return claims
}
