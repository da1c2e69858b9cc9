import { z } from 'zod'
import { contract } from '#lib/http'
import { agentCredential, rotateInput } from '#lib/identity/schema'

export const rotateAgentCredential = contract({
  operationId: 'rotateAgentCredential',
  method: 'POST',
  toldOnce: ['secret'],
  path: '/api/v1/agents/{id}/credentials/{credential_id}/rotate',
  tag: 'Agents',
  summary: 'Make a new client secret; the old one is good for the overlap, and then no more',
  audit: 'agent_credential.rotated',
  status: 201,
  params: z.object({ id: z.string().max(128), credential_id: z.string().max(128) }),
  body: rotateInput,
  output: agentCredential.extend({ secret: z.string() }),
  errors: ['not_found', 'conflict', 'forbidden'],
})
