import { z } from 'zod'
import { externalId } from '#lib/tenancy/schema'

export const outcome = z.enum(['allowed', 'denied', 'failed', 'unknown'])

export const auditEvent = z.object({
  id: z.string(),
  sequence: z.number().int(),
  occurred_at: z.iso.datetime(),
  action: z.string(),
  outcome,
  org_id: z.string(),
  user_id: z.string().nullable(),
  actor: z.object({ type: z.string(), id: z.string() }),
  agent_id: z.string().nullable(),
  connected_account_id: z.string().nullable(),
  connection_id: z.string().nullable(),
  tool_name: z.string().nullable(),
  scopes_required: z.array(z.string()),
  scopes_granted: z.array(z.string()),
  policy: z.object({ engine: z.string(), decision: z.string(), policy_ids: z.array(z.string()) }).nullable(),
  params_hmac: z.string().nullable(),
  changed_fields: z.array(z.string()),
  error_code: z.string().nullable(),
  duration_ms: z.number().nullable(),
  trace_id: z.string().nullable(),
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  prev_hash: z.string(),
  hash: z.string(),
})
export type AuditEvent = z.infer<typeof auditEvent>

export const auditFilter = z.object({
  org_id: externalId.optional(),
  actor: z.string().max(200).optional().describe('Id of the actor'),
  action: z.string().max(100).optional(),
  user_id: externalId.optional(),
  connected_account_id: z.string().max(100).optional(),
  tool_name: z.string().max(64).optional(),
  outcome: outcome.optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
})
export type AuditFilter = Omit<z.infer<typeof auditFilter>, 'org_id'>

export const chainReport = z.object({
  ok: z.boolean(),
  events: z.number().int(),
  head: z.string(),
  first_bad: z.string().nullable().describe('Id of the first event that does not fit the chain'),
  reason: z.string().nullable(),
})
export type ChainReport = z.infer<typeof chainReport>
