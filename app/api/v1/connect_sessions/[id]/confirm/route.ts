import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { confirmConnectSession } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(confirmConnectSession, {
      authenticate: key('connect'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'connect_session', params.id)
        return connect.confirm(tenant, caller, id, body, origin)
      },
    }),
  },
  key('connect'),
)
