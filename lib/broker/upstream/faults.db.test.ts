import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { gql, tool } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { brokerAt, callTimes, failed } from './testing.ts'

let practice: Practice
let own: ReturnType<typeof brokerAt>
let made = 0
let org = ''
let account = ''

beforeAll(async () => {
  practice = await startPractice()
  own = brokerAt(practice)
})
afterAll(async () => {
  await own.close()
  await practice.stop()
})
beforeEach(async () => {
  org = `faults-${++made}`
  await practice.reset()
  account = await connected(org)
})

async function connected(of: string): Promise<string> {
  const { connected_account_id } = await practice.connectAccount({ org: of, user: 'u_1' })
  await practice.reset()
  return connected_account_id ?? ''
}
const list = () => ({ connected_account_id: account, tool_name: 'sandbox.list_tasks', params: { limit: 50 } })
const write = (toolName: string, title: string) => ({
  connected_account_id: account,
  tool_name: toolName,
  params: { title },
})
const statuses = (status: number, count: number, retry_after: number | null = null) =>
  practice.faults({ next_status: { status, count, retry_after, scope: 'api' } })
/** How many tasks of this title the provider has. */
async function tasksCalled(title: string): Promise<number> {
  await practice.faults({ reset_mid_body: null, slow_body_ms: null })
  const { output } = (await own.run(list())) as { output: { tasks: { title: string }[] } }
  return output.tasks.filter((task) => task.title === title).length
}

test('a read goes through a burst of failures, with pauses that grow', async () => {
  await statuses(503, 2)
  expect((await own.run(list())).status).toBe('succeeded')
  expect(await callTimes(practice)).toHaveLength(3)
})

test('a read that keeps failing ends after three tries, as something that passes', async () => {
  await statuses(500, 9)
  const error = await failed(own.run(list()))
  expect(error).toMatchObject({ code: 'upstream_error', facts: { category: 'transient' } })
  expect(await callTimes(practice)).toHaveLength(3)
})

test('a write that the provider takes no key for is not sent again after a failure: what became of it is unknown', async () => {
  await statuses(503, 9)
  const error = await failed(own.run(write('sandbox.append_task', 'Once')))
  expect(error.facts).toMatchObject({ outcome: 'unknown', category: 'unknown_outcome', retryable: false })
  expect(await callTimes(practice)).toHaveLength(1)
})

test('a write without a key whose token was refused is not sent again, and the next one goes with a new token', async () => {
  await statuses(401, 1)
  const error = await failed(own.run(write('sandbox.append_task', 'Refused')))
  expect(error).toMatchObject({ code: 'upstream_error', facts: { retryable: true } })
  expect((await own.run(write('sandbox.append_task', 'Refused'))).status).toBe('succeeded')
  expect(await callTimes(practice)).toHaveLength(2)
  expect((await practice.state()).token_refresh).toBe(1)
  expect(await tasksCalled('Refused')).toBe(1)
})

test('a provider that fails for one org is left alone by that org, and called for every other', async () => {
  const other = await connected(`${org}-other`)
  await statuses(502, 40)
  const codes: string[] = []
  for (let calls = 0; calls < 8; calls++) codes.push((await failed(own.run(list()))).code)
  const sent = (await callTimes(practice)).length
  expect(codes).toContain('circuit_open')
  expect(sent).toBeLessThanOrEqual(12)
  const error = await failed(own.run(list()))
  expect(error).toMatchObject({ code: 'circuit_open', facts: { category: 'transient' } })
  expect(error.facts.retry_after_seconds).toBeGreaterThan(0)
  expect((await callTimes(practice)).length).toBe(sent)
  await practice.faults({ next_status: null })
  expect((await own.run({ ...list(), connected_account_id: other })).status).toBe('succeeded')
  // It is asked again by itself, and what comes back is used at once.
  await expect
    .poll(
      () =>
        own.run(list()).then(
          ({ status }) => status,
          () => 'no',
        ),
      { timeout: 15_000 },
    )
    .toBe('succeeded')
})

test('an org whose calls hang takes none of the room of another, and stands in its own line', async () => {
  const other = await connected(`${org}-other`)
  await practice.faults({ slow_body_ms: 60_000 })
  const stop = new AbortController()
  const hanging = Array.from({ length: 70 }, () => failed(own.run(list(), stop.signal)))
  await expect.poll(async () => (await callTimes(practice)).length, { timeout: 10_000 }).toBe(64)
  await practice.faults({ slow_body_ms: null })
  const quick = await own.run({ ...list(), connected_account_id: other }, AbortSignal.timeout(3_000))
  expect(quick.status).toBe('succeeded')
  expect(await callTimes(practice)).toHaveLength(65)
  stop.abort()
  expect((await Promise.all(hanging)).every(({ code }) => code === 'upstream_timeout')).toBe(true)
})

test('what a provider refuses, however often, closes nothing', async () => {
  await statuses(404, 40)
  for (let calls = 0; calls < 25; calls++)
    expect((await failed(own.run(list()))).code).toBe('upstream_rejected')
  expect(await callTimes(practice)).toHaveLength(25)
})

test('a body that trickles ends with the deadline, and a write of it is unknown', async () => {
  await practice.faults({ slow_body_ms: 60_000 })
  const at = performance.now()
  const deadline = () => AbortSignal.timeout(1_000)
  expect(await failed(own.run(list(), deadline()))).toMatchObject({
    code: 'upstream_timeout',
    facts: { category: 'transient' },
  })
  expect(await failed(own.run(write('sandbox.append_task', 'Slow'), deadline()))).toMatchObject({
    code: 'upstream_timeout',
    facts: { outcome: 'unknown', category: 'unknown_outcome' },
  })
  expect(performance.now() - at).toBeLessThan(5_000)
  expect(await tasksCalled('Slow')).toBe(1)
})

test('an answer that is cut off leaves a write unknown, and made once', async () => {
  await practice.faults({ reset_mid_body: 9 })
  const error = await failed(own.run(write('sandbox.append_task', 'Cut')))
  expect(error).toMatchObject({ code: 'upstream_error', facts: { outcome: 'unknown', retryable: false } })
  expect(await tasksCalled('Cut')).toBe(1)
})

test('a write under a key is sent again when its answer is cut off, and still made once', async () => {
  await practice.faults({ reset_mid_body: 2 })
  const done = await own.run(write('sandbox.create_task', 'Keyed'))
  expect(done).toMatchObject({ status: 'succeeded', output: { title: 'Keyed' } })
  const keys = (await practice.state()).last_requests.map(({ headers }) => headers['idempotency-key'])
  expect(keys).toHaveLength(3)
  expect(new Set(keys)).toEqual(new Set([(done as { execution_id: string }).execution_id]))
  expect(await tasksCalled('Keyed')).toBe(1)
})

test.each([
  ['a body without end', { huge_body_bytes: 64 * 1024 * 1024 }],
  ['a gzip bomb', { gzip_bomb_bytes: 512 * 1024 * 1024 }],
  ['JSON that is none', { invalid_json: true }],
  ['a page in place of JSON', { html_200: true }],
] as const)('%s is refused at the first try, as something that will not pass', async (_, fault) => {
  await practice.faults(fault)
  const before = process.memoryUsage().rss
  const read = await failed(own.run(list()))
  expect(read).toMatchObject({ code: 'upstream_error', facts: { category: 'permanent', retryable: false } })
  const wrote = await failed(own.run(write('sandbox.append_task', 'Odd')))
  expect(wrote.facts).toMatchObject({ outcome: 'unknown', category: 'unknown_outcome' })
  expect(await callTimes(practice)).toHaveLength(2)
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
})

test('a redirect is refused, and nothing is heard where it leads', async () => {
  const heard: string[] = []
  const inside = createServer((request, response) => {
    heard.push(request.headers.authorization ?? 'nothing')
    response.end('{}')
  })
  await new Promise<void>((done) => inside.listen(0, '127.0.0.1', done))
  const { port } = inside.address() as AddressInfo
  await practice.faults({ redirect_to: `http://127.0.0.1:${port}/latest/meta-data` })
  expect(await failed(own.run(list()))).toMatchObject({
    code: 'upstream_error',
    facts: { category: 'permanent' },
  })
  expect(await callTimes(practice)).toHaveLength(1)
  expect(heard).toEqual([])
  await new Promise((done) => inside.close(done))
})

test.each([
  [400, 'upstream_rejected', 'invalid'],
  [403, 'upstream_rejected', 'permission'],
  [404, 'upstream_rejected', 'not_found'],
  [409, 'upstream_rejected', 'conflict'],
  [412, 'upstream_rejected', 'conflict'],
  [418, 'upstream_rejected', 'invalid'],
  [422, 'upstream_rejected', 'invalid'],
  [429, 'upstream_rate_limited', 'rate_limit'],
  [500, 'upstream_error', 'transient'],
] as const)('a provider that answers %i is told as %s of category %s', async (status, code, category) => {
  await statuses(status, 3, 600)
  expect(await failed(own.run(list()))).toMatchObject({ code, facts: { category } })
})

test('a call that is stopped is told why, and a write that was sent by then is unknown', async () => {
  await practice.faults({ latency_ms: 30_000, latency_for: 'api' })
  for (const [toolName, outcome] of [
    ['sandbox.list_tasks', undefined],
    ['sandbox.append_task', 'unknown'],
  ] as const) {
    const stop = new AbortController()
    const before = (await callTimes(practice)).length
    const input = toolName === 'sandbox.list_tasks' ? list() : write(toolName, 'Stopped')
    const stopped = failed(own.run(input, stop.signal))
    await expect.poll(async () => (await callTimes(practice)).length).toBe(before + 1)
    stop.abort(new AppError('account_paused', { detail: 'A stop is on.' }))
    const error = await stopped
    expect(error).toMatchObject({ code: 'account_paused', message: 'A stop is on.' })
    expect(error.facts.outcome).toBe(outcome)
  }
})

test('GraphQL: variables travel beside the document, and errors with status 200 are what they say', async () => {
  const bodies: { query: string; variables: unknown }[] = []
  let answer: unknown = { data: { task: { title: 'One' } } }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    bodies.push(JSON.parse(Buffer.concat(chunks).toString()))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const find = tool({
    name: 'sandbox.find_task',
    title: 'Find a task',
    description: 'Finds one task by its title.',
    scopes: [['tasks:read']],
    effect: 'read',
    idempotent: true,
    input: z.strictObject({ title: z.string().max(100) }),
    output: z.object({ title: z.string() }),
    run: async ({ input, http }) => {
      const data = await http.graphql(
        gql`query ($title: String!) { task(title: $title) { title } }`,
        { title: input.title },
        { base: 'graph' },
      )
      return z.object({ task: z.object({ title: z.string() }) }).parse(data).task
    },
  })
  const graph = brokerAt(practice, { baseUrls: { base: practice.sandbox.url, graph: url } }, [find])
  const title = '") { token } evil: task(title: "x'
  const call = () => graph.run({ connected_account_id: account, tool_name: find.name, params: { title } })
  expect(await call()).toMatchObject({ output: { title: 'One' } })
  expect(bodies).toEqual([
    { query: 'query ($title: String!) { task(title: $title) { title } }', variables: { title } },
  ])
  for (const [code, category] of [
    ['NOT_FOUND', 'not_found'],
    ['FORBIDDEN', 'permission'],
    ['BAD_USER_INPUT', 'invalid'],
  ]) {
    answer = { data: { task: { title: 'partly' } }, errors: [{ message: 'no', extensions: { code } }] }
    expect((await failed(call())).facts.category).toBe(category)
  }
  await graph.close()
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
})
