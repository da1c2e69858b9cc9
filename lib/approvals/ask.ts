import type { AuditInput, Origin } from '#lib/audit'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { remember } from '#lib/identity'
import { newId, publicId } from '#lib/ids'
import type { Asked, Caller, Tenant } from '#lib/proof'
import { seal } from '#lib/vault'
import { type AskedCall, callBinding, callHmac, requesterOf } from './call.ts'
import { expireIn } from './end.ts'
import { getApprovalIn, type Row } from './read.ts'
import { recordIn } from './record.ts'
import type { PendingApproval } from './schema.ts'

/** How long people have, where the policy says nothing of it. */
const expiresInSeconds = 86_400

/** Calls of one caller that may wait for people at a time. */
const openMost = 200

/** What the audit says of a call whatever becomes of it. */
export type Trail = Pick<AuditInput, 'params_hmac' | 'ip' | 'user_agent'> & { trace_id: string }

export const pendingView = (row: Pick<Row, 'id' | 'expires_at'>): PendingApproval => ({
  status: 'pending_approval',
  approval_id: publicId('approval', row.id),
  expires_at: row.expires_at.toISOString(),
})

/**
 * Puts a call before people, unless the very same call of the same caller is before them already: however often an
 * agent tries, they are asked once.
 * @throws AppError `rate_limited` when too many calls of this caller wait
 */
export async function requestApproval(
  asked: Asked,
  call: AskedCall,
  caller: Caller,
  trail: Trail,
): Promise<PendingApproval> {
  const { granted, decision } = asked
  const { tenant } = granted
  const requester = remember(caller)
  const hmac = await callHmac(tenant, requester, granted, call)
  const id = newId()
  const { params, given, authorizationDetails, context } = call
  const { sealed, keyVersion } = await seal(
    tenant,
    callBinding(id),
    JSON.stringify({ params, given, authorizationDetails, context }),
  )
  const asks = { engine: decision.engine, policy_ids: decision.policyIds, reason: asked.reason }
  const terms = { quorum: 1, expires_in_seconds: null, ...decision.approval }
  return forOrg(tenant, async (tx) => {
    // One that has just run out would still be in the way.
    await expireIn(tx, tenant)
    const made = await tx.$executeRaw`
      INSERT INTO approvals (org_id, id, user_id, account_id, connector, tool_name, effect, requester, call_hmac,
        params_hmac, sealed_call, key_version, decision, quorum, trace_id, ip, user_agent, expires_at)
      SELECT ${tenant.orgId}::uuid, ${id}::uuid, ${granted.userId}::uuid, ${granted.accountId}::uuid,
        ${granted.connector}, ${call.tool.name}, ${call.tool.effect}, ${JSON.stringify(requester)}::jsonb, ${hmac},
        ${trail.params_hmac ?? ''}, ${sealed}, ${keyVersion}, ${JSON.stringify(asks)}::jsonb, ${terms.quorum}::int,
        ${trail.trace_id}, ${trail.ip ?? null}, ${trail.user_agent ?? null},
        now() + make_interval(secs => ${terms.expires_in_seconds ?? expiresInSeconds}::int)
      WHERE ${openMost}::int > (SELECT count(*) FROM approvals WHERE org_id = ${tenant.orgId}::uuid
        AND status = 'pending' AND requester = ${JSON.stringify(requester)}::jsonb)
      ON CONFLICT (org_id, call_hmac) WHERE status IN ('pending', 'approved', 'executing') DO NOTHING`
    if (made === 1) {
      const row = await getApprovalIn(tx, tenant, id)
      await recordIn(tx, tenant, row, 'requested', {
        actor: requesterOf(row),
        origin: originOf(trail),
        details: { quorum: row.quorum },
      })
      return pendingView(row)
    }
    return pendingView(await openIn(tx, tenant, hmac))
  })
}

const originOf = (trail: Trail): Origin => ({
  ip: trail.ip ?? null,
  userAgent: trail.user_agent ?? null,
  traceId: trail.trace_id,
})

async function openIn(tx: Tx, tenant: Tenant, hmac: string) {
  const open = await tx.approvals.findFirst({
    where: {
      org_id: tenant.orgId,
      call_hmac: hmac,
      status: { in: ['pending', 'approved', 'executing'] },
    },
    select: { id: true, expires_at: true },
  })
  if (open) return open
  throw new AppError('rate_limited', {
    detail: `This caller has ${openMost} calls that wait for an approval. Withdraw some, or wait.`,
    retry_after_seconds: 60,
  })
}
