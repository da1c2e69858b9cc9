import { createHash, randomBytes } from 'node:crypto'

/** The kinds of opaque bearer value that Behalf hands out; the prefix lets secret scanners name a leak. */
type TokenKind = 'sk' | 'as' | 'cs' | 'ch' | 'cc' | 'hl' | 'al' | 'si' | 'scim'

/** A new opaque token with 256 bits of entropy, such as `bhf_sk_…`. */
export function newToken(kind: TokenKind): string {
  return `bhf_${kind}_${randomBytes(32).toString('base64url')}`
}

/**
 * The digest under which a token is stored. A fast hash suffices because the tokens carry 256 random bits
 * (OWASP Cryptographic Storage: slow hashes are for guessable secrets).
 */
export function sha256(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(text).digest())
}
