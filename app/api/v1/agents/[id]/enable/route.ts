import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { setAgentDisabled } from '../../changes.ts'
import { enableAgent } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(enableAgent, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'agent', params.id)
        return setAgentDisabled({ tenant, caller, origin }, id, false)
      },
    }),
  },
  key('manage'),
)
