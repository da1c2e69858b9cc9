import { createHash } from 'node:crypto'
import type { Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { forgetOrgKeys } from './org-keys.ts'

/** One wrapped key that no longer exists, as a certificate of destruction names it. */
export type DestroyedKey = {
  purpose: string
  version: number
  /** Who could unwrap it, and with which of its keys. */
  key_service: string
  key_id: string
  /** SHA-256 of the wrapped bytes: proves which bytes are meant to whoever has a copy, and tells nothing else. */
  wrapped_sha256: string
}

export type Destruction = {
  destroyed_at: string
  keys: DestroyedKey[]
  /** How many credentials' own keys were deleted. */
  credential_keys: number
}

/**
 * Crypto-shredding: destroys every key of an org, so that nothing it sealed opens any more. Other processes notice
 * within 60 seconds. Call `forgetOrgKeys` once the transaction has committed.
 * @returns what a certificate needs; its `keys` are empty when they had been destroyed before
 */
export async function destroyOrgKeysIn(tx: Tx, tenant: Tenant): Promise<Destruction> {
  const rows = await tx.$queryRaw<
    { purpose: string; version: number; key_service: string; key_id: string; wrapped: Uint8Array }[]
  >`SELECT purpose, version, key_service, key_id, wrapped FROM keyring.org_keys
    WHERE org_id = ${tenant.orgId}::uuid AND wrapped IS NOT NULL ORDER BY purpose, version FOR UPDATE`
  const destroyedAt = new Date()
  await tx.org_keys.updateMany({
    where: { org_id: tenant.orgId, wrapped: { not: null } },
    data: { wrapped: null, destroyed_at: destroyedAt },
  })
  const { count } = await tx.credential_keys.deleteMany({ where: { org_id: tenant.orgId } })
  forgetOrgKeys(tenant)
  return {
    destroyed_at: destroyedAt.toISOString(),
    keys: rows.map(({ wrapped, ...key }) => ({
      ...key,
      wrapped_sha256: createHash('sha256').update(wrapped).digest('hex'),
    })),
    credential_keys: count,
  }
}
