import { listExecutions as list, ownOf } from '#lib/broker'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { userFrom } from '#lib/identity'
import { parseId } from '#lib/ids'
import { tenantFrom } from '#lib/tenancy'
import { agentOrKey, viewed } from '#runtime'
import { listExecutions } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listExecutions, {
      authenticate: agentOrKey('read', 'executions:read'),
      handle: async ({ caller, query, origin }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const { tool_name, status, connected_account_id: account } = query
        const user_id = await userFrom(tenant, caller, query.user_id)
        const before = openCursor(query.cursor, uuidShape)
        // An id that is no account's matches nothing.
        const account_id =
          account === undefined ? undefined : (parseId('connected_account', account) ?? tenant.orgId)
        const own = ownOf(caller)
        const filter = { user_id, tool_name, status, account_id, own }
        const rows = await list(tenant, filter, before, query.limit + 1)
        await viewed(tenant, caller, origin, 'execution')
        return page(rows, query.limit, cursorOf('execution'))
      },
    }),
  },
  agentOrKey('read', 'executions:read'),
)
