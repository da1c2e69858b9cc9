import { type AuditInput, appendAudit, type Origin } from '#lib/audit'
import { forOrg } from '#lib/db'
import { AppError, type ErrorCode, toAppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { newId, publicId } from '#lib/ids'
import { metrics } from '#lib/log'
import { PolicyDenied } from '#lib/policy'
import type { Caller } from '#lib/proof'
import { ledSealerOf, orgHmac } from '#lib/vault'
import { factsBinding, retentionDays } from './intent.ts'
import type { Call } from './resolve.ts'

/** What the audit says of a call whatever becomes of it. */
export type Trail = Pick<
  AuditInput,
  'actor' | 'agent_id' | 'tool_name' | 'params_hmac' | 'ip' | 'user_agent'
> & {
  trace_id: string
}

/** Refusals that are decisions about the call; anything else is a fault and no one's denial. */
const denials: ReadonlySet<ErrorCode> = new Set([
  'insufficient_scope',
  'policy_denied',
  'reauthorization_required',
  'account_paused',
  'forbidden',
  'ambiguous_account',
  'not_found',
  'rate_limited',
  // An approval that is for another call, used, or over.
  'conflict',
])

/**
 * Runs the stages that may refuse a call; a refusal is audited before it is told.
 * @throws what the stage threw; `unavailable` when the refusal could not be written down
 */
export async function auditDenial<Passed>(
  call: Call,
  caller: Caller,
  origin: Origin,
  decideCall: (trail: Trail) => Promise<Passed>,
): Promise<{ passed: Passed; trail: Trail }> {
  const trail: Trail = {
    actor: actorOf(caller),
    agent_id: caller.kind === 'agent' ? publicId('agent', caller.agentId) : null,
    tool_name: call.tool.name,
    params_hmac: await orgHmac(call.tenant, 'params', call.canonicalParams),
    trace_id: origin.traceId,
    ip: origin.ip,
    user_agent: origin.userAgent,
  }
  try {
    return { passed: await decideCall(trail), trail }
  } catch (thrown) {
    const error = toAppError(thrown)
    // What is told again was told, and audited, before.
    if (!denials.has(error.code) || error.replayOf !== undefined) throw thrown
    metrics.executions.inc({ connector: call.connector.id, outcome: 'denied' })
    await recordDenial(call, trail, error).catch((cause: unknown) => {
      const detail = 'The call was refused, and the refusal could not be recorded.'
      throw new AppError('unavailable', { detail }, { internal: `denial ${error.code}`, cause })
    })
    throw thrown
  }
}

/** What a policy refused is kept as what was made is: another policy can be tried on it. */
async function recordDenial(call: Call, trail: Trail, error: AppError): Promise<void> {
  const { tenant } = call
  const seal = error instanceof PolicyDenied ? await ledSealerOf(tenant) : null
  await forOrg(tenant, async (tx) => {
    await appendAudit(tx, tenant, denialEvent(call, trail, error))
    if (!(error instanceof PolicyDenied) || seal === null) return
    const { decision, judged } = error
    const { engine, decision: word, policyIds } = decision
    const id = newId()
    await tx.denied_calls.create({
      data: {
        org_id: tenant.orgId,
        id,
        tool_name: call.tool.name,
        decision: { engine, decision: word, policy_ids: [...policyIds] },
        sealed_facts: seal(factsBinding(id), JSON.stringify(judged)),
        expires_at: new Date(Date.now() + retentionDays * 86_400_000),
      },
    })
  })
}

const denialEvent = (call: Call, trail: Trail, error: AppError): AuditInput => ({
  ...trail,
  action: 'tool.executed',
  outcome: 'denied',
  user_id: 'userId' in call.account ? call.account.userId : null,
  connected_account_id:
    'accountId' in call.account ? publicId('connected_account', call.account.accountId) : null,
  scopes_required: call.tool.scopes[0] ?? [],
  scopes_granted: error.facts.granted_scopes ?? [],
  policy: error instanceof PolicyDenied ? error.decision : null,
  error_code: error.code,
})
