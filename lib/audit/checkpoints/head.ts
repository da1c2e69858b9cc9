import { createHash } from 'node:crypto'
import { compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import { z } from 'zod'
import { AppError } from '#lib/errors'
import type { PublicJwk } from '#lib/signing/schema'

/** What is signed of a chain's head. `chain` is the org's id that never changes and is never used again. */
export const signedHead = z.object({
  v: z.literal(1),
  chain: z.string().regex(/^org_[0-9a-f]{32}$/),
  org_id: z.string(),
  sequence: z.number().int().nonnegative(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  prev: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .describe('SHA-256 of the signed head before this one'),
})
export type SignedHead = z.infer<typeof signedHead>

/** One kind each (RFC 8725 §3.11): a head that was signed in passing is no statement that older events were let go. */
export const headType = 'audit-checkpoint+jws'
export const floorType = 'audit-retention+jws'

/** A signed head as it was found; its signature is not checked yet. */
export type FoundHead = SignedHead & { kid: string; jws: string; from: string }

export const digestOf = (jws: string): string => createHash('sha256').update(jws).digest('hex')

export const encodeHead = (head: SignedHead): Uint8Array => new TextEncoder().encode(JSON.stringify(head))

/**
 * Reads a compact JWS without checking its signature.
 * @param from where it lay, for messages
 * @returns `null` for what is none of that type
 */
export function readHead(jws: string, from: string, typ = headType): FoundHead | null {
  try {
    const header = decodeProtectedHeader(jws)
    if (header.typ !== typ || header.alg !== 'ES256' || typeof header.kid !== 'string') return null
    const payload = Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8')
    const read = signedHead.safeParse(JSON.parse(payload))
    return read.success ? { ...read.data, kid: header.kid, jws, from } : null
  } catch {
    return null
  }
}

/** Whether a head was signed by one of these keys. */
export async function isGenuine({ jws, kid }: FoundHead, keys: readonly PublicJwk[]): Promise<boolean> {
  const jwk = keys.find((key) => key.kid === kid)
  if (!jwk) return false
  try {
    await compactVerify(jws, await importJWK(jwk, 'ES256'), { algorithms: ['ES256'] })
    return true
  } catch {
    return false
  }
}

/** @throws AppError `internal` for a head that is none, which only a defect makes */
export function mustRead(jws: string, from: string): FoundHead {
  const head = readHead(jws, from)
  if (!head) throw new AppError('internal', {}, { internal: 'a signed head does not read back' })
  return head
}
