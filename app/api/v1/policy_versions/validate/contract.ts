import { z } from 'zod'
import { contract } from '#lib/http'
import { policyEngine, policySource, problem } from '#lib/policy/schema'

export const validatePolicies = contract({
  operationId: 'validatePolicies',
  method: 'POST',
  idempotency: 'none',
  path: '/api/v1/policy_versions/validate',
  tag: 'Policies',
  summary: 'Check policies without keeping them',
  audit: { none: 'changes nothing' },
  status: 200,
  body: z.strictObject({ engine: policyEngine.default('cedar'), source: policySource }),
  output: z.object({ ok: z.boolean(), problems: z.array(problem) }),
})
