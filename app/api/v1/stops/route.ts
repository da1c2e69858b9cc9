import { emit } from '#lib/events'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { actorOf } from '#lib/identity'
import { listStops as list, placeStop as place } from '#lib/limits'
import { tenantOrDeployment } from '#lib/tenancy'
import { audited, key, toolNames } from '#runtime'
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
        return place(tenant, input, { caller, actor: actorOf(caller) }, toolNames, async (tx, stop) => {
          const { id, subject, reason, until } = stop
          const about = { stop_id: id, subject: subject.type, subject_id: subject.id }
          await audited(tx, tenant, caller, origin, 'stop.placed', { ...about, reason, until })
          await emit(tx, tenant, 'stop.placed', { ...about, reason, until })
        })
      },
    }),
  },
  key('read'),
)
