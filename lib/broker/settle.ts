import { type AuditInput, appendAuditsIn, foreseeAppend, isUnforeseen } from '#lib/audit'
import { grouped, type Sql, sqlForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { type Kept, keepAnswersIn, sealAnswer } from '#lib/idempotency'
import { publicId } from '#lib/ids'
import { log, metrics } from '#lib/log'
import type { Intent, Tenant } from '#lib/proof'
import type { SafeOutcome } from './content/index.ts'
import type { Executed } from './context.ts'
import { expectedOf } from './crowd.ts'
import type { Trail } from './denial.ts'
import { accountOf, type ReadCall } from './facts.ts'
import { fileEvidence, type Moved } from './files/index.ts'
import { answerOf } from './once.ts'
import type { Outcome } from './upstream/index.ts'

const outcomes = { succeeded: 'allowed', failed: 'failed', unknown: 'unknown' } as const

type Closing = {
  execution: {
    id: string
    status: Outcome['status']
    error_code: string | null
    upstream_status: number | null
    duration_ms: number
    file: Moved | null
  }
  /** The answer, for repetitions under the caller's key. */
  kept: Kept | null
  /** The account whose use is worth noting again. */
  usedAccount: string | null
  event: AuditInput
}

/**
 * By their ids and nothing else: the status is a parameter so that the index of running calls, in which every call of the
 * last minutes has been, is not taken for a short way to them.
 */
const finished = `UPDATE executions e SET status = r.status, error_code = r.error_code, upstream_status = r.upstream_status,
      duration_ms = r.duration_ms, file = coalesce(nullif(r.file, 'null'), e.file), finished_at = now()
    FROM json_to_recordset($2::json) AS r (id uuid, status text, error_code text, upstream_status int,
      duration_ms int, file jsonb)
    WHERE e.org_id = $1::uuid AND e.id = ANY($3::uuid[]) AND e.id = r.id AND e.status = $4 RETURNING e.id`

const finish = { name: 'executions_finish', text: finished }

/** As `finish`, where none of them was closed by the sweep: the transaction fails if one was. */
const finishAll = {
  name: 'executions_finish_all',
  text: `WITH closed AS (${finished}) SELECT foreseen((SELECT count(*) FROM closed) = cardinality($3::uuid[]))`,
}

const noteUse = {
  name: 'accounts_note_use',
  text: `UPDATE connected_accounts SET last_used_at = now() WHERE org_id = $1::uuid AND id IN (
    SELECT id FROM connected_accounts WHERE org_id = $1::uuid AND id = ANY($2::uuid[])
      AND coalesce(last_used_at < now() - interval '1 minute', true) ORDER BY id FOR UPDATE SKIP LOCKED)`,
}

const close = grouped(closeGroup, { itemsMax: 64, lanes: 1, expected: expectedOf })

/** Rows and events of many calls in one transaction: the head of the chain is locked once for all of them. */
async function closeGroup(tenant: Tenant, group: readonly Closing[]): Promise<undefined[]> {
  const rows = JSON.stringify(group.map(({ execution }) => execution))
  const all = group.map(({ execution }) => execution.id)
  const values = [tenant.orgId, rows, all, 'running']
  const nothing = group.map(() => undefined)
  const beside = async (sql: Sql): Promise<void> => {
    const used = group.flatMap(({ usedAccount }) => usedAccount ?? [])
    const kept = group.flatMap(({ kept }) => kept ?? [])
    await Promise.all([
      used.length > 0 && sql(noteUse, [tenant.orgId, [...new Set(used)]]),
      keepAnswersIn(sql, tenant, kept),
    ])
  }
  const append = foreseeAppend(
    tenant,
    group.map(({ event }) => event),
  )
  if (append) {
    try {
      await sqlForOrg(tenant, (sql) => Promise.all([sql(finishAll, values), beside(sql), append(sql)]))
      return nothing
    } catch (error) {
      if (!isUnforeseen(error)) throw error
    }
  }
  return sqlForOrg(tenant, async (sql) => {
    const closed = sql<{ id: string }>(finish, values)
    const events = (async () => {
      // What the sweep has closed already has its event.
      const ids = new Set((await closed).map(({ id }) => id))
      await beside(sql)
      return group.filter(({ execution }) => ids.has(execution.id)).map(({ event }) => event)
    })()
    await appendAuditsIn(sql, tenant, events, { last: true })
    return nothing
  })
}

/**
 * Closes the intent and appends its audit event, both or neither, before anyone is told the outcome. If that cannot
 * be written the intent stays open, and the sweep closes it as `unknown`.
 * @throws AppError the outcome's own error; `unavailable` when it could not be written
 */
export async function settle(
  intent: Intent,
  call: ReadCall,
  outcome: SafeOutcome,
  trail: Trail,
): Promise<Executed> {
  const { granted, decision, approval } = intent.allowed
  const { tenant } = granted
  const failure = outcome.status === 'succeeded' ? null : outcome.error
  const executionId = publicId('execution', intent.executionId)
  metrics.executions.inc({ connector: call.connector.id, outcome: outcome.status })
  const answered = answeredWith(outcome, executionId, trail)
  try {
    await close(tenant, {
      execution: {
        id: intent.executionId,
        status: outcome.status,
        error_code: failure?.code ?? null,
        upstream_status: failure?.facts.upstream?.status ?? null,
        duration_ms: outcome.durationMs,
        file: outcome.file ?? null,
      },
      kept:
        call.claim && (await sealAnswer(tenant, call.claim, answerOf(answered, call.tool, trail.trace_id))),
      usedAccount: accountOf(call, granted.accountId)?.usedLongAgo ? granted.accountId : null,
      event: {
        ...trail,
        action: 'tool.executed',
        outcome: outcomes[outcome.status],
        user_id: granted.userExternalId,
        connected_account_id: publicId('connected_account', granted.accountId),
        connection_id: publicId('connection', granted.connectionId),
        scopes_required: granted.scopesRequired,
        scopes_granted: granted.scopesGranted,
        policy: decision,
        error_code: failure?.code ?? null,
        duration_ms: outcome.durationMs,
        details: {
          execution_id: executionId,
          effect: call.tool.effect,
          ...trail.chain,
          ...(outcome.file && (await fileEvidence(tenant, outcome.file))),
          ...(approval && { approval_id: publicId('approval', approval.id) }),
        },
      },
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
  if (answered instanceof AppError) throw answered
  return answered
}

function answeredWith(outcome: Outcome, executionId: string, trail: Trail): Executed | AppError {
  if (outcome.status === 'succeeded') {
    const { output, content, durationMs } = outcome
    return {
      execution_id: executionId,
      status: 'succeeded',
      output,
      ...(content && { content }),
      trace_id: trail.trace_id,
      duration_ms: durationMs,
    }
  }
  const { error } = outcome
  const options = { cause: error, ...(error.internal !== undefined && { internal: error.internal }) }
  return new AppError(error.code, { ...error.facts, execution_id: executionId }, options)
}
