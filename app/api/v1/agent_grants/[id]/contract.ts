import { agentGrant } from '#lib/connect/schema'
import { contract, idParam } from '#lib/http'

export const getAgentGrant = contract({
  operationId: 'getAgentGrant',
  method: 'GET',
  path: '/api/v1/agent_grants/{id}',
  tag: 'Agents',
  summary: 'Read what a person let an agent do',
  audit: { none: 'a read of what the audit says too' },
  status: 200,
  params: idParam,
  output: agentGrant,
  errors: ['not_found'],
})
