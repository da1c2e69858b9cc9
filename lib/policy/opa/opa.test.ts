import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createEgress, parseAllow } from '#lib/egress'
import type { CallFacts } from '#lib/proof'
import { noUsage } from '../facts.ts'
import { opaEngine } from './judge.ts'

// The wire as OPA documents it, over a real socket; scripts/policies.test.ts asks a real OPA where there is one.
type Answer = { status: number; body: string; location?: string } | 'never'
const says = (result: unknown): Answer => ({ status: 200, body: JSON.stringify({ result }) })
let answer: Answer = says(true)
const asked: { path: string; method: string; token: string | undefined; body: unknown }[] = []
const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const { url: path = '', method = '', headers } = request
  asked.push({ path, method, token: headers.authorization, body: JSON.parse(body) })
  if (answer === 'never') return
  const { status, body: text, location } = answer
  response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) }).end(text)
})
const egress = createEgress({ allow: parseAllow('opa=127.0.0.1'), default: 'deny' })
const settings = { url: '', token: 'a-token', everybody: null }
const engine = opaEngine(egress, () => settings)

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  settings.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => asked.splice(0))
afterAll(async () => {
  await egress.close()
  server.closeAllConnections()
  server.close()
})

const facts: CallFacts = {
  caller: { type: 'agent', id: 'a' },
  agent: null,
  actors: [],
  user: { id: 'u_1', groups: [] },
  org: { id: 'acme', timezone: 'UTC' },
  account: 'ca_1',
  connector: 'bank',
  tool: 'bank.transfer',
  effect: 'send',
  risk: 'send',
  params: { amount: 1 },
  resources: [],
  email_domains: [],
  time: '2026-11-20T09:00:00.000Z',
  local: { date: '2026-11-20', weekday: 5, hour: 9, minute: 0, week_start: '2026-11-16T00:00:00.000Z' },
  ip: null,
  usage: noUsage,
}
const judge = (given: Answer) => {
  answer = given
  return engine.judge({ id: 'x', number: 4, engine: 'opa', source: 'behalf/decision' }, facts)
}

test('asks for the document of its path, with the same facts as every engine, by its token', async () => {
  await judge(says(true))
  expect(asked).toEqual([
    { path: '/v1/data/behalf/decision', method: 'POST', token: 'Bearer a-token', body: { input: facts } },
  ])
})

test.each([
  [true, { engine: 'opa', decision: 'allow', policyIds: ['v4:behalf/decision'] }],
  [false, { engine: 'opa', decision: 'deny', policyIds: ['v4:behalf/decision'] }],
  [
    { decision: 'deny', policy_ids: ['b', 'a'] },
    { engine: 'opa', decision: 'deny', policyIds: ['v4:a', 'v4:b'] },
  ],
  [
    {
      decision: 'ask',
      policy_ids: ['a'],
      approval: { quorum: 2, expires_in_seconds: 600 },
      masks: ['email'],
    },
    {
      engine: 'opa',
      decision: 'ask',
      policyIds: ['v4:a'],
      masks: ['email'],
      approval: { quorum: 2, expires_in_seconds: 600 },
    },
  ],
  [
    { decision: 'ask' },
    {
      engine: 'opa',
      decision: 'ask',
      policyIds: ['v4:behalf/decision'],
      approval: { quorum: 1, expires_in_seconds: null },
    },
  ],
])('%j is a decision like that of any engine', async (result, decision) => {
  expect((await judge(says(result))).decision).toEqual(decision)
})

test.each<[string, Answer]>([
  ['an undefined document', { status: 200, body: '{}' }],
  ['another word', says({ decision: 'maybe' })],
  ['nothing that is a decision', says('allow')],
  ['a quorum of nobody', says({ decision: 'ask', approval: { quorum: 0 } })],
  ['no JSON', { status: 200, body: '<html>' }],
  ['an error', { status: 500, body: '{"code":"internal_error"}' }],
  ['another address', { status: 302, body: '', location: '/v1/data/behalf/lenient' }],
  ['a refusal', { status: 401, body: '{"code":"unauthorized"}' }],
  ['more than a decision takes', { status: 200, body: `{"result":"${'x'.repeat(70_000)}"}` }],
])('%s allows nothing', async (_, given) => {
  await expect(judge(given)).rejects.toMatchObject({ code: 'unavailable' })
})

test.each([
  '../config',
  'behalf/../../query',
  'behalf/decision?explain=full',
  'http://evil.test/',
  '',
  '/behalf',
])('a draft whose path is %j is denied, and OPA is not asked for anything else', async (source) => {
  const judgement = await engine.judge({ id: 'x', number: 4, engine: 'opa', source }, facts)
  expect(judgement).toMatchObject({
    decision: { decision: 'deny', policyIds: ['v4:unjudged'] },
    problem: expect.stringContaining('path'),
  })
  expect(asked).toEqual([])
})

test('what is silent, away, or not set up allows nothing', { timeout: 10_000 }, async () => {
  const unavailable = { code: 'unavailable' }
  await expect(judge('never')).rejects.toMatchObject(unavailable)
  const { url } = settings
  settings.url = 'http://127.0.0.1:1'
  await expect(judge(says(true))).rejects.toMatchObject(unavailable)
  settings.url = url
  const none = opaEngine(egress, () => null)
  await expect(
    none.judge({ id: 'x', number: 1, engine: 'opa', source: 'behalf/decision' }, facts),
  ).rejects.toMatchObject(unavailable)
})
