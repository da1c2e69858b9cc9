import { listExecutions as list } from '#lib/broker'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { parseId } from '#lib/ids'
import { tenantFrom } from '#lib/tenancy'
import { key, viewed } from '#runtime'
import { listExecutions } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listExecutions, {
      authenticate: key('read'),
      handle: async ({ caller, query, origin }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const { user_id, tool_name, status, connected_account_id: account } = query
        const before = openCursor(query.cursor, uuidShape)
        // An id that is no account's matches nothing.
        const account_id =
          account === undefined ? undefined : (parseId('connected_account', account) ?? tenant.orgId)
        const rows = await list(tenant, { user_id, tool_name, status, account_id }, before, query.limit + 1)
        await viewed(tenant, caller, origin, 'execution')
        return page(rows, query.limit, cursorOf('execution'))
      },
    }),
  },
  key('read'),
)
