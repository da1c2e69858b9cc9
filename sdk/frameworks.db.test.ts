// Agents of four kinds, with models that follow a script: model → tool → our API → provider → model, all of it real but
// the model.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { toolSet } from './ai-sdk/index.ts'
import { ask as askAiSdk } from './examples/ai-sdk.ts'
import { ask as askAnthropic } from './examples/anthropic.ts'
import { ask as askLangChain } from './examples/langchain.ts'
import { ask as askOpenAi } from './examples/openai.ts'
import { scriptedAiSdk } from './examples/scripted/ai-sdk.ts'
import { scriptedAnthropic, scriptedOpenAi } from './examples/scripted/apis.ts'
import { scriptedLangChain } from './examples/scripted/langchain.ts'
import { taskScript } from './examples/scripted/practice.ts'
import type { Turn } from './examples/scripted/script.ts'
import type { ToolOutcome, ToolsFor } from './index.ts'
import { structuredTools } from './langchain/index.ts'
import { type Api, startApi } from './testing.ts'

let at: Api
let org = ''
let made = 0

beforeAll(async () => {
  at = await startApi()
})
afterAll(() => at.close())
beforeEach(async () => {
  org = `agents-${++made}`
  await at.practice.reset()
})

const prompt = 'Remind me to call the supplier.'
type Run = (who: ToolsFor, turns: readonly Turn[]) => Promise<string>
const frameworks: Record<string, Run> = {
  'Vercel AI SDK': (who, turns) => askAiSdk({ behalf: at.behalf, model: scriptedAiSdk(turns), who, prompt }),
  LangChain: (who, turns) =>
    askLangChain({ behalf: at.behalf, model: scriptedLangChain(turns), who, prompt }),
  OpenAI: (who, turns) =>
    askOpenAi({ behalf: at.behalf, openai: scriptedOpenAi(turns), model: 'm', who, prompt }),
  Anthropic: (who, turns) =>
    askAnthropic({ behalf: at.behalf, anthropic: scriptedAnthropic(turns), model: 'm', who, prompt }),
}
const names = Object.keys(frameworks)
const run = (name: string, who: Partial<ToolsFor>, turns: readonly Turn[]) =>
  (frameworks[name] as Run)({ org_id: org, user_id: 'u_1', connectors: ['sandbox'], ...who }, turns)

const connected = (scopes = ['tasks:read', 'tasks:write']) =>
  at.practice.connectAccount({ org, user: 'u_1', scopes })
const writes = async () => (await at.practice.state()).api['POST /api/tasks'] ?? 0

/** One call, after which the model says what it read. */
const oneCall = (params: Record<string, unknown> = { title: 'x' }, call = 'sandbox__create_task'): Turn[] => [
  { call, params },
  { say: ([read]) => JSON.stringify(read) },
]
const outcome = async (name: string, who: Partial<ToolsFor>, turns: readonly Turn[]) =>
  JSON.parse(await run(name, who, turns)) as ToolOutcome

test.each(names)(
  '%s: the model calls tools, they run for the user, and it answers by what it read',
  async (name) => {
    await connected()
    const said = await run(name, { context: { run_id: `run-${name}` } }, taskScript(`Call ${org}`))
    expect(said).toMatch(new RegExp(`^1 of your \\d+ tasks is “Call ${org}”\\.$`))
    expect(await writes()).toBe(1)
    const { data } = await at.behalf.executions.list({ org_id: org })
    expect(data.map(({ tool_name, status, context }) => [tool_name, status, context])).toEqual([
      ['sandbox.list_tasks', 'succeeded', { run_id: `run-${name}` }],
      ['sandbox.create_task', 'succeeded', { run_id: `run-${name}` }],
    ])
  },
)

test.each(names)('%s: what a provider gave is marked as data of strangers', async (name) => {
  await connected()
  expect(await outcome(name, {}, oneCall())).toMatchObject({
    status: 'succeeded',
    content_trust: 'untrusted_provider_data',
    output: { title: 'x' },
  })
})

test.each(names)(
  '%s: a scope that was not granted is a link for the user, and the host sees it too',
  async (name) => {
    await connected(['tasks:read'])
    const seen: ToolOutcome[] = []
    const read = await outcome(name, { onOutcome: (one) => seen.push(one) }, oneCall())
    expect(read).toMatchObject({
      status: 'action_required',
      code: 'insufficient_scope',
      connect_url: expect.stringContaining('/c/'),
      required_scopes: [['tasks:write']],
    })
    expect(seen).toEqual([read])
    expect(await writes()).toBe(0)
  },
)

test.each(names)('%s: a consent that the provider has ended is a link to connect again', async (name) => {
  await connected()
  await at.practice.revokeUser('ana')
  expect(await outcome(name, {}, oneCall())).toMatchObject({
    status: 'action_required',
    code: 'reauthorization_required',
    connect_url: expect.stringContaining('/c/'),
  })
})

test.each(names)('%s: a call that people have to approve waits, and says so', async (name) => {
  await connected()
  await askPeople()
  const read = await outcome(name, {}, oneCall())
  expect(read).toMatchObject({ status: 'pending_approval', approval_id: expect.stringMatching(/^ap_/) })
  expect(await writes()).toBe(0)
})

test.each(names)('%s: params that do not fit are told, and end nothing', async (name) => {
  await connected()
  expect(await outcome(name, {}, oneCall({ title: 'x', colour: 'red' }))).toMatchObject({
    status: 'failed',
    code: 'invalid_request',
    message: expect.stringMatching(name === 'LangChain' ? /did not match expected schema/ : /colour/),
  })
  expect(await writes()).toBe(0)
})

test.each(names)(
  '%s: who has connected nothing yet is given a link, where the host invites',
  async (name) => {
    await at.practice.connectAccount({ org, user: 'u_2' })
    expect(await outcome(name, {}, oneCall())).toMatchObject({ status: 'failed', code: 'not_found' })
    const invite = { purpose: 'To keep your tasks' }
    expect(await outcome(name, { invite }, oneCall())).toMatchObject({
      status: 'action_required',
      connect_url: expect.stringContaining('/c/'),
    })
  },
)

test('Vercel AI SDK: an abort of the agent ends the call that is under way, with its own reason', async () => {
  await connected()
  const user = await at.behalf.tools.get({ org_id: org, user_id: 'u_1', connectors: ['sandbox'] })
  await at.practice.faults({ slow_body_ms: 20_000 })
  const stop = new AbortController()
  const { sandbox__list_tasks: tool } = toolSet(user)
  const running = tool?.execute?.(
    {},
    {
      toolCallId: 'call_1',
      messages: [],
      abortSignal: stop.signal,
      context: undefined,
    },
  )
  const listed = async () => (await at.practice.state()).api['GET /api/tasks'] ?? 0
  await expect.poll(listed).toBe(1)
  stop.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
})

test('two calls of one turn are two calls, each with an answer of its own', async () => {
  await connected()
  const seen: (string | null)[] = []
  const onOutcome: ToolsFor['onOutcome'] = (_, { call_id }) => seen.push(call_id)
  const who = { org_id: org, user_id: 'u_1', connectors: ['sandbox'], onOutcome }
  const [make] = structuredTools(await at.behalf.tools.get({ ...who, tools: ['sandbox.create_task'] }))
  const call = (id: string) => ({ type: 'tool_call' as const, id, name: 'x', args: { title: org } })
  const answers = await Promise.all([make?.invoke(call('a')), make?.invoke(call('b'))])
  expect(answers.map(({ tool_call_id, status }) => [tool_call_id, status])).toEqual([
    ['a', 'success'],
    ['b', 'success'],
  ])
  expect(seen.sort()).toEqual(['a', 'b'])
  expect(await writes()).toBe(2)
})

async function askPeople() {
  const source = `@id("ask") @decision("ask") permit (principal, action, resource);`
  const { id } = await at.behalf.request('createPolicyVersion', { body: { org_id: org, source } })
  await at.behalf.request('publishPolicyVersion', { path: { id }, body: {} })
}
