import { listConnections as list } from '#lib/consent'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { listConnections } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listConnections, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'connected_account', params.id)
        return { data: await list(tenant, id), has_more: false, next_cursor: null }
      },
    }),
  },
  key('read'),
)
