import { openCursor, page, resource, route, uuidShape } from '#lib/http'
import { listOrgs as list } from '#lib/tenancy'
import { key } from '#runtime'
import { listOrgs } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listOrgs, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const before = openCursor(query.cursor, uuidShape)
        const rows = await list(caller, before, query.limit + 1)
        const { data, ...rest } = page(rows, query.limit, ({ orgId }) => orgId)
        return { data: data.map(({ view }) => view), ...rest }
      },
    }),
  },
  key('read'),
)
