import { contract, idParam } from '#lib/http'
import { policyVersion } from '#lib/policy/schema'

export const withdrawPolicyVersion = contract({
  operationId: 'withdrawPolicyVersion',
  method: 'POST',
  path: '/api/v1/policy_versions/{id}/withdraw',
  tag: 'Policies',
  summary: 'Take the version in force back',
  description: 'What no rule forbids is allowed again.',
  audit: 'policy.withdrawn',
  status: 200,
  params: idParam,

  output: policyVersion,
  errors: ['not_found', 'conflict', 'unavailable'],
})
