import { z } from 'zod'
import { externalId } from '#lib/tenancy/schema'

const toolName = z.string().regex(/^[a-z][a-z0-9]*\.[a-z][a-z0-9_]*$/, 'must be a tool name')
const connectorName = z.string().regex(/^[a-z][a-z0-9]{0,30}$/, 'must be the id of a connector')
const agentId = z.string().max(100)
const actor = z.object({ type: z.string(), id: z.string() })

/** What a stop holds for. */
export const stopSubject = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('agent'), id: agentId }),
  z.strictObject({ type: z.literal('user'), id: externalId }),
  z.strictObject({ type: z.literal('tool'), id: toolName }),
  z.strictObject({ type: z.literal('connector'), id: connectorName }),
  z.strictObject({ type: z.literal('org') }),
  z.strictObject({ type: z.literal('all') }),
])
export type StopSubject = z.infer<typeof stopSubject>

export const stopInput = z.strictObject({
  org_id: externalId
    .optional()
    .describe(
      'Without one, an unrestricted key stops an agent, a tool, a connector or all in every organization',
    ),
  subject: stopSubject,
  reason: z.string().min(1).max(300).describe('Told to whoever calls: no secret, no personal data'),
  until: z.iso.datetime({ offset: true }).optional().describe('Without one it holds until it is lifted'),
})
export type StopInput = z.infer<typeof stopInput>

export const liftInput = z.strictObject({ reason: z.string().min(1).max(300).optional() })

export const stop = z.object({
  id: z.string(),
  org_id: externalId.nullable().describe('null for one that holds in every organization'),
  subject: z.object({
    type: z.enum(['agent', 'user', 'tool', 'connector', 'org', 'all']),
    id: z.string().nullable(),
  }),
  reason: z.string(),
  status: z.enum(['active', 'lifted', 'over']),
  placed_by: actor,
  created_at: z.iso.datetime(),
  until: z.iso.datetime().nullable(),
  lifted_at: z.iso.datetime().nullable(),
  lifted_by: actor.nullable(),
  lift_reason: z.string().nullable(),
})
export type Stop = z.infer<typeof stop>

export const placedStop = stop.extend({
  in_flight: z
    .number()
    .int()
    .describe(
      'Calls that were under way and have not ended when this answers; each was told to end. Usually 0',
    ),
})

export const stopFilter = z.object({
  org_id: externalId.optional(),
  status: z.enum(['active', 'lifted', 'over']).optional(),
})

const most = z.number().int().min(1).max(1_000_000_000_000)
const dimensions = ['user', 'agent', 'account', 'tool', 'connector'] as const

const limitFields = {
  name: z.string().min(1).max(100).describe('Told with a refusal'),
  kind: z.enum(['rate', 'concurrency', 'daily_calls', 'daily_cost']),
  most: most.describe('Calls in a window, calls at once, calls of a day (UTC), or cost units of a day'),
  window_seconds: z.number().int().min(1).max(86_400).optional().describe('Of a rate, and of nothing else'),
  per: z
    .array(z.enum(dimensions))
    .max(dimensions.length)
    .default([])
    .describe(
      'Counted apart for each of these; for none of them, the calls of the whole organization count together',
    ),
  agent_id: agentId
    .optional()
    .describe('Holds for the calls of this agent alone, as do the next three in their way'),
  user_id: externalId.optional(),
  tool_name: toolName.optional(),
  connector: connectorName.optional(),
  replaces_default: z
    .boolean()
    .default(false)
    .describe('In place of the deployment’s default of this kind; only an unrestricted key may say so'),
}

export const limitInput = z
  .strictObject({ org_id: externalId.optional(), ...limitFields })
  .refine(({ kind, window_seconds }) => (kind === 'rate') === (window_seconds !== undefined), {
    message: 'belongs to a rate, and a rate needs one',
    path: ['window_seconds'],
  })
export type LimitInput = z.infer<typeof limitInput>

export const limitPatch = z
  .strictObject({ name: limitFields.name, most })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, { message: 'change the name or the most' })

export const limit = z.object({
  id: z.string(),
  org_id: externalId,
  name: z.string(),
  kind: limitFields.kind,
  most: z.number().int(),
  window_seconds: z.number().int().nullable(),
  per: z.array(z.enum(dimensions)),
  agent_id: z.string().nullable(),
  user_id: externalId.nullable(),
  tool_name: z.string().nullable(),
  connector: z.string().nullable(),
  replaces_default: z.boolean(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})
export type Limit = z.infer<typeof limit>

const costs = z
  .record(toolName, z.number().int().min(0).max(1_000_000_000))
  .refine((given) => Object.keys(given).length <= 1_000, 'names too many tools')
  .describe('Units that one call costs, by tool; a tool that is not named costs 1')

export const costsInput = z.strictObject({ org_id: externalId.optional(), costs })
export const costsView = z.object({ org_id: externalId, costs })

export const usage = z.object({
  org_id: externalId,
  since: z.iso.datetime().describe('Midnight, UTC: days of limits begin there'),
  calls: z.number().int().describe('Calls that were let through to a provider'),
  cost_units: z.number().int().describe('Of those calls, at the present costs'),
  by: z
    .array(
      z.object({
        agent_id: z.string().nullable().describe('null for calls of the product itself'),
        tool_name: z.string(),
        calls: z.number().int(),
        cost_units: z.number().int(),
        running: z.number().int(),
      }),
    )
    .describe('The 500 greatest'),
  budgets: z
    .array(
      z.object({
        limit_id: z.string().nullable().describe('null for a default of the deployment'),
        name: z.string(),
        kind: z.enum(['daily_calls', 'daily_cost']),
        subject: z
          .record(z.string(), z.string())
          .describe('For whom it is counted, where it is counted apart'),
        used: z.number().int(),
        most: z.number().int(),
      }),
    )
    .describe('Daily limits that were met today, the 500 most used'),
})
export type Usage = z.infer<typeof usage>
