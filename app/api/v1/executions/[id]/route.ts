import { getExecution as read } from '#lib/broker'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key, viewed } from '#runtime'
import { getExecution } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getExecution, {
      authenticate: key('read'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'execution', params.id)
        const execution = await read(tenant, id)
        await viewed(tenant, caller, origin, 'execution')
        return execution
      },
    }),
  },
  key('read'),
)
