import { createPublicKey, type JsonWebKey } from 'node:crypto'
import type { JWK } from 'jose'
import { algorithms } from '../algorithms.ts'

/** What only a private or a symmetric key has (RFC 7518 §6). */
export const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

/** Why a key is not one to verify with; `null` where it is (RFC 7518 §3.3). */
export function weaknessOf(jwk: JWK): string | null {
  if (secretMembers.some((name) => name in jwk)) return 'must be a public key: a part of it is private'
  if (jwk.alg !== undefined && !algorithms.includes(jwk.alg)) return 'is for an algorithm that is not taken'
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
    const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
    if (key.asymmetricKeyType === 'rsa' && modulusLength < 2048) return 'must have 2048 bits or more'
    return ['rsa', 'ec', 'ed25519'].includes(key.asymmetricKeyType ?? '')
      ? null
      : 'is of a kind that signs nothing here'
  } catch {
    return 'is not a key'
  }
}

/** Those of published keys that signatures may be verified with. */
export const usableKeys = (keys: readonly JWK[]): JWK[] =>
  keys.filter((jwk) => (jwk.use === undefined || jwk.use === 'sig') && weaknessOf(jwk) === null)

/**
 * The keys of a SPIFFE trust bundle that vouch for JWT-SVIDs. The others of the bundle sign certificates.
 * @see SPIFFE Trust Domain and Bundle §4.2.1, where `use` is `jwt-svid`
 */
export const svidKeys = (keys: readonly JWK[]): JWK[] =>
  usableKeys(keys.filter(({ use }) => use === 'jwt-svid').map((jwk) => ({ ...jwk, use: 'sig' })))
