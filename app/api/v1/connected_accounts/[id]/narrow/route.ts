import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { narrowConnectedAccount } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(narrowConnectedAccount, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'connected_account', params.id)
        return connect.narrow(tenant, caller, id, body, origin)
      },
    }),
  },
  key('manage'),
)
