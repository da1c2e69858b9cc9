// Tool calls as a process of the product makes them, and what their callers were told.
import { executeInput } from '#lib/broker/schema'
import { AppError } from '#lib/errors'
import { broker, key } from '#runtime'
import type { CallAsked, CallTold, Commands, Outcomes } from './commands.ts'

const origin = { ip: null, userAgent: null, traceId: 'c'.repeat(32) }
const root = () => key('manage')(new Headers({ authorization: `Bearer ${process.env.BEHALF_ROOT_KEY}` }))

/** Runs `work` over all of them, `workers` at a time. */
export async function over<T>(
  all: readonly T[],
  workers: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const queue = [...all].reverse()
  const run = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) await work(next)
  }
  await Promise.all(Array.from({ length: workers }, run))
}

/** `unavailable` says why, as the log does: overload and ciphertext that does not open are two things. */
export function codeOf(error: unknown): string {
  if (!(error instanceof AppError)) return String(error)
  return error.code === 'unavailable' && error.internal ? `unavailable (${error.internal})` : error.code
}
export const outcomeOf = (work: Promise<unknown>, done: string): Promise<string> =>
  work.then(() => done, codeOf)

export async function execute(input: Record<string, unknown>): Promise<string> {
  try {
    const caller = await root()
    const { status } = await broker.execute(
      caller,
      executeInput.parse(input),
      origin,
      AbortSignal.timeout(60_000),
    )
    return status
  } catch (error) {
    return codeOf(error)
  }
}

async function call({ account, tool, params = {}, key: name, usage }: CallAsked): Promise<CallTold> {
  const started = performance.now()
  const input = {
    connected_account_id: account,
    tool_name: tool,
    params,
    ...(usage && { context: { usage } }),
  }
  const told = { unknown: false, category: null, execution: null, retryAfter: null }
  try {
    const signal = AbortSignal.timeout(60_000)
    const answer = await broker.execute(await root(), executeInput.parse(input), origin, signal, name ?? null)
    const execution = 'execution_id' in answer ? answer.execution_id : null
    return { ...told, outcome: answer.status, execution, ms: performance.now() - started }
  } catch (error) {
    const { category, execution_id, retry_after_seconds, outcome } =
      error instanceof AppError ? error.facts : {}
    return {
      outcome: codeOf(error),
      unknown: outcome === 'unknown',
      category: category ?? null,
      execution: execution_id ?? null,
      retryAfter: retry_after_seconds ?? null,
      ms: performance.now() - started,
    }
  }
}

/** What a caller could tell two answers apart by. */
export async function repeat({
  account,
  key: name,
  count,
  workers,
}: Commands['repeat']['asks']): Promise<Outcomes> {
  const caller = await root()
  const outcomes: Outcomes = {}
  await over([...Array(count).keys()], workers, async () => {
    const input = {
      connected_account_id: account,
      tool_name: 'sandbox.create_task',
      params: { title: 'Once' },
    }
    const signal = AbortSignal.timeout(60_000)
    const answer = await broker.execute(caller, executeInput.parse(input), origin, signal, name).then(
      (told) =>
        'output' in told ? `succeeded ${told.execution_id} ${JSON.stringify(told.output)}` : told.status,
      (error: unknown) =>
        error instanceof AppError && error.facts.execution_id !== undefined
          ? `${error.facts.outcome ?? 'failed'} ${error.facts.execution_id}`
          : codeOf(error),
    )
    outcomes[answer] = (outcomes[answer] ?? 0) + 1
  })
  return outcomes
}

export async function callAll({ calls, workers }: Commands['calls']['asks']): Promise<CallTold[]> {
  const told: CallTold[] = []
  await over([...calls.keys()], workers, async (at) => {
    const asked = calls[at]
    if (asked) told[at] = await call(asked)
  })
  return told
}

export async function writeFor({
  account,
  workers,
  seconds,
  prefix,
}: Commands['writeFor']['asks']): Promise<Commands['writeFor']['answers']> {
  const until = performance.now() + seconds * 1_000
  const acknowledged: string[] = []
  const outcomes: Outcomes = {}
  let slowestMs = 0
  let count = 0
  const write = async () => {
    while (performance.now() < until) {
      const title = `${prefix}-${++count}`
      const started = performance.now()
      const input = { connected_account_id: account, tool_name: 'sandbox.create_task', params: { title } }
      const outcome = await execute(input)
      slowestMs = Math.max(slowestMs, performance.now() - started)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      if (outcome === 'succeeded') acknowledged.push(title)
    }
  }
  await Promise.all(Array.from({ length: workers }, write))
  return { acknowledged, outcomes, slowestMs }
}
