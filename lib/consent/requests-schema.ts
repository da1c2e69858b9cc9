import { z } from 'zod'
import { externalId } from '#lib/tenancy/schema'

export const requestStatus = z
  .enum(['pending', 'approved', 'denied', 'expired', 'used'])
  .describe('approved is good for one connection, until expires_at; used once it was made')
export type RequestStatus = z.infer<typeof requestStatus>

/** A person's request that an administrator approve a connection. */
export const connectionRequest = z.object({
  id: z.string(),
  org_id: externalId,
  user_id: externalId,
  connect_session_id: z.string(),
  connector: z.string(),
  scopes: z.array(z.string()).describe('What an approval covers at most'),
  agents: z.array(z.string()).describe('The grantees; empty for the product itself'),
  reason: z.string().describe('In the words of the person who asks'),
  status: requestStatus,
  note: z.string().nullable().describe('What whoever decided says to that person'),
  decided_by: z.object({ type: z.string(), id: z.string(), user_id: externalId.nullable() }).nullable(),
  decided_at: z.iso.datetime().nullable(),
  connection_id: z.string().nullable().describe('The connection that the approval was used for'),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
})
export type ConnectionRequest = z.infer<typeof connectionRequest>

/** The body of `POST /api/v1/connection_requests/{id}/approve`. */
export const approvalInput = z.strictObject({
  reason: z.string().trim().max(500).optional().describe('Told to the person who asks'),
  decided_by: externalId
    .optional()
    .describe('Who of your users decides; nobody may approve what they asked for themselves'),
})

/** The body of `POST /api/v1/connection_requests/{id}/deny`. */
export const denialInput = z.strictObject({
  reason: z.string().trim().min(1).max(500).describe('Told to the person who asks'),
  decided_by: externalId.optional().describe('Who of your users decides'),
})
