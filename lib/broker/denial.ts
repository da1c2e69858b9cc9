import { type AuditInput, appendAuditsIn, type Origin } from '#lib/audit'
import { grouped, sqlForOrg } from '#lib/db'
import { AppError, type ErrorCode, toAppError } from '#lib/errors'
import { actorOf, chainOf } from '#lib/identity'
import { newId, publicId } from '#lib/ids'
import { metrics } from '#lib/log'
import { PolicyDenied } from '#lib/policy'
import type { Caller, Tenant } from '#lib/proof'
import { ledSealerOf, orgHmac } from '#lib/vault'
import { factsBinding, hex, retentionDays } from './intent.ts'
import type { Call } from './resolve.ts'

/** What the audit says of a call whatever becomes of it. */
export type Trail = Pick<
  AuditInput,
  'actor' | 'agent_id' | 'tool_name' | 'params_hmac' | 'ip' | 'user_agent'
> & {
  trace_id: string
  /** Through whom the call came. */
  chain: ReturnType<typeof chainOf>
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
    chain: chainOf(caller),
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

type Denied = { event: AuditInput; row: Record<string, unknown> | null }

const insert = {
  name: 'denied_calls_insert',
  text: `INSERT INTO denied_calls (org_id, id, tool_name, decision, sealed_facts, expires_at)
    SELECT $1::uuid, r.id, r.tool_name, r.decision, r.sealed_facts, now() + make_interval(days => $3::int)
    FROM json_to_recordset($2::json) AS r (id uuid, tool_name text, decision jsonb, sealed_facts bytea)`,
}

/** An agent in a loop is refused as fast as it asks: refusals that come together are written together. */
const write = grouped(writeGroup, { itemsMax: 64, lanes: 1 })

async function writeGroup(tenant: Tenant, group: readonly Denied[]): Promise<undefined[]> {
  const rows = group.flatMap(({ row }) => row ?? [])
  return sqlForOrg(tenant, async (sql) => {
    const kept = rows.length === 0 ? null : sql(insert, [tenant.orgId, JSON.stringify(rows), retentionDays])
    const events = group.map(({ event }) => event)
    await Promise.all([kept, appendAuditsIn(sql, tenant, events, { last: true })])
    return group.map(() => undefined)
  })
}

const recordDenial = async (call: Call, trail: Trail, error: AppError): Promise<void> =>
  write(call.tenant, { event: denialEvent(call, trail, error), row: await rowOf(call, error) })

/** What a policy refused is kept as what was made is: another policy can be tried on it. */
async function rowOf({ tenant, tool, dryRun }: Call, error: AppError): Promise<Denied['row']> {
  if (!(error instanceof PolicyDenied) || dryRun) return null
  const { engine, decision, policyIds } = error.decision
  const id = newId()
  const sealed = (await ledSealerOf(tenant))(factsBinding(id), JSON.stringify(error.judged))
  return {
    id,
    tool_name: tool.name,
    decision: { engine, decision, policy_ids: policyIds },
    sealed_facts: hex(sealed),
  }
}

/** What refused by a rule of ours, such as the ceiling of a group, is named as a policy is. */
function decisionOf(error: AppError): NonNullable<AuditInput['policy']> | null {
  if (error instanceof PolicyDenied) return error.decision
  const { policy_ids: policyIds } = error.facts
  return policyIds ? { engine: 'builtin', decision: 'deny', policyIds } : null
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
  policy: decisionOf(error),
  error_code: error.code,
  details: { ...trail.chain, ...(call.dryRun && { dry_run: true }) },
})
