import { getRequest } from '#lib/consent'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { getConnectionRequest } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getConnectionRequest, {
      authenticate: key('manage'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'connection_request', params.id)
        return getRequest(tenant, id)
      },
    }),
  },
  key('manage'),
)
