import { connectionRequest, denialInput } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'

export const denyConnectionRequest = contract({
  operationId: 'denyConnectionRequest',
  method: 'POST',
  path: '/api/v1/connection_requests/{id}/deny',
  tag: 'Connection requests',
  summary: 'Deny a request',
  description: 'The person is told the reason, and may ask again.',
  audit: 'connection_request.denied',
  status: 200,
  params: idParam,
  body: denialInput,
  output: connectionRequest,
  errors: ['not_found', 'conflict'],
})
