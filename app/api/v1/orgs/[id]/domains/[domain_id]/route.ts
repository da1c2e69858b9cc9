import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { makePrimaryIn, getDomain as read, removeDomainIn, resolveTenant } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { changeDomain, deleteDomain, getDomain } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getDomain, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => read(await resolveTenant(caller, params.id), params.domain_id),
    }),
    PATCH: route(changeDomain, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const tenant = await resolveTenant(caller, params.id)
        return forOrg(tenant, async (tx) => {
          const changed = await makePrimaryIn(tx, tenant, params.domain_id)
          const facts = { domain_id: changed.id, hostname: changed.hostname }
          await audited(tx, tenant, caller, origin, 'domain.made_primary', facts, ['primary'])
          return changed
        })
      },
    }),
    DELETE: route(deleteDomain, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const tenant = await resolveTenant(caller, params.id)
        await forOrg(tenant, async (tx) => {
          const { id, hostname } = await removeDomainIn(tx, tenant, params.domain_id)
          await audited(tx, tenant, caller, origin, 'domain.deleted', { domain_id: id, hostname })
        })
      },
    }),
  },
  key('read'),
)
