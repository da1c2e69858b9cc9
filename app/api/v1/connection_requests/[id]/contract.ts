import { connectionRequest } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'

export const getConnectionRequest = contract({
  operationId: 'getConnectionRequest',
  method: 'GET',
  path: '/api/v1/connection_requests/{id}',
  tag: 'Connection requests',
  summary: 'Read a request',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: connectionRequest,
  errors: ['not_found'],
})
