import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { revokeAgentGrant } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(revokeAgentGrant, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'agent_grant', params.id)
        return connect.revokeAgentGrant(tenant, caller, id, origin)
      },
    }),
  },
  key('manage'),
)
