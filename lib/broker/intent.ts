import canonicalize from 'canonicalize'
import { rehearseAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId } from '#lib/ids'
import type { Allowed, Caller, Intent } from '#lib/proof'
import { seal } from '#lib/vault'
import type { Trail } from './denial.ts'
import type { Call } from './resolve.ts'

const retentionDays = 30

/** What an execution's input is sealed to. */
export const inputBinding = (executionId: string) => ({ purpose: 'execution_input', parts: [executionId] })

/**
 * Commits that this call is about to be made. A call whose intent, or whose audit, cannot be written is not made
 * (THREATS.md fault 27). The account is looked at once more in the same transaction, so that a revocation that
 * committed before it wins, and so does the end of the time that the user allowed.
 * @throws AppError `reauthorization_required` when the account was stopped meanwhile; `unavailable`
 */
export async function recordIntent(
  allowed: Allowed,
  call: Call,
  caller: Caller,
  trail: Trail,
): Promise<Intent> {
  const { granted, decision } = allowed
  const { tenant } = granted
  const executionId = newId()
  const { sealed, keyVersion } = await seal(
    tenant,
    inputBinding(executionId),
    canonicalize(call.params) ?? '',
  )
  const startedAt = new Date()
  await forOrg(tenant, async (tx) => {
    const live = await tx.$queryRaw<unknown[]>`
      SELECT 1 FROM connected_accounts a WHERE a.org_id = ${tenant.orgId}::uuid AND a.id = ${granted.accountId}::uuid
        AND a.status = 'active' AND a.current_connection_id = ${granted.connectionId}::uuid
        AND EXISTS (SELECT FROM connections c WHERE c.org_id = a.org_id AND c.id = a.current_connection_id
          AND (c.expires_at IS NULL OR c.expires_at > now())) FOR SHARE OF a`
    if (live.length === 0) {
      throw new AppError('reauthorization_required', { detail: 'The user must connect this account again.' })
    }
    await tx.executions.create({
      data: {
        org_id: tenant.orgId,
        id: executionId,
        account_id: granted.accountId,
        connection_id: granted.connectionId,
        user_id: granted.userId,
        tool_name: call.tool.name,
        effect: call.tool.effect,
        actor_type: trail.actor.type,
        actor_id: trail.actor.id,
        agent_id: caller.kind === 'agent' ? caller.agentId : null,
        status: 'running',
        scopes_required: [...granted.scopesRequired],
        scopes_granted: [...granted.scopesGranted],
        decision: {
          engine: decision.engine,
          decision: decision.decision,
          policy_ids: [...decision.policyIds],
        },
        params_hmac: trail.params_hmac ?? '',
        sealed_input: sealed,
        key_version: keyVersion,
        input_expires_at: new Date(startedAt.getTime() + retentionDays * 86_400_000),
        context: Object.fromEntries(Object.entries(call.context).filter(([, value]) => value !== undefined)),
        trace_id: trail.trace_id,
        ip: trail.ip ?? null,
        user_agent: trail.user_agent ?? null,
      },
    })
    await rehearseAudit(tx)
  }).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    throw new AppError(
      'unavailable',
      { detail: 'The call could not be recorded, so it was not made.' },
      { internal: 'intent', cause },
    )
  })
  return { executionId, allowed, startedAt } as Intent
}
