import { openCursor, page, resource, route, startAfter } from '#lib/http'
import { connectors, key } from '#runtime'
import { listConnectors } from './contract.ts'
import { describe } from './describe.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listConnectors, {
      authenticate: key('read'),
      handle: async ({ query }) => {
        const all = Object.values(connectors)
          .filter(({ unlisted }) => !unlisted)
          .map(describe)
        const after = openCursor(query.cursor, /^[a-z][a-z0-9]{0,30}$/)
        return page(all.slice(startAfter(all, ({ id }) => id, after)), query.limit, ({ id }) => id)
      },
    }),
  },
  key('read'),
)
