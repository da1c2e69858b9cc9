import type { Origin } from '#lib/audit'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import type { Caller, Tenant } from '#lib/proof'
import { isRequester, mayApprove, mayRead, maySeeCall } from './call.ts'
import { getApprovalIn, openCall, openOutput, viewIn } from './read.ts'
import { auditIn } from './record.ts'
import type { ApprovalDetail } from './schema.ts'

/**
 * One approval, with as much of it as the caller may see: the call for approvers, members who may see what calls carry, and
 * whoever asked; its answer for whoever asked. That somebody else has looked at a call is in the audit.
 * @throws AppError `not_found`, also for a caller that may neither read, nor approve, nor has asked
 */
export async function showApproval(
  tenant: Tenant,
  caller: Caller,
  id: string,
  origin: Origin,
): Promise<ApprovalDetail> {
  const { row, shown, own, sees } = await forOrg(tenant, async (tx) => {
    const row = await getApprovalIn(tx, tenant, id)
    const own = isRequester(caller, row)
    const approver = mayApprove(caller)
    const sees = approver || maySeeCall(caller)
    if (!own && !sees && !mayRead(caller)) throw new AppError('not_found')
    if (sees && !own && row.sealed_call !== null)
      await auditIn(tx, tenant, row, 'viewed', { actor: actorOf(caller), origin })
    return { row, own, sees, shown: await viewIn(tx, tenant, row) }
  })
  const call = own || sees ? await openCall(tenant, row) : null
  const output = own ? await openOutput(tenant, row) : null
  return {
    ...shown,
    params: call?.params ?? null,
    authorization_details: call?.authorizationDetails ?? null,
    output,
    output_expires_at: row.output_expires_at?.toISOString() ?? null,
  }
}
