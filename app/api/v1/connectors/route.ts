import { resource, route } from '#lib/http'
import { connectors, key } from '#runtime'
import { listConnectors } from './contract.ts'
import { describe } from './describe.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listConnectors, {
      authenticate: key('read'),
      handle: async () => ({
        data: Object.values(connectors).map(describe),
        has_more: false,
        next_cursor: null,
      }),
    }),
  },
  key('read'),
)
