import { z } from 'zod'
import { contract, idParam } from '#lib/http'
import { caseResult } from '#lib/policy/schema'

export const testPolicyVersion = contract({
  operationId: 'testPolicyVersion',
  method: 'POST',
  idempotency: 'none',
  path: '/api/v1/policy_versions/{id}/test',
  tag: 'Policies',
  summary: 'Run the cases on a version',
  audit: { none: 'changes nothing' },
  status: 200,
  params: idParam,
  output: z.object({ passed: z.boolean(), cases: z.array(caseResult) }),
  errors: ['not_found', 'unavailable'],
})
