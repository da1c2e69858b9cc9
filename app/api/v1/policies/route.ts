import { forOrg } from '#lib/db'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { actorOf } from '#lib/identity'
import { createPolicyIn, listPolicies as list } from '#lib/policy'
import { tenantFrom } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { createPolicy, listPolicies } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listPolicies, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const rows = await list(tenant, openCursor(query.cursor, uuidShape), query.limit + 1)
        return page(rows, query.limit, cursorOf('policy'))
      },
    }),
    POST: route(createPolicy, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const { org_id, ...input } = body
        const tenant = await tenantFrom(caller, org_id)
        return forOrg(tenant, async (tx) => {
          const created = await createPolicyIn(tx, tenant, input, actorOf(caller))
          await audited(tx, tenant, caller, origin, 'policy.created', { policy_id: created.id })
          return created
        })
      },
    }),
  },
  key('read'),
)
