import { z } from 'zod'
import { effect } from '#lib/connector-kit/schema'
import { externalId } from '#lib/tenancy/schema'

export const policyInput = z
  .strictObject({
    org_id: externalId.optional(),
    name: z.string().min(1).max(200),
    effect: z.literal('deny').default('deny'),
    tools: z
      .array(
        z
          .string()
          .regex(/^[a-z][a-z0-9]*\.([a-z][a-z0-9_]*|\*)$/, 'must be a tool name, or connector.* for all'),
      )
      .max(200)
      .default([]),
    effects: z.array(effect).max(5).default([]),
  })
  .refine(({ tools, effects }) => tools.length + effects.length > 0, {
    message: 'name at least one tool or effect',
    path: ['tools'],
  })
export type PolicyInput = z.infer<typeof policyInput>

export const policy = z.object({
  id: z.string(),
  org_id: externalId,
  name: z.string(),
  effect: z.literal('deny'),
  tools: z.array(z.string()),
  effects: z.array(effect),
  created_at: z.iso.datetime(),
})
export type Policy = z.infer<typeof policy>

/** Something wrong with a policy, or doubtful. */
export const problem = z.object({
  severity: z.enum(['error', 'warning']),
  line: z.number().int().nullable().describe('From 1'),
  column: z.number().int().nullable().describe('From 1, in letters'),
  message: z.string(),
  fix: z.string().nullable(),
})
export type Problem = z.infer<typeof problem>
