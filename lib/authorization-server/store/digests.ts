import { createHmac, timingSafeEqual } from 'node:crypto'
import { sha256 } from '#lib/ids'
import { derivedKey } from '../issuer.ts'

/** What a row is found by: the digest of what its holder presents. */
export const digest = (value: string): Buffer => Buffer.from(sha256(value))

/** Of what people type, which is short enough to be guessed from a bare digest. */
export const keyedDigest = (code: string): Buffer =>
  createHmac('sha256', derivedKey('user-codes')).update(code).digest()

const mac = (hex: string) => createHmac('sha256', derivedKey('handles')).update(hex).digest('base64url')

/**
 * What stands for a secret in the records of others: it finds the same row. Nobody who reads the database can make one,
 * as it takes the deployment's key.
 */
export function handleOf(id: Uint8Array): string {
  const hex = Buffer.from(id).toString('hex')
  return `#${hex}.${mac(hex)}`
}

/** The row behind what was presented: a secret, or a handle of ours. */
export function rowOf(presented: string): Buffer {
  const [, hex, given] = /^#([0-9a-f]{64})\.([\w-]{43})$/.exec(presented) ?? []
  if (hex === undefined || given === undefined) return digest(presented)
  const good = timingSafeEqual(Buffer.from(mac(hex)), Buffer.from(given))
  return good ? Buffer.from(hex, 'hex') : digest(presented)
}
