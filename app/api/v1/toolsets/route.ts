import { forOrg } from '#lib/db'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { actorOf, createToolsetIn, listToolsets as list } from '#lib/identity'
import { tenantFrom } from '#lib/tenancy'
import { audited, key, reachable } from '#runtime'
import { createToolset, listToolsets } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listToolsets, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const rows = await list(tenant, openCursor(query.cursor, uuidShape), query.limit + 1)
        return page(rows, query.limit, cursorOf('agent_toolset'))
      },
    }),
    POST: route(createToolset, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const { org_id, ...input } = body
        const tenant = await tenantFrom(caller, org_id)
        return forOrg(tenant, async (tx) => {
          const created = await createToolsetIn(tx, tenant, input, reachable, actorOf(caller))
          await audited(tx, tenant, caller, origin, 'toolset.created', { toolset_id: created.id })
          return created
        })
      },
    }),
  },
  key('read'),
)
