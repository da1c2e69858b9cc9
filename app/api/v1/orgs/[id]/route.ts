import type { Origin } from '#lib/audit'
import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { actorOf } from '#lib/identity'
import type { Caller, Tenant } from '#lib/proof'
import { changeOrgIn, ensureOrg, publishSimpleIn, getOrg as read, resolveTenant } from '#lib/tenancy'
import type { OrganizationChange } from '#lib/tenancy/schema'
import { prepareOrgKeys } from '#lib/vault'
import { audited, connect, key } from '#runtime'
import { assertApprovalRules } from './approval-rules.ts'
import { deleteOrg, getOrg, patchOrg, putOrg } from './contract.ts'
import { changeEncryptionKey } from './encryption-key.ts'

async function change(
  tenant: Tenant,
  caller: Caller,
  { encryption_key, branding, ...rest }: OrganizationChange,
  origin: Origin,
) {
  assertApprovalRules(rest.settings)
  if (encryption_key !== undefined) await changeEncryptionKey(tenant, caller, encryption_key, origin)
  return forOrg(tenant, async (tx) => {
    const given = [...Object.keys(rest), ...(branding ? ['branding'] : [])]
    if (branding) {
      const { version, changed_fields } = await publishSimpleIn(tx, tenant, branding, actorOf(caller))
      const details = { version: String(version) }
      await audited(tx, tenant, caller, origin, 'branding.published', details, changed_fields)
    }
    const changed = await changeOrgIn(tx, tenant, rest)
    await audited(tx, tenant, caller, origin, 'organization.changed', {}, given)
    return changed
  })
}

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getOrg, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => read(await resolveTenant(caller, params.id)),
    }),
    PUT: route(putOrg, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) =>
        change(await ensureOrg(caller, params.id, prepareOrgKeys), caller, body, origin),
    }),
    PATCH: route(patchOrg, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) =>
        change(await resolveTenant(caller, params.id), caller, body, origin),
    }),
    DELETE: route(deleteOrg, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) =>
        connect.deleteOrg(caller, await resolveTenant(caller, params.id), origin),
    }),
  },
  key('read'),
)
