import { z } from 'zod'
import { contract, idParam } from '#lib/http'
import { flip, replayInput } from '#lib/policy/schema'

export const replayPolicyVersion = contract({
  operationId: 'replayPolicyVersion',
  method: 'POST',
  idempotency: 'none',
  path: '/api/v1/policy_versions/{id}/replay',
  tag: 'Policies',
  summary: 'Try a version on past calls',
  description:
    'Judges recorded calls, oldest first, a page of them at a time, and lists every decision that would be another. ' +
    'The same version over the same calls answers the same, byte for byte.',
  audit: 'policy.replayed',
  status: 200,
  params: idParam,
  body: replayInput,
  output: z.object({
    data: z.array(flip),
    judged: z.number().int().describe('Calls of this page whose facts were judged again'),
    without_facts: z.number().int().describe('Calls of this page whose facts are not kept, or no more'),
    has_more: z.boolean(),
    next_cursor: z.string().nullable(),
  }),
  errors: ['not_found', 'unavailable'],
})
