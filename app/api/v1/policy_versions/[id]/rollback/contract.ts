import { contract, idParam } from '#lib/http'
import { policyVersion, publishing } from '#lib/policy/schema'

export const rollBackPolicyVersion = contract({
  operationId: 'rollBackPolicyVersion',
  method: 'POST',
  path: '/api/v1/policy_versions/{id}/rollback',
  tag: 'Policies',
  summary: 'Put an earlier version in force again',
  description: 'Refused as publishing is.',
  audit: 'policy.rolled_back',
  status: 200,
  params: idParam,
  body: publishing,
  output: policyVersion,
  errors: ['not_found', 'conflict', 'unavailable'],
})
