import { calculateJwkThumbprint } from 'jose'
import { deployment, forOrg, isUniqueViolation, type Tx } from '#lib/db'
import { newId } from '#lib/ids'
import { seal } from '#lib/vault'
import { type PublicJwk, publicJwk } from './schema.ts'

// ES256 and not Ed25519: a receipt checks itself in whatever browser opens it, in ten years or on a machine ten years
// old, and P-256 is what every WebCrypto has.
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }

export const bindingOf = (id: string) => ({ purpose: 'signing_key', parts: [id] })

/** A key as it is published: for ever, so that what it signed can be checked for ever. */
export type PublishedKey = { kid: string; jwk: PublicJwk; createdAt: Date; retiredAt: Date | null }

/** The key that signs now, sealed; `null` before the first is made. */
export const currentKeyIn = (tx: Tx) =>
  tx.signing_keys.findFirst({ where: { org_id: deployment.orgId, retired_at: null } })

/** A new key, sealed; nothing is written yet, as the key service is asked while no transaction is open. */
export async function newKey() {
  const id = newId()
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const kid = await calculateJwkThumbprint({ kty, crv, x, y } as PublicJwk)
  const bytes = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
  try {
    const { sealed, keyVersion } = await seal(deployment, bindingOf(id), bytes)
    const jwk = publicJwk.parse({ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' })
    return { id, kid, jwk, sealed, keyVersion }
  } finally {
    bytes.fill(0)
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
  const key = await newKey()
  await forOrg(deployment, (tx) => insertKeyIn(tx, key)).catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error
  })
}

/** Every key that ever signed, the one that signs now first. */
export async function publishedKeys(): Promise<PublishedKey[]> {
  await ensureKey()
  const rows = await forOrg(deployment, (tx) =>
    tx.signing_keys.findMany({ where: { org_id: deployment.orgId }, orderBy: { id: 'desc' } }),
  )
  return rows.map((row) => ({
    kid: row.kid,
    jwk: publicJwk.parse(row.public_jwk),
    createdAt: row.created_at,
    retiredAt: row.retired_at,
  }))
}
