import type { Origin } from '#lib/audit'
import { AppError } from '#lib/errors'
import type { Caller, Tenant } from '#lib/proof'
import type { OrganizationChange } from '#lib/tenancy/schema'
import { nameOrgKey } from '#lib/vault'
import { audited } from '#runtime'

/**
 * Brings an org's keys under the key that it names. Which keys of a service we may ask for is the operator's decision
 * alone: with a restricted key an org could try out the names of others' keys.
 * @throws AppError `invalid_request` with a restricted key, and for a key that does not wrap and unwrap
 */
export async function changeEncryptionKey(
  tenant: Tenant,
  caller: Caller,
  own: NonNullable<OrganizationChange['encryption_key']> | null,
  origin: Origin,
): Promise<void> {
  if (caller.reach !== null)
    throw new AppError('invalid_request', {
      detail: 'encryption_key may be set with an unrestricted key only.',
      param: 'encryption_key',
      errors: [{ path: 'encryption_key', message: 'may be set with an unrestricted key only' }],
    })
  await nameOrgKey(tenant, own, (tx, keyId) =>
    audited(tx, tenant, caller, origin, 'organization.encryption_key_changed', {
      key_service: own?.service ?? 'deployment',
      key_id: keyId,
    }),
  )
}
