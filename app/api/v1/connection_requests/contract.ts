import { connectionRequest, requestStatus } from '#lib/consent/schema'
import { contract, pageOf, pageQuery } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const listConnectionRequests = contract({
  operationId: 'listConnectionRequests',
  method: 'GET',
  path: '/api/v1/connection_requests',
  tag: 'Connection requests',
  summary: 'List what people ask an administrator to approve',
  description:
    "They ask where the organization's settings.connection_approval demands it for a connector or a scope.",
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({
    org_id: externalId.optional(),
    user_id: externalId.optional(),
    status: requestStatus.optional(),
  }),
  output: pageOf(connectionRequest),
  errors: ['not_found'],
})
