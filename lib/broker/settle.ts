import { appendAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import { log, metrics } from '#lib/log'
import type { Intent } from '#lib/proof'
import type { Executed } from './context.ts'
import type { Trail } from './denial.ts'
import type { Call } from './resolve.ts'
import type { Outcome } from './upstream/index.ts'

/**
 * Closes the intent and appends its audit event, both or neither, before anyone is told the outcome. If that cannot
 * be written the intent stays open, and the sweep closes it as `unknown`.
 * @throws AppError the outcome's own error; `unavailable` when it could not be written
 */
export async function settle(intent: Intent, call: Call, outcome: Outcome, trail: Trail): Promise<Executed> {
  const { granted, decision } = intent.allowed
  const { tenant } = granted
  const failure = outcome.status === 'succeeded' ? null : outcome.error
  const executionId = publicId('execution', intent.executionId)
  metrics.executions.inc({ connector: call.connector.id, outcome: outcome.status })
  try {
    await forOrg(tenant, async (tx) => {
      const closed = await tx.executions.updateMany({
        where: { org_id: tenant.orgId, id: intent.executionId, status: 'running' },
        data: {
          status: outcome.status,
          error_code: failure?.code ?? null,
          upstream_status: failure?.facts.upstream?.status ?? null,
          duration_ms: outcome.durationMs,
          finished_at: new Date(),
        },
      })
      if (closed.count !== 1) return
      await tx.connected_accounts.updateMany({
        where: { org_id: tenant.orgId, id: granted.accountId },
        data: { last_used_at: intent.startedAt },
      })
      await appendAudit(tx, tenant, {
        ...trail,
        action: 'tool.executed',
        outcome: { succeeded: 'allowed', failed: 'failed', unknown: 'unknown' }[outcome.status] as 'allowed',
        user_id: granted.userExternalId,
        connected_account_id: publicId('connected_account', granted.accountId),
        connection_id: publicId('connection', granted.connectionId),
        scopes_required: granted.scopesRequired,
        scopes_granted: granted.scopesGranted,
        policy: decision,
        error_code: failure?.code ?? null,
        duration_ms: outcome.durationMs,
        details: { execution_id: executionId, effect: call.tool.effect },
      })
    })
  } catch (cause) {
    log.error({ err: cause, execution: executionId }, 'completion not written: the sweep will close it')
    throw new AppError(
      'unavailable',
      {
        detail:
          'The call was made, but its completion could not be recorded. Look the execution up before repeating it.',
        execution_id: executionId,
        outcome: 'unknown',
        retryable: false,
      },
      { internal: 'settle', cause },
    )
  }
  log.info(
    {
      tool_name: call.tool.name,
      status: outcome.status,
      duration_ms: outcome.durationMs,
      error_code: failure?.code,
    },
    'tool executed',
  )
  if (outcome.status === 'succeeded') {
    const { output, durationMs } = outcome
    return {
      execution_id: executionId,
      status: 'succeeded',
      output,
      trace_id: trail.trace_id,
      duration_ms: durationMs,
    }
  }
  throw new AppError(
    outcome.error.code,
    { ...outcome.error.facts, execution_id: executionId },
    {
      cause: outcome.error,
      ...(outcome.error.internal !== undefined && { internal: outcome.error.internal }),
    },
  )
}
