import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { drawBytes } from '#lib/ids'

const ivBytes = 12
const tagBytes = 16
const lengthBytes = 4
const formatVersion = 1
const lead = Buffer.of(formatVersion)

// Of plain bytes node:crypto first finds out that they are no key object, by an exception each time: four times the
// cost of the cipher itself.
const keyObject = createSecretKey

/** Those of the orgs' keys, which are held for many calls; they go with them. */
const objects = new WeakMap<Uint8Array, KeyObject>()

function heldObject(key: Uint8Array): KeyObject {
  let found = objects.get(key)
  if (!found) {
    found = keyObject(key)
    objects.set(key, found)
  }
  return found
}

/**
 * What a ciphertext is bound to: the same bytes under another purpose, org, row or generation do not open
 * (ARCHITECTURE.md "Vault"). Parts are length-prefixed, so that no two contexts share an encoding.
 */
export type Context = { purpose: string; orgId: string; keyVersion: number; parts: readonly string[] }

function encode(context: Context): Buffer {
  const parts = ['behalf', context.purpose, context.orgId, String(context.keyVersion), ...context.parts]
  const lengths = parts.map((part) => Buffer.byteLength(part))
  const encoded = Buffer.alloc(lengths.reduce((sum, bytes) => sum + lengthBytes + bytes, 0))
  let at = 0
  parts.forEach((part, n) => {
    at = encoded.writeUInt32BE(lengths[n]!, at)
    at += encoded.write(part, at)
  })
  return encoded
}

/** AES-256-GCM with a random 96-bit IV (NIST SP 800-38D §8.2.2); layout: version, IV, tag, ciphertext. */
export function encrypt(key: Uint8Array, context: Context, plaintext: Uint8Array): Uint8Array<ArrayBuffer> {
  const iv = drawBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', heldObject(key), iv).setAAD(encode(context))
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return new Uint8Array(Buffer.concat([lead, iv, cipher.getAuthTag(), body]))
}

/** @throws Error when the key, the context or one bit of the ciphertext is not what it was sealed with */
export function decrypt(key: Uint8Array, context: Context, sealed: Uint8Array): Buffer {
  if (sealed[0] !== formatVersion || sealed.length < 1 + ivBytes + tagBytes)
    throw new Error('unknown sealed format')
  const iv = sealed.subarray(1, 1 + ivBytes)
  const tag = sealed.subarray(1 + ivBytes, 1 + ivBytes + tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', heldObject(key), iv, { authTagLength: tagBytes })
  decipher.setAAD(encode(context)).setAuthTag(tag)
  return Buffer.concat([decipher.update(sealed.subarray(1 + ivBytes + tagBytes)), decipher.final()])
}

/**
 * The key that two halves make (RFC 5869): one org's data key, and one that lives and ends with what it seals.
 * Neither opens anything without the other.
 */
export const joinedKey = (dataKey: Uint8Array, own: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', heldObject(dataKey), own, 'behalf/joined', 32))

/** HMAC-SHA-256 under a key derived for this purpose only (RFC 5869), so that it says nothing about the data key. */
export const keyedHash = (key: Uint8Array, purpose: string, data: string | Uint8Array): string =>
  createHmac('sha256', derivedFrom(key, purpose)).update(data).digest('hex')

/** Those of keys that somebody still holds: they go with them. */
const derived = new WeakMap<Uint8Array, Map<string, KeyObject>>()

function derivedFrom(key: Uint8Array, purpose: string): KeyObject {
  let ofKey = derived.get(key)
  if (!ofKey) {
    ofKey = new Map()
    derived.set(key, ofKey)
  }
  let found = ofKey.get(purpose)
  if (!found) {
    found = keyObject(new Uint8Array(hkdfSync('sha256', keyObject(key), '', `behalf/${purpose}`, 32)))
    ofKey.set(purpose, found)
  }
  return found
}
