import { forOrg } from '#lib/db'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { assertMayGrant, createApiKeyIn, listApiKeys as list } from '#lib/identity'
import { tenantOrDeployment } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { createApiKey, listApiKeys } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listApiKeys, {
      authenticate: key('manage'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantOrDeployment(caller, query.org_id)
        const rows = await list(tenant, openCursor(query.cursor, uuidShape), query.limit + 1)
        return page(rows, query.limit, cursorOf('api_key'))
      },
    }),
    POST: route(createApiKey, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const { org_id, ...input } = body
        assertMayGrant(caller, input.roles)
        const tenant = await tenantOrDeployment(caller, org_id)
        return forOrg(tenant, async (tx) => {
          const created = await createApiKeyIn(tx, tenant, input)
          await audited(tx, tenant, caller, origin, 'api_key.created', { api_key_id: created.id })
          return created
        })
      },
    }),
  },
  key('read'),
)
