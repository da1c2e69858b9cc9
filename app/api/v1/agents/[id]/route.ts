import { resource, route } from '#lib/http'
import { getAgent as read } from '#lib/identity'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { changeAgent as change, setAgentDisabled } from '../changes.ts'
import { changeAgent, deleteAgent, getAgent } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getAgent, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'agent', params.id)
        return read(tenant, id)
      },
    }),
    PATCH: route(changeAgent, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'agent', params.id)
        return change({ tenant, caller, origin }, id, body)
      },
    }),
    DELETE: route(deleteAgent, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'agent', params.id)
        await setAgentDisabled({ tenant, caller, origin }, id, true)
      },
    }),
  },
  key('read'),
)
