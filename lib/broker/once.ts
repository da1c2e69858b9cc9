import type { PendingApproval } from '#lib/approvals/schema'
import { callSeconds, type Tool } from '#lib/connector-kit'
import { sqlForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import {
  type Answer,
  type Claim,
  claim,
  claimIn,
  type Held,
  heldIn,
  keepAnswersIn,
  openAnswer,
  sealAnswer,
} from '#lib/idempotency'
import { publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import type { Executed } from './context.ts'
import type { ExecuteInput } from './schema.ts'

/** Seconds after which a call that seems to run has lost its process: its deadline, and time to write it down. */
const abandonedSeconds = (tool: Tool): number => callSeconds(tool) + 30

/** The key of a call, where its caller gave one. */
export const claimOf = (
  tenant: Tenant,
  caller: Caller,
  input: ExecuteInput,
  key: string | null,
): Promise<Claim | null> =>
  key === null ? Promise.resolve(null) : claim(tenant, caller, '/api/v1/tools/execute', key, input)

/** A link to connect opens a session: it is told once. */
function withoutLink({ facts }: AppError): AppError['facts'] {
  const { connect_url: _, ...rest } = facts
  return rest
}

const fileIsGone = (executionId: string | null) =>
  new AppError('conflict', {
    detail:
      'The call with this Idempotency-Key has given its file, which is not kept. Ask again under a new key.',
    ...(executionId !== null && { execution_id: executionId }),
  })

/** How a call ended, as a repetition of it is told. A file is given once: its bytes are not kept. */
export function answerOf(answered: Executed | AppError, { gives }: Tool, traceId: string): Answer {
  const told = gives && !(answered instanceof AppError) ? fileIsGone(answered.execution_id) : answered
  return told instanceof AppError
    ? { error: { code: told.code, facts: withoutLink(told) }, traceId }
    : { status: 200, body: told }
}

/**
 * The answer of the call that holds the key. It was made once and is not made again, whatever became of it.
 * @throws AppError what the first call was told, where that was an error; `idempotency_mismatch`,
 *   `idempotency_in_progress`; `upstream_error` with the outcome `unknown` when the process that made it is gone
 */
export async function replayed(tenant: Tenant, tool: Tool, claim: Claim, held: Held): Promise<Executed> {
  const answer = await openAnswer(tenant, claim, held, abandonedSeconds(tool))
  if (answer && 'error' in answer) {
    throw new AppError(answer.error.code, answer.error.facts, { replayOf: answer.traceId })
  }
  if (answer) return { ...(answer.body as Executed), replayed: true }
  throw new AppError('upstream_error', {
    detail:
      'The first call with this Idempotency-Key was begun, and how it ended is not known. It is not made again.',
    outcome: 'unknown',
    category: 'unknown_outcome',
    retryable: false,
    ...(held.executionId !== null && { execution_id: publicId('execution', held.executionId) }),
  })
}

/**
 * What a call was told before that people are to be asked about, or that names its approval: its key answers first, so
 * that they are not asked again, and a used approval is no obstacle to hearing what became of it.
 * @throws what `replayed` throws
 */
export async function toldBefore(tenant: Tenant, tool: Tool, claim: Claim | null): Promise<Executed | null> {
  const held = claim && (await sqlForOrg(tenant, (sql) => heldIn(sql, tenant, claim)))
  return claim && held ? replayed(tenant, tool, claim, held) : null
}

/** Keeps with the key of a call that it waits for people. */
export async function keepPending(
  tenant: Tenant,
  claim: Claim | null,
  pending: PendingApproval,
): Promise<PendingApproval> {
  if (claim === null) return pending
  const kept = await sealAnswer(tenant, claim, { status: 202, body: pending })
  await sqlForOrg(tenant, async (sql) => {
    const [held] = await claimIn(sql, tenant, [{ ...claim, execution_id: null }])
    if (!held) await keepAnswersIn(sql, tenant, [kept])
  })
  return pending
}
