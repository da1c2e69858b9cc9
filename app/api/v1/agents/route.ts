import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { listAgents as list } from '#lib/identity'
import { tenantOrDeployment } from '#lib/tenancy'
import { key } from '#runtime'
import { createAgent as create } from './changes.ts'
import { createAgent, listAgents } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listAgents, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantOrDeployment(caller, query.org_id)
        const rows = await list(tenant, openCursor(query.cursor, uuidShape), query.limit + 1)
        return page(rows, query.limit, cursorOf('agent'))
      },
    }),
    POST: route(createAgent, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const { org_id, ...input } = body
        return create({ tenant: await tenantOrDeployment(caller, org_id), caller, origin }, input)
      },
    }),
  },
  key('read'),
)
