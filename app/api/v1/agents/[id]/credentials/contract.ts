import { z } from 'zod'
import { contract, idParam, pageOf, pageQuery } from '#lib/http'
import { agentCredential, agentCredentialInput } from '#lib/identity/schema'

const path = '/api/v1/agents/{id}/credentials'

export const createAgentCredential = contract({
  operationId: 'createAgentCredential',
  method: 'POST',
  toldOnce: ['secret'],
  path,
  tag: 'Agents',
  summary: 'Give an agent something to prove itself with, beside what it has',
  description:
    'The answer for a client_secret carries the secret, this once. A key needs the role execute too.',
  audit: 'agent_credential.created',
  status: 201,
  params: idParam,
  body: agentCredentialInput,
  output: agentCredential.extend({ secret: z.string().optional() }),
  errors: ['not_found', 'conflict', 'forbidden'],
})

export const listAgentCredentials = contract({
  operationId: 'listAgentCredentials',
  method: 'GET',
  path,
  tag: 'Agents',
  summary: 'List what an agent proves itself with, or did',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  query: pageQuery,
  output: pageOf(agentCredential),
  errors: ['not_found'],
})
