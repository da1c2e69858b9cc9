import { forOrg } from '#lib/db'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { actorOf } from '#lib/identity'
import { createLimitIn, listLimits as list } from '#lib/limits'
import { tenantFrom } from '#lib/tenancy'
import { audited, key, toolNames } from '#runtime'
import { createLimit, listLimits } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listLimits, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const rows = await list(tenant, openCursor(query.cursor, uuidShape), query.limit + 1)
        return page(rows, query.limit, cursorOf('limit'))
      },
    }),
    POST: route(createLimit, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const tenant = await tenantFrom(caller, body.org_id)
        return forOrg(tenant, async (tx) => {
          const created = await createLimitIn(tx, tenant, body, { caller, actor: actorOf(caller) }, toolNames)
          const { id, kind, most, window_seconds } = created
          const details = { limit_id: id, kind, most, window_seconds }
          await audited(tx, tenant, caller, origin, 'limit.created', details)
          return created
        })
      },
    }),
  },
  key('read'),
)
