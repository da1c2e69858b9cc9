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
        const { replayed, ...first } = answered
        const headers = replayed ? { 'idempotency-replayed': 'true' } : {}
        if (first.status === 'pending_approval') return json(first, 202, headers)
        return replayed ? json(first, 200, headers) : first
      },
    }),
  },
  key('execute'),
)
