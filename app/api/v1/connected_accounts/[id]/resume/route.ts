import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { resumeConnectedAccount } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(resumeConnectedAccount, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'connected_account', params.id)
        return connect.setPaused(tenant, caller, id, false, origin)
      },
    }),
  },
  key('manage'),
)
