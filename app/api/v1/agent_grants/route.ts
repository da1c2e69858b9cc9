import { listAgentGrants as list } from '#lib/connect'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { key } from '#runtime'
import { listAgentGrants } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listAgentGrants, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const { limit, cursor, org_id, ...filter } = query
        const tenant = await tenantFrom(caller, org_id)
        const rows = await list(tenant, filter, openCursor(cursor, uuidShape), limit + 1)
        return page(rows, limit, cursorOf('agent_grant'))
      },
    }),
  },
  key('read'),
)
