import { errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Egress } from '#lib/egress'
import { AppError } from '#lib/errors'
import { issuerKeys } from './jwks.ts'
import type { Delivery, Ended, Notice } from './notice.ts'

/** Why a security event token is not taken, in the words of RFC 8935 §2.4. */
export type SetError = 'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience'

export class RefusedSet extends Error {
  readonly code: SetError
  constructor(code: SetError, description: string) {
    super(description)
    this.name = 'RefusedSet'
    this.code = code
  }
}

const types = 'https://schemas.openid.net/secevent/'

/**
 * What each event means for a consent: it ended with its tokens, or the provider ended the person's sessions, which
 * ends ours too, and the tokens are given back. What is not here changes nothing: new claims or a new password are no
 * word on what was granted, and `token-revoked` names a token by its hash alone, which its next use will find dead.
 */
const meanings: Readonly<Record<string, { tokensEnded: boolean }>> = {
  [`${types}risc/event-type/sessions-revoked`]: { tokensEnded: false },
  [`${types}risc/event-type/account-disabled`]: { tokensEnded: false },
  [`${types}risc/event-type/account-purged`]: { tokensEnded: true },
  [`${types}oauth/event-type/tokens-revoked`]: { tokensEnded: true },
  [`${types}caep/event-type/session-revoked`]: { tokensEnded: false },
}

// Asymmetric only: with these a published key signs nothing.
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

/** RFC 9493 §3.2.5, and the drafts before it that Google follows. */
const subject = z
  .looseObject({ iss: z.string(), sub: z.string().min(1).max(300) })
  .refine(({ format, subject_type }) =>
    ['iss_sub', 'iss-sub', 'id_token_claims', 'id-token-claims'].includes(String(format ?? subject_type)),
  )

const withoutSlash = (url: string) => url.replace(/\/$/, '')

/** The person that an event is about, if it says so in terms of this issuer. */
function subjectOf(payload: JWTPayload, event: unknown, issuer: string): string | null {
  const inner = z.looseObject({}).safeParse(event).data ?? {}
  const named = [inner.subject, payload.sub_id].flatMap((candidate) => [
    candidate,
    z.looseObject({}).safeParse(candidate).data?.user,
  ])
  for (const candidate of named) {
    const { data } = subject.safeParse(candidate)
    if (data && withoutSlash(data.iss) === withoutSlash(issuer)) return data.sub
  }
  return named.some((candidate) => candidate !== undefined) ? null : (payload.sub ?? null)
}

const claims = z.object({
  jti: z.string().min(1).max(200),
  iat: z.number(),
  toe: z.number().optional(),
  events: z.record(z.string(), z.unknown()).refine((events) => Object.keys(events).length > 0),
})

async function verify(egress: Egress, facts: Facts, token: string, now: Date): Promise<JWTPayload> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, issuerKeys(egress, facts.jwksUrl), {
      algorithms,
      issuer: facts.issuers.flatMap((issuer) => [withoutSlash(issuer), `${withoutSlash(issuer)}/`]),
      audience: facts.audience,
      requiredClaims: ['jti', 'iat', 'events'],
      clockTolerance: 300,
      currentDate: now,
    })
    // RFC 8417 §2.3; Google leaves it out. An access token (`at+jwt`) of the same issuer is no event.
    if (!['secevent+jwt', 'jwt', undefined].includes(protectedHeader.typ?.toLowerCase()))
      throw new RefusedSet('invalid_request', 'typ is not secevent+jwt')
    return payload
  } catch (error) {
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss')
      throw new RefusedSet('invalid_issuer', 'the issuer is not one of this configuration')
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
      throw new RefusedSet('invalid_audience', 'the audience is not this client')
    if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
      throw new RefusedSet('invalid_request', 'a claim is missing or out of its time')
    if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
      if (error instanceof RefusedSet) throw error
      throw new AppError(
        'unavailable',
        {},
        { internal: 'the keys of an issuer cannot be read', cause: error },
      )
    }
    throw new RefusedSet('invalid_key', 'the signature is not one of the issuer')
  }
}

type Facts = { issuers: readonly string[]; jwksUrl: string; audience: string }

/**
 * Reads a pushed security event token (RFC 8417, RFC 8935), as of Google's RISC and of CAEP.
 * @param facts.audience our client id at the issuer
 * @throws RefusedSet; AppError `unavailable` when the issuer's keys cannot be read: the provider sends it again
 */
export async function readSharedSignals(egress: Egress, facts: Facts, delivery: Delivery): Promise<Notice> {
  const token = delivery.body.toString('utf8').trim()
  const payload = await verify(egress, facts, token, delivery.now)
  const parsed = claims.safeParse(payload)
  if (!parsed.success) throw new RefusedSet('invalid_request', 'not a security event token')
  const { jti, iat, toe, events } = parsed.data
  const ended = Object.entries(events).flatMap(([type, event]): Ended[] => {
    const meaning = Object.hasOwn(meanings, type) ? meanings[type] : undefined
    const account = meaning ? subjectOf(payload, event, payload.iss ?? '') : null
    return meaning && account !== null ? [{ account, ...meaning }] : []
  })
  return {
    kind: 'news',
    id: jti,
    at: new Date((toe ?? iat) * 1000),
    event: Object.keys(events)
      .map((type) => type.slice(type.lastIndexOf('/') + 1).slice(0, 60))
      .join(' '),
    ended,
  }
}
