import { deployment, isCommitInDoubt, sqlForOrg } from '#lib/db'
import { AppError, type ErrorCode, toAppError } from '#lib/errors'
import {
  type Answer,
  type Claim,
  claim,
  claimIn,
  keepAnswersIn,
  openAnswer,
  readKey,
  releaseIn,
  sealAnswer,
} from '#lib/idempotency'
import { log } from '#lib/log'
import type { Caller, Tenant } from '#lib/proof'

/** Longer than any request of ours runs. */
const abandonedSeconds = 300

/** Errors after which something may have happened. Any other is a refusal, and the key is free again. */
const doubtful: ReadonlySet<ErrorCode> = new Set(['internal', 'upstream_error', 'upstream_timeout'])

/** What a repetition is told of a request whose end nobody knows. */
const unsure = {
  code: 'conflict',
  facts: {
    detail:
      'The first request with this Idempotency-Key was begun, and how it ended is not known. Look at what there is before sending it with a new key.',
  },
} as const

type Asked = { caller: Caller; request: Request; pathname: string; query: unknown; body: unknown }

/** Which org a request names; part of what its key is used on. */
const orgIn = (value: unknown): string => {
  const org = (value as { org_id?: unknown } | undefined)?.org_id
  return typeof org === 'string' ? org : ''
}

/**
 * Runs a request once per key of its caller's (API.md "Lists, idempotency, errors"); a repetition is answered as the
 * first was. The row is with the caller's own org, or with the deployment for callers that reach every org.
 * @param secrets fields of the answer that are told once: they are not kept, and a repetition does without them
 * @throws AppError `idempotency_mismatch`, `idempotency_in_progress`; `conflict` when it is not known how the first
 *   request ended; what `run` throws
 */
export async function once(
  { caller, request, pathname, query, body }: Asked,
  secrets: readonly string[],
  run: () => Promise<Response>,
): Promise<Response> {
  const key = readKey(request.headers)
  if (key === null) return run()
  const tenant = caller.reach ?? deployment
  const route = `${pathname} ${orgIn(body) || orgIn(query)}`
  const claimed = await claim(tenant, caller, route, key, { query, body })
  const [held] = await sqlForOrg(tenant, (sql) => claimIn(sql, tenant, [{ ...claimed, execution_id: null }]))
  if (held) return again(await openAnswer(tenant, claimed, held, abandonedSeconds))
  try {
    const response = await run()
    await keep(tenant, claimed, await answerIn(response.clone(), secrets))
    return response
  } catch (thrown) {
    const { code, facts } = toAppError(thrown)
    if (isCommitInDoubt(thrown)) await keep(tenant, claimed, { error: unsure, traceId: '' })
    else await keep(tenant, claimed, doubtful.has(code) ? { error: { code, facts }, traceId: '' } : null)
    throw thrown
  }
}

function again(answer: Answer | null): Response {
  if (answer === null) {
    throw new AppError(unsure.code, unsure.facts)
  }
  if ('error' in answer)
    throw new AppError(answer.error.code, answer.error.facts, { replayOf: answer.traceId })
  const headers = { 'cache-control': 'no-store', 'idempotency-replayed': 'true' }
  return answer.status === 204
    ? new Response(null, { status: 204, headers })
    : Response.json(answer.body, { status: answer.status, headers })
}

/** @returns `null` for what cannot be kept: a stream, or a page */
async function answerIn(response: Response, secrets: readonly string[]): Promise<Answer | null> {
  const { status } = response
  if (status === 204) return { status, body: null }
  if (!response.headers.get('content-type')?.startsWith('application/json')) return null
  const body: unknown = await response.json()
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { status, body }
  return {
    status,
    body: Object.fromEntries(Object.entries(body).filter(([name]) => !secrets.includes(name))),
  }
}

/** What has been done has been done: that its answer was not kept is for the log, and the key stays taken. */
async function keep(tenant: Tenant, claimed: Claim, answer: Answer | null): Promise<void> {
  try {
    const kept = answer && (await sealAnswer(tenant, claimed, answer))
    await sqlForOrg(tenant, (sql) =>
      kept ? keepAnswersIn(sql, tenant, [kept]) : releaseIn(sql, tenant, [claimed]),
    )
  } catch (err) {
    log.error({ err }, 'the answer for an idempotency key was not kept')
  }
}
