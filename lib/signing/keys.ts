import { calculateJwkThumbprint } from 'jose'
import { deployment, forOrg, isUniqueViolation, type Tx } from '#lib/db'
import { newId } from '#lib/ids'
import { log } from '#lib/log'
import { seal } from '#lib/vault'
import { type PublicJwk, publicJwk } from './schema.ts'
import { encodePrivate } from './vouched.ts'

// ES256 and not Ed25519: a receipt checks itself in whatever browser opens it, in ten years or on a machine ten years
// old, and P-256 is what every WebCrypto has.
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }

export const bindingOf = (id: string) => ({ purpose: 'signing_key', parts: [id] })

/** A key as it is published: for ever, so that what it signed can be checked for ever. */
export type PublishedKey = { kid: string; jwk: PublicJwk; createdAt: Date; retiredAt: Date | null }

/** The key that signs now, sealed; `null` before the first is made. */
export const currentKeyIn = (tx: Tx) =>
  tx.signing_keys.findFirst({ where: { org_id: deployment.orgId, retired_at: null } })

/**
 * A new key, sealed; nothing is written yet, as the key service is asked while no transaction is open.
 * @param vouches thumbprints of the keys that signed before it
 */
export async function newKey(vouches: readonly string[]) {
  const id = newId()
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const kid = await calculateJwkThumbprint({ kty, crv, x, y } as PublicJwk)
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
  const bytes = encodePrivate(pkcs8, vouches)
  try {
    const { sealed, keyVersion } = await seal(deployment, bindingOf(id), bytes)
    const jwk = publicJwk.parse({ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' })
    return { id, kid, jwk, sealed, keyVersion }
  } finally {
    bytes.fill(0)
    pkcs8.fill(0)
  }
}

export type NewKey = Awaited<ReturnType<typeof newKey>>

export const insertKeyIn = (tx: Tx, { id, kid, jwk, sealed, keyVersion }: NewKey): Promise<unknown> =>
  tx.signing_keys.create({
    data: {
      org_id: deployment.orgId,
      id,
      kid,
      alg: jwk.alg,
      public_jwk: jwk,
      sealed_private: sealed,
      key_version: keyVersion,
    },
  })

/** Made on first use; of two processes that make one at once, one takes the other's. */
export async function ensureKey(): Promise<void> {
  if (await forOrg(deployment, currentKeyIn)) return
  const key = await newKey([])
  await forOrg(deployment, (tx) => insertKeyIn(tx, key)).catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error
  })
}

type KeyRow = Awaited<ReturnType<Tx['signing_keys']['findFirstOrThrow']>>

/** The keys whose rows say what their names say: a name is the thumbprint of what it names (RFC 7638). */
export async function wellNamedKeys(): Promise<(PublishedKey & Pick<KeyRow, 'id'>)[]> {
  const rows = await forOrg(deployment, (tx) =>
    tx.signing_keys.findMany({ where: { org_id: deployment.orgId }, orderBy: { id: 'desc' } }),
  )
  const keys: (PublishedKey & Pick<KeyRow, 'id'>)[] = []
  for (const { id, kid, public_jwk, created_at, retired_at } of rows) {
    const jwk = publicJwk.safeParse(public_jwk).data
    if (jwk && jwk.kid === kid && (await calculateJwkThumbprint(jwk)) === kid)
      keys.push({ id, kid, jwk, createdAt: created_at, retiredAt: retired_at })
    else log.error({ kid }, 'a signing key is not what its name says: the database was tampered with')
  }
  return keys
}
