import { contract, pageOf, pageQuery } from '#lib/http'
import { agent, agentInput } from '#lib/identity/schema'
import { externalId } from '#lib/tenancy/schema'

export const createAgent = contract({
  operationId: 'createAgent',
  method: 'POST',
  path: '/api/v1/agents',
  tag: 'Agents',
  summary: 'Register an agent',
  audit: 'agent.created',
  status: 201,
  body: agentInput,
  output: agent,
  errors: ['not_found'],
})

export const listAgents = contract({
  operationId: 'listAgents',
  method: 'GET',
  path: '/api/v1/agents',
  tag: 'Agents',
  summary: 'List agents',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional() }),
  output: pageOf(agent),
  errors: ['not_found'],
})
