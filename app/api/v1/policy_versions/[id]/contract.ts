import { z } from 'zod'
import { contract, idParam } from '#lib/http'
import { policyVersion, versionChange } from '#lib/policy/schema'

const path = '/api/v1/policy_versions/{id}'

export const getPolicyVersion = contract({
  operationId: 'getPolicyVersion',
  method: 'GET',
  path,
  tag: 'Policies',
  summary: 'Read a version and what is wrong with it',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: policyVersion,
  errors: ['not_found'],
})

export const changePolicyVersion = contract({
  operationId: 'changePolicyVersion',
  method: 'PATCH',
  path,
  tag: 'Policies',
  summary: 'Change a draft',
  audit: 'policy.draft_changed',
  status: 200,
  params: idParam,
  body: versionChange,
  output: policyVersion,
  errors: ['not_found', 'conflict'],
})

export const discardPolicyVersion = contract({
  operationId: 'discardPolicyVersion',
  method: 'DELETE',
  path,
  tag: 'Policies',
  summary: 'Discard a draft',
  audit: 'policy.draft_discarded',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found', 'conflict'],
})
