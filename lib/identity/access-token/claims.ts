import { verify } from 'node:crypto'
import { decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose'
import { z } from 'zod'
import { config } from '#lib/config'
import { authorizationDetails } from '#lib/scopes/schema'
import { externalId } from '#lib/tenancy/schema'
import { keyNamed } from './keys.ts'

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
  nbf: z.number().optional(),
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

/** RFC 9068 §2.1. */
const types = /^(application\/)?at\+jwt$/i
const shape = /^[\w-]+\.[\w-]+\.[\w-]{86}$/

/**
 * What our signature is on. Node's own verification at once, as it takes half as long as handing it to WebCrypto, and of
 * one algorithm alone there is nothing to choose.
 */
async function opened(token: string): Promise<{ payload: unknown; retiredAt: number | null }> {
  if (token.length > lengthMax || !shape.test(token)) throw new BadToken('not signed with ES256')
  try {
    const header = decodeProtectedHeader(token)
    if (header.alg !== 'ES256') throw new BadToken('another algorithm')
    if (header.typ === undefined || !types.test(header.typ)) throw new BadToken('another type of token')
    const { key, retiredAt } = await keyFor(header)
    const [head = '', body = '', signature = ''] = token.split('.')
    const signed = Buffer.from(`${head}.${body}`)
    const by = { key, dsaEncoding: 'ieee-p1363' } as const
    if (!verify('sha256', signed, by, Buffer.from(signature, 'base64url')))
      throw new BadToken('the signature is not of that key')
    return { payload: JSON.parse(Buffer.from(body, 'base64url').toString('utf8')), retiredAt }
  } catch (error) {
    throw error instanceof TypeError || error instanceof SyntaxError
      ? new BadToken('not a token', false, error)
      : error
  }
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
  const { payload, retiredAt } = await opened(token)
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) throw new BadToken(`claims: ${parsed.error.issues[0]?.path.join('.')}`)
  const claims = parsed.data
  const now = Date.now() / 1000
  if (claims.iss !== tokenIssuer()) throw new BadToken('of another issuer')
  if (claims.exp <= now - leewaySeconds) throw new BadToken('expired', true)
  if (claims.nbf !== undefined && claims.nbf > now + leewaySeconds) throw new BadToken('not good yet')
  if (!audiences(claims.aud)) throw new BadToken('for another resource')
  if (claims.iat > now + leewaySeconds) throw new BadToken('from the future')
  if (retiredAt !== null && claims.iat > retiredAt + retiredGraceSeconds)
    throw new BadToken('signed with a key after it was retired')
  const actors = actorsOf(claims)
  if (actors[0] !== claims.agent) throw new BadToken('names another agent as its actor')
  if (claims.sub.startsWith('usr_') && claims.act === undefined) throw new BadToken('a user without an actor')
  if (new Set(actors).size !== actors.length) throw new BadToken('an actor twice')
  if (actors.length > config().tokens.delegationDepthMax) throw new BadToken('too many actors')
  return claims
}
