import { listRequests } from '#lib/consent'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { key } from '#runtime'
import { listConnectionRequests } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listConnectionRequests, {
      authenticate: key('manage'),
      handle: async ({ caller, query }) => {
        const { limit, cursor, org_id, ...filter } = query
        const tenant = await tenantFrom(caller, org_id)
        const rows = await listRequests(tenant, filter, openCursor(cursor, uuidShape), limit + 1)
        return page(rows, limit, cursorOf('connection_request'))
      },
    }),
  },
  key('manage'),
)
