import { json, resource, route } from '#lib/http'
import { broker, key } from '#runtime'
import { executeTool } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(executeTool, {
      authenticate: key('execute'),
      handle: async ({ caller, body, origin, signal }) => {
        const answered = await broker.execute(caller, body, origin, signal)
        return answered.status === 'pending_approval' ? json(answered, 202) : answered
      },
    }),
  },
  key('execute'),
)
