import { AppError } from '#lib/errors'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { type Context, decrypt, encrypt, joinedKey, keyedHash } from './envelope.ts'
import { orgHmacKey, orgKey } from './org-keys.ts'

export type Sealed = { sealed: Uint8Array<ArrayBuffer>; keyVersion: number }

/**
 * What sealed bytes are bound to beside the org: what they are for, and the ids of the row that holds them. With a
 * `key` of their own they open only as long as it exists: destroying it destroys them, in every copy.
 */
export type Binding = { purpose: string; parts: readonly string[]; key?: Uint8Array }

const keyFor = (dataKey: Uint8Array, { key }: Binding): Uint8Array =>
  key ? joinedKey(dataKey, key) : dataKey

const contextOf = (tenant: Tenant, { purpose, parts }: Binding, keyVersion: number): Context => ({
  purpose,
  parts,
  orgId: tenant.orgId,
  keyVersion,
})

export type Sealer = (binding: Binding, plaintext: string | Uint8Array) => Sealed

/**
 * Fetches the org's current data key and seals under it. For use inside a transaction, where fetching it would need
 * a second connection: with every connection of the pool waiting for one more, none would move.
 */
export async function sealerOf(tenant: Tenant): Promise<Sealer> {
  const { version, key } = await orgKey(tenant)
  return (binding, plaintext) => ({
    sealed: encrypt(
      keyFor(key, binding),
      contextOf(tenant, binding, version),
      typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext,
    ),
    keyVersion: version,
  })
}

/** Seals bytes under the org's current data key. */
export const seal = async (
  tenant: Tenant,
  binding: Binding,
  plaintext: string | Uint8Array,
): Promise<Sealed> => (await sealerOf(tenant))(binding, plaintext)

/**
 * Lends opened bytes to `use`; they are overwritten when it is done.
 * @throws AppError `unavailable` when they do not open: moved, rolled back or changed ciphertext is an alarm
 */
export async function withOpened<T>(
  tenant: Tenant,
  binding: Binding,
  { sealed, keyVersion }: { sealed: Uint8Array; keyVersion: number },
  use: (plaintext: Buffer) => Promise<T>,
): Promise<T> {
  const { key } = await orgKey(tenant, keyVersion)
  let plaintext: Buffer
  try {
    plaintext = decrypt(keyFor(key, binding), contextOf(tenant, binding, keyVersion), sealed)
  } catch (cause) {
    log.error(
      { org_id: tenant.orgId, purpose: binding.purpose },
      'sealed bytes do not open under their own context',
    )
    throw new AppError('unavailable', {}, { internal: 'vault_integrity', cause })
  }
  try {
    return await use(plaintext)
  } finally {
    plaintext.fill(0)
  }
}

/** A per-org HMAC: comparable within the org, and meaningless once the org's key is destroyed. */
export const orgHmac = async (tenant: Tenant, purpose: string, data: string): Promise<string> =>
  (await orgHmacOf(tenant))(purpose, data)

/** As `orgHmac`, with its key fetched beforehand: for use inside a transaction, as `sealerOf`. */
export async function orgHmacOf(tenant: Tenant): Promise<(purpose: string, data: string) => string> {
  const { key } = await orgHmacKey(tenant)
  return (purpose, data) => keyedHash(key, purpose, data)
}
