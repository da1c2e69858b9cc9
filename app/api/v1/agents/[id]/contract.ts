import { z } from 'zod'
import { contract, idParam } from '#lib/http'
import { agent, agentPatch } from '#lib/identity/schema'

export const getAgent = contract({
  operationId: 'getAgent',
  method: 'GET',
  path: '/api/v1/agents/{id}',
  tag: 'Agents',
  summary: 'Read an agent',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: agent,
  errors: ['not_found'],
})

export const changeAgent = contract({
  operationId: 'changeAgent',
  method: 'PATCH',
  path: '/api/v1/agents/{id}',
  tag: 'Agents',
  summary: 'Change what is known of an agent, and what it may reach; it holds from its next call on',
  audit: 'agent.changed',
  status: 200,
  params: idParam,
  body: agentPatch,
  output: agent,
  errors: ['not_found', 'conflict'],
})

export const deleteAgent = contract({
  operationId: 'deleteAgent',
  method: 'DELETE',
  path: '/api/v1/agents/{id}',
  tag: 'Agents',
  summary: 'Disable an agent, effective at once',
  description: 'As POST …/disable: what it has done stays on record.',
  audit: 'agent.disabled',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found'],
})
