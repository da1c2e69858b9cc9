import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { listCosts, setCostsIn } from '#lib/limits'
import { tenantFrom } from '#lib/tenancy'
import { audited, key, toolNames } from '#runtime'
import { getCosts, setCosts } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getCosts, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        return { org_id: tenant.externalId, costs: await listCosts(tenant) }
      },
    }),
    PUT: route(setCosts, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const tenant = await tenantFrom(caller, body.org_id)
        await forOrg(tenant, async (tx) => {
          const changed = await setCostsIn(tx, tenant, body.costs, toolNames)
          if (changed.length > 0) await audited(tx, tenant, caller, origin, 'tool_costs.changed', {}, changed)
        })
        return { org_id: tenant.externalId, costs: await listCosts(tenant) }
      },
    }),
  },
  key('read'),
)
