import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { revokeConnectedAccount } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(revokeConnectedAccount, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'connected_account', params.id)
        const { account, stopped, upstream } = await connect.revoke(tenant, caller, id, body.reason, origin)
        return { ...account, stopped, upstream }
      },
    }),
  },
  key('manage'),
)
