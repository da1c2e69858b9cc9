import { z } from 'zod'
import { effect } from '#lib/connector-kit/schema'
import { externalId } from '#lib/tenancy/schema'

export const approvalStatus = z
  .enum(['pending', 'approved', 'denied', 'expired', 'withdrawn', 'refused', 'executing', 'executed'])
  .describe(
    'approved waits to be executed; refused was approved, and then refused by policy, consent or a stop; executed says nothing of how it ended: execution_status does',
  )
export type ApprovalStatus = z.infer<typeof approvalStatus>

const who = z.object({ type: z.string(), id: z.string() })

/** What one approver said. */
export const vote = z.object({
  approves: z.boolean(),
  decided_by: who.extend({ user_id: externalId.nullable() }),
  reason: z.string().nullable(),
  decided_at: z.iso.datetime(),
})

/** A call that waits for people, or waited. */
export const approval = z.object({
  id: z.string(),
  org_id: externalId,
  user_id: externalId.describe('On whose behalf'),
  connected_account_id: z.string(),
  connector: z.string(),
  tool_name: z.string(),
  effect,
  requested_by: who,
  policy: z
    .object({
      engine: z.string(),
      policy_ids: z.array(z.string()),
      reason: z.string().nullable().describe('In the words of the policy'),
    })
    .describe('What asks'),
  status: approvalStatus,
  quorum: z.number().int().describe('How many must approve'),
  votes: z.array(vote).describe('Oldest first'),
  execution_id: z.string().nullable(),
  execution_status: z.enum(['running', 'succeeded', 'failed', 'unknown']).nullable(),
  error_code: z.string().nullable().describe('Of the refusal, or of the execution'),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  decided_at: z.iso.datetime().nullable(),
  finished_at: z.iso.datetime().nullable(),
})
export type Approval = z.infer<typeof approval>

/** One approval with the exact call, for whoever may see that. */
export const approvalDetail = approval.extend({
  params: z
    .unknown()
    .describe('What would be sent; for approvers and for whoever asked, as long as it is kept, else null'),
  authorization_details: z.unknown().describe('As params'),
  output: z.unknown().describe('For whoever asked, until output_expires_at, else null'),
  output_expires_at: z.iso.datetime().nullable(),
})
export type ApprovalDetail = z.infer<typeof approvalDetail>

export const approvalFilter = z.object({
  org_id: externalId.optional(),
  user_id: externalId.optional(),
  tool_name: z.string().max(64).optional(),
  status: approvalStatus.optional(),
})
export type ApprovalFilter = Omit<z.infer<typeof approvalFilter>, 'org_id'>

const decidedBy = externalId
  .optional()
  .describe(
    'Who of your users decides; without one the key itself does. Nobody may approve what they asked for',
  )

/** The body of `POST /api/v1/approvals/{id}/approve`. */
export const approveInput = z.strictObject({
  reason: z.string().trim().max(500).optional(),
  decided_by: decidedBy,
})

/** The body of `POST /api/v1/approvals/{id}/deny`. */
export const denyInput = z.strictObject({
  reason: z.string().trim().min(1).max(500).describe('Told to whoever asked'),
  decided_by: decidedBy,
})

/** The answer of `POST /api/v1/tools/execute` for a call that waits for people: 202. */
export const pendingApproval = z.object({
  status: z.literal('pending_approval'),
  approval_id: z.string(),
  expires_at: z.iso.datetime(),
})
export type PendingApproval = z.infer<typeof pendingApproval>
