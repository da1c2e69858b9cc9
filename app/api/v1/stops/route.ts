import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { actorOf } from '#lib/identity'
import { listStops as list, placeStop as place } from '#lib/limits'
import { tenantOrDeployment } from '#lib/tenancy'
import { key, stopTold, toolNames } from '#runtime'
import { listStops, placeStop } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listStops, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantOrDeployment(caller, query.org_id)
        const before = openCursor(query.cursor, uuidShape)
        const rows = await list(tenant, { status: query.status }, before, query.limit + 1)
        return page(rows, query.limit, cursorOf('stop'))
      },
    }),
    POST: route(placeStop, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const { org_id, ...input } = body
        const tenant = await tenantOrDeployment(caller, org_id)
        const by = { caller, actor: actorOf(caller) }
        return place(tenant, input, by, toolNames, stopTold(tenant, caller, origin, 'stop.placed'))
      },
    }),
  },
  key('read'),
)
