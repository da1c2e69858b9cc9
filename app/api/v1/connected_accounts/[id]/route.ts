import { getAccount } from '#lib/consent'
import { AppError } from '#lib/errors'
import { resource, route } from '#lib/http'
import { lentAccounts } from '#lib/scopes'
import { resolveObject } from '#lib/tenancy'
import { agentOrKey, connect, key } from '#runtime'
import { deleteConnectedAccount, getConnectedAccount } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getConnectedAccount, {
      authenticate: agentOrKey('read', 'accounts:read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'connected_account', params.id)
        const lent =
          caller.kind !== 'agent' || (await lentAccounts(tenant, caller, { id }, null, 1)).length > 0
        if (!lent) throw new AppError('not_found')
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
  agentOrKey('read', 'accounts:read'),
)
