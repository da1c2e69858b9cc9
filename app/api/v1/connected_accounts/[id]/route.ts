import { getAccount } from '#lib/consent'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { deleteConnectedAccount, getConnectedAccount } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getConnectedAccount, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'connected_account', params.id)
        return getAccount(tenant, id)
      },
    }),
    DELETE: route(deleteConnectedAccount, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'connected_account', params.id)
        await connect.remove(tenant, caller, id, origin)
      },
    }),
  },
  key('read'),
)
