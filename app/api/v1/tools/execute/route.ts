import { resource, route } from '#lib/http'
import { broker, key } from '#runtime'
import { executeTool } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(executeTool, {
      authenticate: key('execute'),
      handle: ({ caller, body, origin, signal }) => broker.execute(caller, body, origin, signal),
    }),
  },
  key('execute'),
)
