import { listRevocations as list } from '#lib/connect'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { tenantOrDeployment } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { createRevocation, listRevocations } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listRevocations, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantOrDeployment(caller, query.org_id)
        const rows = await list(tenant, openCursor(query.cursor, uuidShape), query.limit + 1)
        return page(rows, query.limit, cursorOf('revocation'))
      },
    }),
    POST: route(createRevocation, {
      authenticate: key('manage'),
      handle: ({ caller, body, origin }) => connect.revokeMany(caller, body, origin),
    }),
  },
  key('read'),
)
