import { contract, idParam } from '#lib/http'
import { agent } from '#lib/identity/schema'

export const disableAgent = contract({
  operationId: 'disableAgent',
  method: 'POST',
  path: '/api/v1/agents/{id}/disable',
  tag: 'Agents',
  summary: 'Stop an agent: its live tokens are refused with their next call',
  audit: 'agent.disabled',
  status: 200,
  params: idParam,
  output: agent,
  errors: ['not_found'],
})
