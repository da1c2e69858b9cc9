import { appendAudit, type Origin, originFields } from '#lib/audit'
import { config } from '#lib/config'
import type { Prisma, Tx } from '#lib/db'
import { emit } from '#lib/events'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { requesterOf } from './call.ts'
import type { Row } from './read.ts'

export type What = 'requested' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'refused' | 'executed'

const outcomes = { denied: 'denied', expired: 'denied', withdrawn: 'denied', refused: 'denied' } as const

type Told = {
  actor: { type: string; id: string }
  origin: Origin | null
  outcome?: 'allowed' | 'failed' | 'unknown'
  errorCode?: string | null
  details?: Readonly<Record<string, string | number | null>>
}

/** Says in the org's audit what became of an approval, in the transaction in which it did. */
export async function auditIn(
  tx: Tx,
  tenant: Tenant,
  row: Row,
  what: What | 'viewed',
  told: Told,
): Promise<void> {
  const { engine, policy_ids: policyIds } = row.decision as { engine: string; policy_ids: string[] }
  await appendAudit(tx, tenant, {
    action: `approval.${what}`,
    outcome: told.outcome ?? (what in outcomes ? 'denied' : 'allowed'),
    actor: told.actor,
    agent_id: agentOf(row),
    user_id: row.user.external_id,
    connected_account_id: publicId('connected_account', row.account_id),
    tool_name: row.tool_name,
    policy: { engine, decision: 'ask', policyIds },
    params_hmac: row.params_hmac,
    error_code: told.errorCode ?? null,
    trace_id: row.trace_id,
    ...(told.origin && originFields(told.origin)),
    details: { approval_id: publicId('approval', row.id), ...told.details },
  })
}

const agentOf = (row: Row): string | null => {
  const { type, id } = requesterOf(row)
  return type === 'agent' ? publicId('agent', id) : null
}

/** As `auditIn`, and tells whoever builds on events. What the call says, and what people said, stays in the approval. */
export async function recordIn(tx: Tx, tenant: Tenant, row: Row, what: What, told: Told): Promise<void> {
  await auditIn(tx, tenant, row, what, told)
  const id = publicId('approval', row.id)
  const data: Record<string, Prisma.InputJsonValue | null> = {
    approval_id: id,
    user_id: row.user.external_id,
    connected_account_id: publicId('connected_account', row.account_id),
    tool_name: row.tool_name,
    effect: row.effect,
    requested_by: requesterOf(row),
    quorum: row.quorum,
    expires_at: row.expires_at.toISOString(),
    // Where a person signs in, reads the call and decides; opening it decides nothing.
    url: `${config().publicUrl}/console/${encodeURIComponent(tenant.externalId)}/approvals/${id}`,
    execution_id: row.execution_id && publicId('execution', row.execution_id),
    ...told.details,
    ...(told.errorCode !== undefined && { error_code: told.errorCode }),
  }
  await emit(tx, tenant, `approval.${what}`, data)
}
