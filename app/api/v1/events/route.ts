import { listEvents as list } from '#lib/events'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { key } from '#runtime'
import { listEvents } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listEvents, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const before = openCursor(query.cursor, uuidShape)
        const rows = await list(tenant, { type: query.type }, before, query.limit + 1)
        return page(rows, query.limit, cursorOf('event'))
      },
    }),
  },
  key('read'),
)
