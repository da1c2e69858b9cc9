import { contract, idParam } from '#lib/http'
import { agent } from '#lib/identity/schema'

export const enableAgent = contract({
  operationId: 'enableAgent',
  method: 'POST',
  path: '/api/v1/agents/{id}/enable',
  tag: 'Agents',
  summary: 'Let a disabled agent go on; tokens of before stay ended',
  audit: 'agent.enabled',
  status: 200,
  params: idParam,
  output: agent,
  errors: ['not_found'],
})
