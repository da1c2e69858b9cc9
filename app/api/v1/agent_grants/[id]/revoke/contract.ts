import { agentGrant } from '#lib/connect/schema'
import { contract, idParam } from '#lib/http'

export const revokeAgentGrant = contract({
  operationId: 'revokeAgentGrant',
  method: 'POST',
  path: '/api/v1/agent_grants/{id}/revoke',
  tag: 'Agents',
  summary: 'Take back what a person let an agent do',
  description:
    'Effective at once: no call is made any more with a token that was issued under it. Done again it changes nothing.',
  audit: 'agent_grant.revoked',
  status: 200,
  params: idParam,
  output: agentGrant,
  errors: ['not_found'],
})
