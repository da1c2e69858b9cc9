import { z } from 'zod'
import { contract } from '#lib/http'
import { admission } from '#lib/identity/schema'
import { externalId } from '#lib/tenancy/schema'

const path = '/api/v1/agents/{id}/orgs/{org_id}'
const params = z.object({ id: z.string().max(128), org_id: externalId })
const description =
  'Only for agents of the deployment. It is no consent: what the agent may use there is for people to say.'

export const getAgentOrg = contract({
  operationId: 'getAgentOrg',
  method: 'GET',
  path,
  tag: 'Agents',
  summary: "Whether one of the deployment's agents may work in an organization",
  description,
  audit: { none: 'a read' },
  status: 200,
  params,
  output: admission,
  errors: ['not_found', 'forbidden'],
})

export const admitAgent = contract({
  operationId: 'admitAgent',
  method: 'PUT',
  path,
  tag: 'Agents',
  summary: "Let one of the deployment's agents into an organization",
  description,
  audit: 'agent.admitted',
  status: 200,
  params,
  output: admission,
  errors: ['not_found', 'forbidden'],
})

export const withdrawAgentAdmission = contract({
  operationId: 'withdrawAgentAdmission',
  method: 'DELETE',
  path,
  tag: 'Agents',
  summary: "Keep one of the deployment's agents out of an organization",
  description,
  audit: 'agent.admission_withdrawn',
  status: 204,
  params,
  output: z.void(),
  errors: ['not_found', 'forbidden'],
})
