import { answeredWith, createDelivery } from '#lib/broker'
import { acceptsFile, fileOf, json, resource, route } from '#lib/http'
import { readKey } from '#lib/idempotency'
import { agentOrKey, broker } from '#runtime'
import { executeTool } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(executeTool, {
      authenticate: agentOrKey('execute', 'tools:read', 'tools:write'),
      handle: async ({ caller, body, origin, request, signal }) => {
        const upload = fileOf(request)
        const delivery = acceptsFile(request) ? createDelivery() : null
        const files = { ...(upload && { upload }), ...(delivery && { delivery }) }
        const running = broker.execute(caller, body, origin, signal, readKey(request.headers), files)
        const answered = await (delivery ? answeredWith(delivery, running) : running)
        if (answered instanceof Response) return answered
        const { replayed, ...first } = answered
        const headers = replayed ? { 'idempotency-replayed': 'true' } : {}
        if (first.status === 'pending_approval') return json(first, 202, headers)
        return replayed ? json(first, 200, headers) : first
      },
    }),
  },
  agentOrKey('execute', 'tools:read', 'tools:write'),
)
