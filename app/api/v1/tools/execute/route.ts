import { json, resource, route } from '#lib/http'
import { readKey } from '#lib/idempotency'
import { broker, key } from '#runtime'
import { executeTool } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(executeTool, {
      authenticate: key('execute'),
      handle: async ({ caller, body, origin, request, signal }) => {
        const answered = await broker.execute(caller, body, origin, signal, readKey(request.headers))
        if (answered.status === 'pending_approval') return json(answered, 202)
        if (!answered.replayed) return answered
        const { replayed: _, ...first } = answered
        return json(first, 200, { 'idempotency-replayed': 'true' })
      },
    }),
  },
  key('execute'),
)
