import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { listCredentials } from '#lib/identity'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { createCredential } from '../../changes.ts'
import { createAgentCredential, listAgentCredentials } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listAgentCredentials, {
      authenticate: key('read'),
      handle: async ({ caller, params, query }) => {
        const { tenant, id } = await resolveObject(caller, 'agent', params.id)
        const rows = await listCredentials(tenant, id, openCursor(query.cursor, uuidShape), query.limit + 1)
        return page(rows, query.limit, cursorOf('agent_credential'))
      },
    }),
    POST: route(createAgentCredential, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'agent', params.id)
        return createCredential({ tenant, caller, origin }, id, body)
      },
    }),
  },
  key('read'),
)
