import { consumeApprovalsIn, holdApprovalsIn, type Use } from '#lib/approvals'
import { rehearsed } from '#lib/audit'
import { grouped, type Settled, type Sql, sqlForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { claimIn, type Held, releaseIn } from '#lib/idempotency'
import { actorsOf } from '#lib/identity'
import { newId } from '#lib/ids'
import {
  type Admission,
  activeStops,
  admission,
  admitIn,
  type Limited,
  limitPlan,
  returnIn,
  stopHolds,
  stopOf,
} from '#lib/limits'
import type { Allowed, Caller, CallFacts, Intent, Tenant } from '#lib/proof'
import { type DetailUse, returnDetailsIn, spendDetailsIn } from '#lib/scopes'
import { ledSealerOf, sealerOf } from '#lib/vault'
import type { Executed } from './context.ts'
import { expectedOf } from './crowd.ts'
import type { Trail } from './denial.ts'
import type { ReadCall } from './facts.ts'
import { directionOf } from './files/index.ts'
import { replayed } from './once.ts'

export const retentionDays = 30

/** What an execution's input is sealed to. */
export const inputBinding = (executionId: string) => ({ purpose: 'execution_input', parts: [executionId] })

/** What the facts of a call are sealed to: of one that was made, and of one that policy refused. */
export const factsBinding = (id: string) => ({ purpose: 'call_facts', parts: [id] })

/** A call about to be written down. */
export type Intended = {
  executionId: string
  allowed: Allowed
  call: ReadCall
  caller: Caller
  trail: Trail
  /** The limits that hold for it; `null` for none. */
  admission: Admission | null
  /** The row, as JSON. */
  row: Record<string, unknown>
}

const record = grouped(recordGroup, { itemsMax: 64, lanes: 2, expected: expectedOf })

/**
 * Commits that this call is about to be made. A call whose intent, or whose audit, cannot be written is not made
 * (THREATS.md fault 27). The account is looked at once more in the same transaction, so that a revocation that
 * committed before it wins, and so does the end of the time that the user allowed.
 * A caller's key is taken in the same transaction too: a repetition gets the first answer, and nothing is made.
 * @throws AppError `reauthorization_required` when the account was stopped meanwhile; `rate_limited`; what `replayed`
 *   throws; `unavailable`
 */
export async function recordIntent(
  allowed: Allowed,
  call: ReadCall,
  caller: Caller,
  trail: Trail,
  facts: CallFacts | null = null,
): Promise<Intent | Executed> {
  const executionId = newId()
  const row = await rowOf(executionId, allowed, call, caller, trail, facts)
  const startedAt = new Date()
  const plan = await limitPlan(call.tenant, call.read.limitsVersion)
  const intended = { executionId, allowed, call, caller, trail, row }
  const held = await record(call.tenant, {
    ...intended,
    admission: plan && admission(plan, aboutOf({ ...intended, admission: null })),
  }).catch((cause: unknown) => {
    if (cause instanceof AppError && cause.code !== 'unavailable') throw cause
    throw new AppError(
      'unavailable',
      { detail: 'The call could not be recorded, so it was not made.' },
      { internal: 'intent', cause },
    )
  })
  if (held && call.claim) return replayed(call.tenant, call.tool, call.claim, held)
  return { executionId, allowed, startedAt } as Intent
}

/** Bytes as PostgreSQL reads them in JSON. */
export const hex = (bytes: Uint8Array): string =>
  `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`

async function rowOf(
  executionId: string,
  { granted, decision }: Allowed,
  call: ReadCall,
  caller: Caller,
  trail: Trail,
  facts: CallFacts | null,
): Promise<Record<string, unknown>> {
  const { tenant } = granted
  const seal = await sealerOf(tenant)
  const { sealed, keyVersion } = seal(inputBinding(executionId), call.canonicalParams)
  const sealedFacts = facts && (await ledSealerOf(tenant))(factsBinding(executionId), JSON.stringify(facts))
  return {
    id: executionId,
    account_id: granted.accountId,
    connection_id: granted.connectionId,
    user_id: granted.userId,
    tool_name: call.tool.name,
    effect: call.tool.effect,
    actor_type: trail.actor.type,
    actor_id: trail.actor.id,
    agent_id: caller.kind === 'agent' ? caller.agentId : null,
    actors: actorsOf(caller),
    scopes_required: granted.scopesRequired,
    scopes_granted: granted.scopesGranted,
    decision: {
      engine: decision.engine,
      decision: decision.decision,
      policy_ids: decision.policyIds,
      // People allowed it, and policy asked them.
      ...(decision.approval && { asked: true }),
      // What its answer is to be masked of, should it be found out later.
      ...(decision.masks && { masks: decision.masks }),
    },
    params_hmac: trail.params_hmac ?? '',
    sealed_input: hex(sealed),
    sealed_facts: sealedFacts && hex(sealedFacts),
    key_version: keyVersion,
    context: call.context,
    file: directionOf(call.tool),
    trace_id: trail.trace_id,
    ip: trail.ip ?? null,
    user_agent: trail.user_agent ?? null,
  }
}

/**
 * One row per call whose account is in use under the consent that was judged, and that no stop holds for; the account
 * is held until the commit. The append of its audit is tried with it.
 */
const insert = {
  name: 'executions_insert',
  text: `WITH asked AS (
      SELECT * FROM json_to_recordset($2::json) AS r (id uuid, account_id uuid, connection_id uuid, user_id uuid,
        tool_name text, effect text, actor_type text, actor_id text, agent_id uuid, actors text[], scopes_required text[],
        scopes_granted text[], decision jsonb, params_hmac text, sealed_input bytea, sealed_facts bytea,
        key_version int, context jsonb, file jsonb, trace_id text, ip text, user_agent text)),
    live AS (
      SELECT a.id, a.current_connection_id FROM connected_accounts a
      WHERE a.org_id = $1::uuid AND a.id IN (SELECT account_id FROM asked) AND a.status = 'active'
        AND EXISTS (SELECT FROM connections c WHERE c.org_id = a.org_id AND c.id = a.current_connection_id
          AND (c.expires_at IS NULL OR c.expires_at > now()))
      ORDER BY a.id FOR SHARE OF a)
    INSERT INTO executions (org_id, id, account_id, connection_id, user_id, tool_name, effect, actor_type, actor_id,
      agent_id, actors, status, scopes_required, scopes_granted, decision, params_hmac, sealed_input, sealed_facts,
      key_version, input_expires_at, context, file, trace_id, ip, user_agent)
    SELECT $1::uuid, r.id, r.account_id, r.connection_id, r.user_id, r.tool_name, r.effect, r.actor_type, r.actor_id,
      r.agent_id, r.actors, 'running', r.scopes_required, r.scopes_granted, r.decision, r.params_hmac, r.sealed_input,
      r.sealed_facts, r.key_version, now() + make_interval(days => $3::int), r.context,
      nullif(r.file, 'null'), r.trace_id, r.ip, r.user_agent
    FROM asked r JOIN live a ON a.id = r.account_id AND a.current_connection_id = r.connection_id
    WHERE ${rehearsed}
      AND NOT ${stopHolds({ org: '$1::uuid', agent: 'r.agent_id', user: 'r.user_id', tool: 'r.tool_name' })}
    RETURNING id`,
}

const stoppedMeanwhile = () =>
  new AppError('reauthorization_required', { detail: 'The user must connect this account again.' })

/** Whether nothing but its row has to be written for a call: no key, limit, approval or detail is used up by it. */
const isPlain = ({ call, admission, allowed }: Intended): boolean =>
  !call.claim && !admission && !allowed.approval && allowed.granted.spending.length === 0

async function writeRows(
  sql: Sql,
  tenant: Tenant,
  group: readonly Intended[],
  options?: { last: boolean },
): Promise<Set<string>> {
  const rows = JSON.stringify(group.map(({ row }) => row))
  const written = await sql<{ id: string }>(insert, [tenant.orgId, rows, retentionDays], options)
  return new Set(written.map(({ id }) => id))
}

/** Why the calls were not written down that the statement left out. */
async function refusals(sql: Sql, group: readonly Intended[]): Promise<Map<string, AppError>> {
  const stops = await activeStops(sql)
  return new Map(
    group.map((intended) => [intended.executionId, stopOf(stops, aboutOf(intended)) ?? stoppedMeanwhile()]),
  )
}

/** As `recordGroup` for calls of which nothing has to be undone: written and committed in one round trip. */
async function recordPlain(tenant: Tenant, group: readonly Intended[]): Promise<Settled<undefined>[]> {
  const last = (sql: Sql) => writeRows(sql, tenant, group, { last: true })
  const written = await sqlForOrg(tenant, last, { gate: 'stops' })
  const left = group.filter(({ executionId }) => !written.has(executionId))
  if (left.length === 0) return group.map(() => undefined)
  // The others are written down, whether or not it can be said why these are not.
  const refused = await sqlForOrg(tenant, (sql) => refusals(sql, left)).catch((cause: unknown) => {
    const error = new AppError('unavailable', {}, { internal: 'intent refused', cause })
    return new Map(left.map(({ executionId }) => [executionId, error]))
  })
  return group.map(({ executionId }) => refused.get(executionId))
}

async function recordGroup(tenant: Tenant, group: readonly Intended[]): Promise<Settled<Held | undefined>[]> {
  if (group.every(isPlain)) return recordPlain(tenant, group)
  const work = async (sql: Sql): Promise<Settled<Held | undefined>[]> => {
    const held = await claimGroup(sql, tenant, group)
    const first = group.filter(({ executionId }) => !held.has(executionId))
    const refused = await admitGroup(sql, tenant, first)
    const admitted = first.filter(({ executionId }) => !refused.has(executionId))
    if (admitted.length > 0) {
      const ids = await writeRows(sql, tenant, admitted)
      const left = admitted.filter(({ executionId }) => !ids.has(executionId))
      if (left.length > 0) {
        for (const [executionId, refusal] of await refusals(sql, left)) refused.set(executionId, refusal)
        await returnDetailsIn(sql, tenant, [...refused.keys()])
        await returnIn(
          sql,
          left.map(({ admission }) => admission),
        )
      }
      const kept = admitted.filter(({ executionId }) => ids.has(executionId))
      await consumeApprovalsIn(sql, tenant, kept.flatMap(useOf))
    }
    const none = first.filter(({ executionId }) => refused.has(executionId))
    await releaseIn(
      sql,
      tenant,
      none.flatMap(({ call }) => call.claim ?? []),
    )
    return group.map(({ executionId }) => refused.get(executionId) ?? held.get(executionId))
  }
  return sqlForOrg(tenant, work, { gate: 'stops' })
}

/** @returns the calls whose keys are held by others, by their execution */
async function claimGroup(sql: Sql, tenant: Tenant, group: readonly Intended[]): Promise<Map<string, Held>> {
  const asking = group.flatMap(({ executionId, call: { claim } }) =>
    claim ? [{ ...claim, execution_id: executionId }] : [],
  )
  const found = await claimIn(sql, tenant, asking)
  return new Map(
    asking.flatMap(({ execution_id }, at) => {
      const held = found[at]
      return held ? [[execution_id, held] as const] : []
    }),
  )
}

const aboutOf = ({ allowed: { granted }, call, caller }: Intended): Limited => ({
  agentId: caller.kind === 'agent' ? caller.agentId : null,
  userId: granted.userId,
  accountId: granted.accountId,
  toolName: call.tool.name,
  connector: call.connector.id,
})

const useOf = ({ allowed, executionId }: Intended): Use[] =>
  allowed.approval ? [{ executionId, ...allowed.approval }] : []

/**
 * What else must hold for a call at the moment at which it is written down, in the same transaction.
 * @returns the calls that must not be made, by their execution
 */
async function admitGroup(
  sql: Sql,
  tenant: Tenant,
  group: readonly Intended[],
): Promise<Map<string, AppError>> {
  const refused = await holdApprovalsIn(sql, tenant, group.flatMap(useOf))
  const rest = group.filter(({ executionId }) => !refused.has(executionId))
  const limits = await admitIn(
    sql,
    rest.map(({ admission }) => admission),
  )
  rest.forEach(({ executionId }, at) => {
    const refusal = limits[at]
    if (refusal) refused.set(executionId, refusal)
  })
  const admitted = rest.filter(({ executionId }) => !refused.has(executionId))
  const used = await spendDetailsIn(sql, tenant, admitted.flatMap(spendingOf))
  for (const [executionId, refusal] of used) refused.set(executionId, refusal)
  await returnIn(
    sql,
    admitted.filter(({ executionId }) => used.has(executionId)).map(({ admission }) => admission),
  )
  return refused
}

/** The authorization details that a call uses up. */
const spendingOf = ({ executionId, allowed, trail: { actor } }: Intended): DetailUse[] =>
  allowed.granted.spending.map((one) => ({ executionId, caller: `${actor.type}/${actor.id}`, ...one }))
