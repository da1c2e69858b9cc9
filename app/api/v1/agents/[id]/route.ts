import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { disableAgentIn, getAgent as read } from '#lib/identity'
import { resolveObject } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { deleteAgent, getAgent } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getAgent, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'agent', params.id)
        return read(tenant, id)
      },
    }),
    DELETE: route(deleteAgent, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'agent', params.id)
        await forOrg(tenant, async (tx) => {
          await disableAgentIn(tx, tenant, id)
          await audited(tx, tenant, caller, origin, 'agent.disabled', { agent_id: params.id })
        })
      },
    }),
  },
  key('read'),
)
