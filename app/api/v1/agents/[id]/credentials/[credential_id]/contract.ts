import { z } from 'zod'
import { contract } from '#lib/http'
import { agentCredential } from '#lib/identity/schema'

const path = '/api/v1/agents/{id}/credentials/{credential_id}'
const params = z.object({ id: z.string().max(128), credential_id: z.string().max(128) })

export const getAgentCredential = contract({
  operationId: 'getAgentCredential',
  method: 'GET',
  path,
  tag: 'Agents',
  summary: "Read one of an agent's credentials; never its secret",
  audit: { none: 'a read' },
  status: 200,
  params,
  output: agentCredential,
  errors: ['not_found'],
})

export const deleteAgentCredential = contract({
  operationId: 'deleteAgentCredential',
  method: 'DELETE',
  path,
  tag: 'Agents',
  summary: 'Revoke a credential: no token is given for it any more',
  description: 'Tokens that were given for it live on for minutes. Disable the agent to end them at once.',
  audit: 'agent_credential.revoked',
  status: 204,
  params,
  output: z.void(),
  errors: ['not_found'],
})
