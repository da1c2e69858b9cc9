import { CompactSign } from 'jose'
import { deployment, forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { anchored } from '#lib/log'
import { withOpened } from '#lib/vault'
import { bindingOf, currentKeyIn, ensureKey } from './keys.ts'
import { type PublicJwk, publicJwk } from './schema.ts'

/**
 * Signs bytes with the deployment's current key.
 * @param typ what kind of thing this is (RFC 8725 §3.11): nothing that is signed passes for another kind
 * @param more further members of the protected header
 * @returns a compact JWS (RFC 7515 §7.1)
 */
export type Sign = (
  typ: string,
  payload: Uint8Array,
  more?: Readonly<Record<string, string>>,
) => Promise<string>

export type Signer = { kid: string; jwk: PublicJwk; sign: Sign }

// How long a process may go on signing with a key after another process has retired it.
const heldMsMax = 60_000

type Held = { signer: Signer; until: number }
const held = anchored('signing.current', (): { key: Promise<Held> | null } => ({ key: null }))

/**
 * What signs now. For use before a transaction is opened: opening a sealed key inside one would need a second
 * connection.
 * @throws AppError `unavailable` when the key cannot be had: what must be signed is not done then
 */
export async function signer(): Promise<Signer> {
  const known = await held.key?.catch(() => null)
  if (known && known.until > performance.now()) return known.signer
  const loading = load()
  held.key = loading
  return (await loading).signer
}

/** Drops what this process holds: the next signature is by the key that is current then. */
export function forgetSigner(): void {
  held.key = null
}

async function load(): Promise<Held> {
  await ensureKey()
  const row = await forOrg(deployment, currentKeyIn)
  if (!row?.sealed_private || row.key_version === null) {
    throw new AppError('unavailable', {}, { internal: 'there is no signing key' })
  }
  const sealed = { sealed: row.sealed_private, keyVersion: row.key_version }
  // Not extractable: from here on the key signs, and can be read by nobody.
  const key = await withOpened(deployment, bindingOf(row.id), sealed, (bytes) =>
    crypto.subtle.importKey('pkcs8', new Uint8Array(bytes), { name: 'ECDSA', namedCurve: 'P-256' }, false, [
      'sign',
    ]),
  )
  const { kid } = row
  const sign: Sign = (typ, payload, more = {}) =>
    new CompactSign(payload).setProtectedHeader({ alg: 'ES256', typ, kid, ...more }).sign(key)
  return {
    signer: { kid, jwk: publicJwk.parse(row.public_jwk), sign },
    until: performance.now() + heldMsMax,
  }
}
