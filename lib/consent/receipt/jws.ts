import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose'

/** A public key as a deployment publishes it. */
export type Jwk = { kty: string; crv: string; x: string; y: string; kid: string; alg: string; use: string }

/** A JWS in its three parts (RFC 7515 §7.1), as they are written. */
export type Jws = { protected: string; payload: string; signature: string }

export const sha256Hex = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex')

const base64url = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64url')

/** Bytes of base64url, if it is written as it should be: two spellings of the same bytes would let one be changed unseen. */
export function decodeStrict(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return base64url(bytes) === text ? bytes : null
}

export function splitJws(text: string): Jws | null {
  const [head, payload, signature, ...more] = text.split('.')
  if (!head || !payload || !signature || more.length > 0) return null
  return { protected: head, payload, signature }
}

export const joinJws = (jws: Jws): string => `${jws.protected}.${jws.payload}.${jws.signature}`

/** The payload of a JWS of our own store. */
export const decodePayload = (jws: string): unknown =>
  JSON.parse(Buffer.from(splitJws(jws)?.payload ?? '', 'base64url').toString())

export const canonicalBytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(canonicalize(value) ?? '')

/** The head that a JWS of ours has over a payload: all of it can be told from the rest. */
const headOf = (typ: string, kid: string, payload: Uint8Array) => ({
  alg: 'ES256',
  typ,
  kid,
  payload_sha256: sha256Hex(payload),
})

async function fits(jws: Jws, jwk: Jwk): Promise<boolean> {
  if (!decodeStrict(jws.signature)) return false
  try {
    await compactVerify(joinJws(jws), await importJWK(jwk, 'ES256'), { algorithms: ['ES256'] })
    return true
  } catch {
    return false
  }
}

/** Whether a key is the one that its name says (RFC 7638). */
export const isNamedRightly = async (jwk: Jwk): Promise<boolean> => {
  try {
    const { kty, crv, x, y } = jwk
    const canonical = [x, y].every((part) => typeof part === 'string' && decodeStrict(part)?.length === 32)
    return canonical && (await calculateJwkThumbprint({ kty, crv, x, y })) === jwk.kid
  } catch {
    return false
  }
}

/** A key as it is written in a file: in one way only, so that every byte of it follows from what its name says. */
export const writtenJwk = ({ kty, crv, x, y, kid }: Jwk): Jwk => ({
  kty,
  crv,
  x,
  y,
  kid,
  alg: 'ES256',
  use: 'sig',
})

export type Checked =
  | { ok: true; kid: string; payload: Buffer; value: unknown }
  | { ok: false; part: 'header' | 'payload' | 'signature' | 'key'; why: string }

const wrong = (part: 'header' | 'payload' | 'signature' | 'key', why: string): Checked => ({
  ok: false,
  part,
  why,
})

/**
 * Checks a JWS of ours, and says of one that is not good which part of it was altered. As its head can be made again
 * from the rest, a head that was altered is told from a payload or a signature that was.
 * @param keys those that may have signed, each named rightly
 */
export async function checkJws(jws: Jws, typ: string, keys: readonly Jwk[]): Promise<Checked> {
  const payload = decodeStrict(jws.payload)
  const head = readHead(jws.protected)
  if (!payload) return wrong('payload', 'it is not written as base64url')
  const named = keys.filter(({ kid }) => kid === head?.kid)
  for (const jwk of named.length > 0 ? named : keys) {
    const rebuilt = base64url(JSON.stringify(headOf(typ, jwk.kid, payload)))
    if (!(await fits({ ...jws, protected: rebuilt }, jwk))) continue
    if (rebuilt === jws.protected) return { ok: true, kid: jwk.kid, payload, value: parsed(payload) }
    return wrong('header', `${differingMember(head, headOf(typ, jwk.kid, payload))} is not what was signed`)
  }
  if (!head) return wrong('header', 'it is no JSON object any more')
  if (head.typ !== typ) return wrong('header', `typ is ${JSON.stringify(head.typ)}, not ${typ}`)
  if (head.alg !== 'ES256') return wrong('header', `alg is ${JSON.stringify(head.alg)}, not ES256`)
  if (head.payload_sha256 !== sha256Hex(payload)) return wrong('payload', brokenPayload(payload))
  if (named.length === 0) return wrong('key', `none of the keys at hand is ${String(head.kid)}`)
  return wrong('signature', 'it fits neither the header nor the payload, which agree with each other')
}

function readHead(text: string): Record<string, unknown> | null {
  const bytes = decodeStrict(text)
  const value = bytes && parsed(bytes)
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

function differingMember(found: Record<string, unknown> | null, wanted: Record<string, unknown>): string {
  if (!found) return 'its JSON'
  return Object.keys({ ...wanted, ...found }).find((name) => found[name] !== wanted[name]) ?? 'its spelling'
}

/** What can be said of a payload that is not what was signed, without having what was. */
function brokenPayload(payload: Buffer): string {
  const value = parsed(payload) as { consent_text?: unknown; consent_text_sha256?: unknown } | undefined
  if (value === undefined) return 'it is no JSON any more'
  if (typeof value.consent_text === 'string' && value.consent_text_sha256 !== sha256Hex(value.consent_text))
    return 'the exact words do not have the hash that stands beside them'
  return 'it does not have the hash that the header names'
}

/** The first place where two values differ, as a path, with both sides. */
export function firstDifference(
  found: unknown,
  signed: unknown,
  path: string,
): { path: string; found: unknown; signed: unknown } | null {
  if (typeof found === 'object' && typeof signed === 'object' && found && signed) {
    const [a, b] = [found as Record<string, unknown>, signed as Record<string, unknown>]
    for (const name of new Set([...Object.keys(b), ...Object.keys(a)])) {
      const at = firstDifference(a[name], b[name], `${path}.${name}`)
      if (at) return at
    }
    return null
  }
  return found === signed ? null : { path, found, signed }
}
