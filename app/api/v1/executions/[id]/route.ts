import { ownOf, getExecution as read } from '#lib/broker'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { agentOrKey, viewed } from '#runtime'
import { getExecution } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getExecution, {
      authenticate: agentOrKey('read', 'executions:read'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'execution', params.id)
        const execution = await read(tenant, id, ownOf(caller))
        await viewed(tenant, caller, origin, 'execution')
        return execution
      },
    }),
  },
  agentOrKey('read', 'executions:read'),
)
