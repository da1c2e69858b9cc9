import { forOrg, type Sql, type Statement } from '#lib/db'
import { AppError } from '#lib/errors'
import { type Remembered, remember } from '#lib/identity'
import { parseId } from '#lib/ids'
import { isAsked } from '#lib/policy'
import type { Allowed, Asked, Caller, Tenant } from '#lib/proof'
import { pendingView, requestApproval, type Trail } from './ask.ts'
import { type AskedCall, callHmac, type SealedCall } from './call.ts'
import { getApprovalIn, openCall, type Row, statusOf } from './read.ts'
import type { PendingApproval } from './schema.ts'

/**
 * The stage after policy. What policy allows passes; what it asks people about waits for them, or passes with the
 * approval that they gave to this very call.
 * @param approvalId public id of the approval that the caller names, or `null`
 * @throws AppError `not_found` for an approval that is not there; `conflict` for one of another call, or one that is
 *   over or used
 */
export async function approve(
  judged: Allowed | Asked,
  call: AskedCall,
  caller: Caller,
  trail: Trail,
  approvalId: string | null,
): Promise<Allowed | PendingApproval> {
  if (approvalId !== null) return withApproval(judged, call, caller, approvalId)
  return isAsked(judged) ? requestApproval(judged, call, caller, trail) : judged
}

async function withApproval(
  judged: Allowed | Asked,
  call: AskedCall,
  caller: Caller,
  approvalId: string,
): Promise<Allowed | PendingApproval> {
  const { granted } = judged
  const { tenant } = granted
  const id = parseId('approval', approvalId)
  if (id === null) throw new AppError('not_found', { detail: 'There is no such approval.' })
  const row = await forOrg(tenant, (tx) => getApprovalIn(tx, tenant, id))
  const hmac = await callHmac(tenant, remember(caller), granted, call)
  if (row.call_hmac !== hmac) {
    throw new AppError('conflict', {
      detail: 'That approval is for another call. Send this one without approval_id to have it approved.',
      param: 'approval_id',
    })
  }
  const status = statusOf(row)
  if (status === 'pending') return pendingView(row)
  if (status !== 'approved') throw spent(status)
  return allowedBy(judged, row)
}

const spent = (status: string) =>
  new AppError('conflict', {
    detail:
      status === 'executing' || status === 'executed'
        ? 'This approval has been used: it was good for one call. GET /api/v1/approvals/{id} says what became of it.'
        : `This approval is ${status}.`,
    param: 'approval_id',
  })

/**
 * Makes a permission of a call that people have approved.
 * @throws AppError `conflict` when the policy has come to ask more people than have approved
 */
function allowedBy({ granted, decision }: Allowed | Asked, row: Row): Allowed {
  const votes = row.votes.filter(({ approves }) => approves).length
  if (votes < (decision.decision === 'ask' ? (decision.approval?.quorum ?? 1) : 1)) {
    throw new AppError('conflict', {
      detail: 'The policy asks more people by now than have approved. Send the call again.',
    })
  }
  return {
    granted,
    decision: { ...decision, decision: 'allow' },
    approval: { id: row.id, callHmac: row.call_hmac },
  } as Allowed
}

/** An approval that a call about to be recorded uses up. */
export type Use = { executionId: string; id: string; callHmac: string }

const hold: Statement = {
  name: 'approvals_hold',
  text: `SELECT a.id, a.call_hmac FROM approvals a
    WHERE a.org_id = $1 AND a.id = ANY ($2::uuid[]) AND a.status = 'approved' AND a.expires_at > now()
    ORDER BY a.id FOR UPDATE`,
}

const consume: Statement = {
  name: 'approvals_consume',
  text: `UPDATE approvals a SET status = 'executing', execution_id = n.execution_id
    FROM unnest($2::uuid[], $3::uuid[]) AS n (id, execution_id)
    WHERE a.org_id = $1 AND a.id = n.id AND a.status = 'approved'`,
}

/**
 * Holds the approvals of calls about to be recorded, until the transaction ends. Of many that would use one, one may.
 * @returns the refusals, by execution; the others are to be used up with `consumeApprovalsIn` in the same transaction
 */
export async function holdApprovalsIn(
  sql: Sql,
  tenant: Tenant,
  uses: readonly Use[],
): Promise<Map<string, AppError>> {
  const refused = new Map<string, AppError>()
  if (uses.length === 0) return refused
  const rows = await sql<{ id: string; call_hmac: string }>(hold, [tenant.orgId, uses.map(({ id }) => id)])
  const free = new Map(rows.map((row) => [row.id, row.call_hmac]))
  for (const { executionId, id, callHmac: hmac } of uses) {
    if (free.get(id) === hmac) free.delete(id)
    else refused.set(executionId, spent('executing'))
  }
  return refused
}

/** Uses up approvals that are held: what crashes after this commit is never made again. */
export async function consumeApprovalsIn(sql: Sql, tenant: Tenant, uses: readonly Use[]): Promise<void> {
  if (uses.length === 0) return
  const ids = uses.map(({ id }) => id)
  await sql(consume, [tenant.orgId, ids, uses.map(({ executionId }) => executionId)])
}

type ApprovedCall = {
  requester: Remembered
  accountId: string
  toolName: string
  given: unknown
  authorizationDetails: unknown
  context: unknown
  origin: { ip: string | null; userAgent: string | null; traceId: string }
}

/** The call that was approved and is to be made now; `null` when there is nothing to be made any more. */
export async function approvedCall(tenant: Tenant, id: string): Promise<ApprovedCall | null> {
  const row = await forOrg(tenant, (tx) => getApprovalIn(tx, tenant, id)).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') return null
    throw error
  })
  if (!row || statusOf(row) !== 'approved') return null
  const call: SealedCall | null = await openCall(tenant, row)
  if (!call) return null
  const { given, authorizationDetails, context } = call
  return {
    requester: row.requester as Remembered,
    accountId: row.account_id,
    toolName: row.tool_name,
    given,
    authorizationDetails,
    context,
    origin: { ip: row.ip, userAgent: row.user_agent, traceId: row.trace_id },
  }
}
