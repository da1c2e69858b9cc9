import { z } from 'zod'
import { contract, idParam } from '#lib/http'
import { agent } from '#lib/identity/schema'

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

export const deleteAgent = contract({
  operationId: 'deleteAgent',
  method: 'DELETE',
  path: '/api/v1/agents/{id}',
  tag: 'Agents',
  summary: 'Disable an agent, effective at once',
  audit: 'agent.disabled',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found'],
})
