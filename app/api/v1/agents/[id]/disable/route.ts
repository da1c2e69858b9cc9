import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { setAgentDisabled } from '../../changes.ts'
import { disableAgent } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(disableAgent, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'agent', params.id)
        return setAgentDisabled({ tenant, caller, origin }, id, true)
      },
    }),
  },
  key('manage'),
)
