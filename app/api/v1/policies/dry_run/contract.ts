import { z } from 'zod'
import { contract } from '#lib/http'
import { callInput, judged } from '#lib/policy/schema'
import { externalId } from '#lib/tenancy/schema'

export const dryRunPolicies = contract({
  operationId: 'dryRunPolicies',
  method: 'POST',
  idempotency: 'none',
  path: '/api/v1/policies/dry_run',
  tag: 'Policies',
  summary: 'Decide a made-up call',
  description: 'By a version, or by what is in force. Nothing is called and nothing is written.',
  audit: { none: 'changes nothing' },
  status: 200,
  body: z.strictObject({
    org_id: externalId.optional(),
    version_id: z.string().max(100).optional(),
    call: callInput,
  }),
  output: judged.extend({
    version_id: z.string().nullable(),
    facts: z.record(z.string(), z.unknown()).describe('What was judged'),
  }),
  errors: ['not_found', 'unavailable'],
})
