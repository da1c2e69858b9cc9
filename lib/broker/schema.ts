import { z } from 'zod'
import { effect } from '#lib/connector-kit/schema'
import { authorizationDetails } from '#lib/scopes/schema'
import { externalId } from '#lib/tenancy/schema'

const toolName = z.string().min(3).max(64)

/** The body of `POST /api/v1/tools/execute`. */
export const executeInput = z
  .strictObject({
    connected_account_id: z.string().max(100).optional(),
    org_id: externalId.optional(),
    user_id: externalId
      .optional()
      .describe(
        'In place of the account: then exactly one usable account must fit. A token on behalf of a user may leave both out',
      ),
    tool_name: toolName,
    params: z.record(z.string(), z.unknown()).default({}),
    approval_id: z
      .string()
      .max(100)
      .optional()
      .describe(
        'The approval of this very call, by whoever asked for it; without one an equal call that waits is told of',
      ),
    dry_run: z.boolean().default(false).describe('All stages but the call'),
    authorization_details: authorizationDetails.optional(),
    context: z
      .strictObject({
        run_id: z.string().max(200).optional(),
        step: z.union([z.string().max(200), z.number()]).optional(),
        model: z.string().max(200).optional(),
        prompt_ref: z.string().max(500).optional(),
        usage: z.record(z.string().max(100), z.number()).optional(),
      })
      .default({})
      .describe('Free telemetry, kept with the execution and never forwarded'),
  })
  .refine((input) => input.connected_account_id === undefined || input.user_id === undefined, {
    message: 'give either connected_account_id, or user_id with org_id',
    path: ['connected_account_id'],
  })
export type ExecuteInput = z.infer<typeof executeInput>

export const executeOutput = z.object({
  execution_id: z.string().nullable(),
  status: z.enum(['succeeded', 'dry_run']),
  output: z.unknown(),
  trace_id: z.string(),
  duration_ms: z.number().int(),
  content: z
    .object({
      trust: z.literal('untrusted_provider_data'),
      redactions: z.number().int().describe('Markers in the output that stand for a secret'),
      masked: z.partialRecord(z.enum(['email', 'phone', 'iban', 'card', 'ip']), z.number().int()),
      omitted: z
        .enum(['too_large', 'unreadable'])
        .optional()
        .describe('The write was made; its answer was left out'),
    })
    .optional()
    .describe('What was done to the output before you saw it; absent where that was nothing'),
  approval_required: z.boolean().optional().describe('In a dry run: whether people would have to approve'),
})

export const execution = z.object({
  id: z.string(),
  org_id: externalId,
  user_id: externalId,
  connected_account_id: z.string(),
  connection_id: z.string(),
  tool_name: z.string(),
  effect,
  actor: z.object({ type: z.string(), id: z.string() }),
  actors: z
    .array(z.string())
    .describe('Every agent that the call went through, the one that called first; empty where none did'),
  status: z.enum(['running', 'succeeded', 'failed', 'unknown']),
  error_code: z.string().nullable(),
  duration_ms: z.number().int().nullable(),
  context: z.record(z.string(), z.unknown()),
  file: z
    .object({
      direction: z.enum(['in', 'out']),
      media_type: z.string(),
      size_bytes: z.number().int().describe('Bytes that went through'),
      sha256: z.string().nullable().describe('Of the file; null where not all of it went through'),
      complete: z.boolean(),
    })
    .nullable()
    .describe('The file that the call moved, once it is over'),
  trace_id: z.string(),
  created_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
})
export type Execution = z.infer<typeof execution>

export const executionFilter = z.object({
  org_id: externalId.optional(),
  user_id: externalId.optional(),
  connected_account_id: z.string().max(100).optional(),
  tool_name: toolName.optional(),
  status: z.enum(['running', 'succeeded', 'failed', 'unknown']).optional(),
})
