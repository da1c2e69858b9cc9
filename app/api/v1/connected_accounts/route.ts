import { listAccounts } from '#lib/consent'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { importConnectedAccount, listConnectedAccounts } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listConnectedAccounts, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const { user_id, connector, status } = query
        const before = openCursor(query.cursor, uuidShape)
        const rows = await listAccounts(tenant, { user_id, connector, status }, before, query.limit + 1)
        return page(rows, query.limit, cursorOf('connected_account'))
      },
    }),
    POST: route(importConnectedAccount, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => (await connect.importAccount(caller, body, origin)).account,
    }),
  },
  key('read'),
)
