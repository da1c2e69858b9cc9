import { listRevokedAccounts as list } from '#lib/connect'
import { openCursor, page, resource, route, uuidShape } from '#lib/http'
import { parseId } from '#lib/ids'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { listRevokedAccounts } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listRevokedAccounts, {
      authenticate: key('read'),
      handle: async ({ caller, params, query }) => {
        const { tenant, id } = await resolveObject(caller, 'revocation', params.id)
        const rows = await list(tenant, id, openCursor(query.cursor, uuidShape), query.limit + 1)
        return page(rows, query.limit, (row) => parseId('connected_account', row.connected_account_id) ?? '')
      },
    }),
  },
  key('read'),
)
