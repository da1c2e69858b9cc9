import { approvalInput, connectionRequest } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'

export const approveConnectionRequest = contract({
  operationId: 'approveConnectionRequest',
  method: 'POST',
  path: '/api/v1/connection_requests/{id}/approve',
  tag: 'Connection requests',
  summary: 'Approve a request',
  description:
    'For its connector, at most its scopes and its agents: good for one connection within 14 days.',
  audit: 'connection_request.approved',
  status: 200,
  params: idParam,
  body: approvalInput,
  output: connectionRequest,
  errors: ['not_found', 'conflict'],
})
