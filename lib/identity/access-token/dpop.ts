import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, errors, type JWK, jwtVerify } from 'jose'
import { z } from 'zod'
import { config } from '#lib/config'
import { invalidProof, proofAlgorithms } from './challenge.ts'

/** Seconds for which a proof is good, and by which clocks may differ. */
const ageSecondsMax = 60
const leewaySeconds = 5
const nonceSeconds = 180

const claimsSchema = z.object({
  jti: z.string().min(1).max(255),
  htm: z.string(),
  htu: z.string().max(2_000),
  iat: z.number().int(),
  ath: z.string().optional(),
  nonce: z.string().max(200).optional(),
})

const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** The same in every process, and another every few minutes. @param age 0 for the present one */
function nonceOf(age: number): string {
  const period = Math.floor(Date.now() / 1000 / nonceSeconds) - age
  return createHmac('sha256', config().sessionSecret).update(`dpop-nonce/${period}`).digest('base64url')
}

const same = (one: string, other: string) => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Without query and fragment (RFC 9449 §4.3), as the URL parser spells it. */
function target(text: string): string | null {
  const url = URL.parse(text)
  return url && `${url.origin}${url.pathname}`
}

export type Proof = { thumbprint: string; jti: string; expiresAt: number }

/**
 * Checks that whoever sends a token, or asks for one, holds the key that it is bound to. Not yet that the proof was never
 * used.
 * @param token `null` where one is asked for; nonces are the authorization server's own matter then
 * @param url the address that was asked for; its origin is our public one
 * @throws AppError `unauthenticated` with the challenge of RFC 9449 §7.1
 */
export async function readProof(
  resource: string,
  { proof, token, method, url }: { proof: string | null; token: string | null; method: string; url: string },
): Promise<Proof> {
  const refuse = (why: string, cause?: unknown) => invalidProof(resource, `dpop: ${why}`, undefined, cause)
  // Two headers arrive as one with a comma, which no proof has.
  if (proof === null || proof.length > 8_000 || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof))
    throw refuse('none, or more than one')
  const { payload, protectedHeader } = await jwtVerify(
    proof,
    (header, jws) => {
      const { jwk } = header
      if (!jwk || secretMembers.some((name) => name in jwk)) throw refuse('a private key, or none')
      if (header.crit !== undefined) throw refuse('critical members')
      return EmbeddedJWK(header, jws)
    },
    {
      typ: 'dpop+jwt',
      algorithms: [...proofAlgorithms],
      maxTokenAge: ageSecondsMax,
      clockTolerance: leewaySeconds,
    },
  ).catch((error: unknown) => {
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw refuse('signature', error)
    throw error
  })
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) throw refuse(`claims: ${parsed.error.issues[0]?.path.join('.')}`)
  const { jti, htm, htu, iat, ath, nonce } = parsed.data
  if (htm !== method) throw refuse('for another method')
  if (target(htu) !== target(new URL(new URL(url).pathname, config().publicUrl).href))
    throw refuse('for another address')
  if (token !== null && !same(ath ?? '', createHash('sha256').update(token).digest('base64url')))
    throw refuse('for another token')
  const wanted = token !== null && config().tokens.dpopNonce
  if (wanted && ![0, 1].some((age) => nonce !== undefined && same(nonce, nonceOf(age))))
    throw invalidProof(resource, 'dpop: without our nonce', nonceOf(0))
  const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk as JWK)
  return { thumbprint, jti, expiresAt: iat + ageSecondsMax + leewaySeconds }
}
