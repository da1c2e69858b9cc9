import { listAccounts } from '#lib/consent'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { userFrom } from '#lib/identity'
import { lentAccounts } from '#lib/scopes'
import { tenantFrom } from '#lib/tenancy'
import { agentOrKey, connect, key } from '#runtime'
import { importConnectedAccount, listConnectedAccounts } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listConnectedAccounts, {
      authenticate: agentOrKey('read', 'accounts:read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const user_id = await userFrom(tenant, caller, query.user_id)
        const { connector, status } = query
        const before = openCursor(query.cursor, uuidShape)
        const most = query.limit + 1
        const filter = { user_id, connector, status }
        const ids =
          caller.kind === 'agent' ? await lentAccounts(tenant, caller, filter, before, most) : undefined
        const rows = await listAccounts(tenant, { ...filter, ids }, before, most)
        return page(rows, query.limit, cursorOf('connected_account'))
      },
    }),
    POST: route(importConnectedAccount, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => (await connect.importAccount(caller, body, origin)).account,
    }),
  },
  agentOrKey('read', 'accounts:read'),
)
