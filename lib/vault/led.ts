import type { Tenant } from '#lib/proof'
import { type Binding, seal, sealerOf, withOpened } from './seal.ts'
import { leadBytes, leadWith } from './sealed-columns.ts'

// A key version beside the bytes would be a second truth: in a column of its own kind it leads them instead.

/** Seals bytes for a column without a key version of its own. */
export async function sealLed(
  tenant: Tenant,
  binding: Binding,
  plaintext: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { sealed, keyVersion } = await seal(tenant, binding, plaintext)
  return leadWith(keyVersion, sealed)
}

/** As `sealLed`, with the key fetched beforehand: as `sealerOf`. */
export async function ledSealerOf(
  tenant: Tenant,
): Promise<(binding: Binding, plaintext: string) => Uint8Array<ArrayBuffer>> {
  const sealed = await sealerOf(tenant)
  return (binding, plaintext) => {
    const { sealed: bytes, keyVersion } = sealed(binding, plaintext)
    return leadWith(keyVersion, bytes)
  }
}

/** As `withOpened`, for what `sealLed` made. */
export const withOpenedLed = <T>(
  tenant: Tenant,
  binding: Binding,
  bytes: Uint8Array,
  use: (plaintext: Buffer) => Promise<T>,
): Promise<T> => {
  const keyVersion = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  return withOpened(tenant, binding, { sealed: bytes.subarray(leadBytes), keyVersion }, use)
}
