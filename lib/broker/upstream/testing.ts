import { expect } from 'vitest'
import { z } from 'zod'
import { connectors } from '#connectors'
import { createBroker } from '#lib/broker'
import { executeInput } from '#lib/broker/schema'
import { connectUrl } from '#lib/connect'
import { type Connector, type Tool, tool } from '#lib/connector-kit'
import { createEgress, parseAllow } from '#lib/egress'
import { AppError } from '#lib/errors'
import { origin, type Practice } from '../../../scripts/testing/practice.ts'

/** A write that may not be repeated: the practice provider's own tools all may. */
export const appendTask = tool({
  name: 'sandbox.append_task',
  title: 'Append a task',
  description: 'Creates a task without a key.',
  scopes: [['tasks:write']],
  effect: 'write',
  idempotent: false,
  input: z.strictObject({ title: z.string().max(200) }),
  output: z.object({ id: z.string(), title: z.string() }),
  run: async ({ input, http }) =>
    z.object({ id: z.string(), title: z.string() }).parse(await http.post('/api/tasks', { json: input })),
})

/** The product's own broker at the practice provider, with what a test changes of its connector. */
export function brokerAt(practice: Practice, change: Partial<Connector> = {}, extra: readonly Tool[] = []) {
  const shipped = connectors.sandbox
  if (!shipped) throw new Error('no practice connector')
  const known: Record<string, Tool> = { ...shipped.tools }
  for (const one of [appendTask, ...extra]) known[one.name] = one
  const sandbox: Connector = { ...shipped, baseUrls: { base: practice.sandbox.url }, ...change, tools: known }
  const egress = createEgress({ allow: parseAllow('provider=127.0.0.1'), default: 'public' })
  const deps = { connectors: { sandbox }, tools: known, egress, connectUrl }
  const broker = createBroker(deps)
  return {
    deps,
    close: () => egress.close(),
    run: (input: Record<string, unknown>, signal: AbortSignal = AbortSignal.timeout(60_000)) =>
      broker.execute(practice.caller, executeInput.parse(input), origin, signal),
  }
}

export const failed = (call: Promise<unknown>): Promise<AppError> =>
  call.then(
    () => expect.unreachable('the call did not fail'),
    (error: unknown) => {
      if (!(error instanceof AppError)) throw error
      return error
    },
  )

/** When the provider received each call of its API, in milliseconds, oldest first. */
export const callTimes = async (practice: Practice): Promise<number[]> =>
  (await practice.state()).last_requests
    .filter(({ path }) => path.startsWith('/api/'))
    .map(({ at }) => Date.parse(at))

/** As another process would be: without what this one was told. */
export function forgetWaits(): void {
  const waits: unknown = Reflect.get(globalThis, Symbol.for('behalf.log.upstream_waits'))
  if (!(waits instanceof Map)) throw new Error('nothing is kept where it was looked for')
  waits.clear()
}
