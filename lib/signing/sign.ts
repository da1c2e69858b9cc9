import { CompactSign } from 'jose'
import { deployment, forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { anchored, log } from '#lib/log'
import { seal, withOpened } from '#lib/vault'
import { bindingOf, currentKeyIn, ensureKey, type PublishedKey, wellNamedKeys } from './keys.ts'
import { type PublicJwk, publicJwk } from './schema.ts'
import { decodePrivate, encodePrivate } from './vouched.ts'

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

/** As `Signer`, with the keys that it takes over from. */
type Current = Signer & { vouches: readonly string[] }

// How long a process may go on signing with a key after another process has retired it.
const heldMsMax = 60_000

type Held = { signer: Current; until: number }
const held = anchored('signing.current', (): { key: Promise<Held> | null; last: Current | null } => ({
  key: null,
  last: null,
}))

/**
 * What signs now. For use before a transaction is opened: opening a sealed key inside one would need a second
 * connection.
 * @throws AppError `unavailable` when the key cannot be had: what must be signed is not done then
 */
export const signer = (): Promise<Signer> => currentSigner()

/** As `signer`, with what the key vouches for. */
export async function currentSigner(): Promise<Current> {
  const known = await held.key?.catch(() => null)
  if (known && known.until > performance.now()) return known.signer
  const loading = load()
  held.key = loading
  held.last = (await loading).signer
  return held.last
}

/** Drops what this process holds: the next signature is by the key that is current then. */
export function forgetSigner(): void {
  held.key = null
}

/**
 * Every key that ever signed, the one that signs now first: it, and those that it vouches for. Others that lie among
 * them were put there.
 * @throws AppError `unavailable` when the key that signs now cannot be had
 */
export async function publishedKeys(): Promise<PublishedKey[]> {
  const current = await lastKnownSigner()
  const keys = await wellNamedKeys()
  if (keys.find(({ retiredAt }) => retiredAt === null)?.kid === current.kid) return ours(keys, current)
  // Another process has rotated since: its key vouches for ours.
  forgetSigner()
  return ours(await wellNamedKeys(), await currentSigner())
}

/** While the key service is away nothing is signed, but what was signed can be checked. */
async function lastKnownSigner(): Promise<Current> {
  try {
    return await currentSigner()
  } catch (error) {
    if (held.last) return held.last
    throw error
  }
}

function ours(
  keys: readonly (PublishedKey & { id: string })[],
  { kid: current, vouches }: Pick<Current, 'kid' | 'vouches'>,
): PublishedKey[] {
  return keys.flatMap(({ id: _, ...key }) => {
    if (key.kid === current || vouches.includes(key.kid)) return [key]
    log.error({ kid: key.kid }, 'a signing key that none of ours vouches for: the database was tampered with')
    return []
  })
}

type Row = NonNullable<Awaited<ReturnType<typeof currentKeyIn>>>

async function load(): Promise<Held> {
  await ensureKey()
  const row = await forOrg(deployment, currentKeyIn)
  if (!row?.sealed_private || row.key_version === null) {
    throw new AppError('unavailable', {}, { internal: 'there is no signing key' })
  }
  const sealed = { sealed: row.sealed_private, keyVersion: row.key_version }
  const opened = await withOpened(deployment, bindingOf(row.id), sealed, async (bytes) => {
    const { pkcs8, vouches } = decodePrivate(bytes)
    return {
      // Not extractable: from here on the key signs, and can be read by nobody.
      key: await crypto.subtle.importKey(
        'pkcs8',
        new Uint8Array(pkcs8),
        { name: 'ECDSA', namedCurve: 'P-256' },
        false,
        ['sign'],
      ),
      vouches: vouches ?? (await sealWithVouches(row, pkcs8)),
    }
  })
  const { kid } = row
  const sign: Sign = (typ, payload, more = {}) =>
    new CompactSign(payload).setProtectedHeader({ alg: 'ES256', typ, kid, ...more }).sign(opened.key)
  return {
    signer: { kid, jwk: publicJwk.parse(row.public_jwk), sign, vouches: opened.vouches },
    until: performance.now() + heldMsMax,
  }
}

/** Once per deployment, after the upgrade: what lies there now is what the key vouches for from here on. */
async function sealWithVouches(row: Row, pkcs8: Uint8Array): Promise<readonly string[]> {
  const vouches = (await wellNamedKeys()).flatMap(({ kid }) => (kid === row.kid ? [] : [kid]))
  const bytes = encodePrivate(pkcs8, vouches)
  try {
    const { sealed, keyVersion } = await seal(deployment, bindingOf(row.id), bytes)
    await forOrg(deployment, (tx: Tx) =>
      tx.signing_keys.updateMany({
        where: { org_id: deployment.orgId, id: row.id, sealed_private: row.sealed_private },
        data: { sealed_private: sealed, key_version: keyVersion },
      }),
    )
  } finally {
    bytes.fill(0)
  }
  return vouches
}
