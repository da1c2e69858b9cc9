import { agentGrant, agentGrantFilter } from '#lib/connect/schema'
import { contract, pageOf, pageQuery } from '#lib/http'

export const listAgentGrants = contract({
  operationId: 'listAgentGrants',
  method: 'GET',
  path: '/api/v1/agent_grants',
  tag: 'Agents',
  summary: 'List what people let agents do',
  description: 'Consents that people gave on the authorization server’s page, ended ones too, newest first.',
  audit: { none: 'a read of what the audit says too' },
  status: 200,
  query: pageQuery.extend(agentGrantFilter),
  output: pageOf(agentGrant),
  errors: ['not_found'],
})
