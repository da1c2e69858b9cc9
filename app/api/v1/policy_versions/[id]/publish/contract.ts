import { contract, idParam } from '#lib/http'
import { policyVersion, publishing } from '#lib/policy/schema'

export const publishPolicyVersion = contract({
  operationId: 'publishPolicyVersion',
  method: 'POST',
  path: '/api/v1/policy_versions/{id}/publish',
  tag: 'Policies',
  summary: 'Put a draft in force',
  description:
    'Refused while it has errors, and while a case fails: `errors` names each. `force` with a reason publishes it though cases fail.',
  audit: 'policy.published',
  status: 200,
  params: idParam,
  body: publishing,
  output: policyVersion,
  errors: ['not_found', 'conflict', 'unavailable'],
})
