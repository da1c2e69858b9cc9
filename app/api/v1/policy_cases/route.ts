import { forOrg } from '#lib/db'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { actorOf } from '#lib/identity'
import { createCaseIn, listCases } from '#lib/policy'
import { tenantFrom } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { createPolicyCase, listPolicyCases } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listPolicyCases, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const rows = await listCases(tenant, openCursor(query.cursor, uuidShape), query.limit + 1)
        return page(rows, query.limit, cursorOf('policy_case'))
      },
    }),
    POST: route(createPolicyCase, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const { org_id, ...input } = body
        const tenant = await tenantFrom(caller, org_id)
        return forOrg(tenant, async (tx) => {
          const created = await createCaseIn(tx, tenant, input, actorOf(caller))
          await audited(tx, tenant, caller, origin, 'policy.case_created', { policy_case_id: created.id })
          return created
        })
      },
    }),
  },
  key('read'),
)
