import { getAgentGrant as read } from '#lib/connect'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { getAgentGrant } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getAgentGrant, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'agent_grant', params.id)
        return read(tenant, id)
      },
    }),
  },
  key('read'),
)
