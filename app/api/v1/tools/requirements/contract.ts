import { z } from 'zod'
import { contract } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const toolRequirements = contract({
  operationId: 'toolRequirements',
  method: 'POST',
  idempotency: 'none',
  path: '/api/v1/tools/requirements',
  tag: 'Tools',
  summary: 'What is still missing to run these tools for this user',
  audit: { none: 'a read' },
  status: 200,
  body: z.strictObject({
    org_id: externalId.optional(),
    user_id: externalId,
    tools: z.array(z.string().max(64)).min(1).max(200),
  }),
  output: z.object({
    ready: z.boolean(),
    tools: z.array(
      z.object({
        name: z.string(),
        available: z.boolean(),
        missing: z.array(z.string()),
        blocked: z
          .enum(['policy', 'stopped', 'ceiling', 'limits', 'agent', 'token', 'consent', 'changed'])
          .nullable()
          .describe(
            'What stands in the way that asking for scopes would not change: a policy, a stop, the ceiling of the user’s groups, ' +
              'what the user picked; for an agent also the tools that it may use at all, the scopes of its token, the tools ' +
              'that the user let it use, or that one of those has changed since',
          ),
      }),
    ),
    connectors: z
      .array(z.object({ connector: z.string(), scopes: z.array(z.string()) }))
      .describe('What a connect session should ask for'),
  }),
  errors: ['not_found'],
})
