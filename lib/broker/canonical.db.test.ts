import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { tool } from '#lib/connector-kit'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { createApiKeyIn } from '#lib/identity'
import type { Caller } from '#lib/proof'
import { key } from '#runtime'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { createBroker } from './index.ts'
import { executeInput } from './schema.ts'
import { brokerAt } from './upstream/testing.ts'

// What is the same request and what is another, to the last value inside it (THREATS.md fault 23).

const createRecord = tool({
  name: 'sandbox.create_record',
  title: 'Create a record',
  description: 'Creates a record of any shape.',
  scopes: [['tasks:write']],
  effect: 'write',
  idempotent: false,
  input: z.strictObject({ fields: z.record(z.string(), z.unknown()) }),
  output: z.unknown(),
  run: ({ input, http }) => http.post('/api/tasks', { json: { title: JSON.stringify(input.fields) } }),
})

let practice: Practice
let at: ReturnType<typeof brokerAt>
let caller: Caller
let account = ''
let keys = 0

beforeAll(async () => {
  practice = await startPractice()
  account = (await practice.connectAccount({ org: 'acme', user: 'u_1' })).connected_account_id ?? ''
  const tenant = await practice.tenant('acme')
  const { secret } = await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles: [] }))
  caller = await key('execute')(practice.authorization(secret))
  at = brokerAt(practice, {}, [createRecord])
})
afterAll(async () => {
  await at.close()
  await practice.stop()
})
beforeEach(async () => {
  keys++
  await practice.reset()
})

const upstream = async () => (await practice.state()).last_requests.length

/** @param fields as JSON, as they come over the wire */
const call = (fields: string, more: Record<string, unknown> = {}) => {
  const input = {
    connected_account_id: account,
    tool_name: 'sandbox.create_record',
    params: { fields: JSON.parse(fields) },
    ...more,
  }
  return createBroker(at.deps)
    .execute(caller, executeInput.parse(input), origin, AbortSignal.timeout(60_000), `key-${keys}`)
    .then(
      (answered) => (answered.replayed ? 'replayed' : answered.status),
      (error: unknown) => (error instanceof AppError ? error.code : Promise.reject(error)),
    )
}

const first = '{"a":{"b":[1,{"c":"é"}]}}'

test.each([
  ['the order of names', '{"x":1,"a":{"p":1,"q":2}}', '{"a":{"q":2,"p":1},"x":1}'],
  ['how a number is written', '{"a":[100,0.5,0]}', '{"a":[1e2,5.0e-1,-0]}'],
  ['how a character is written', first, '{"a":{"b":[1,{"c":"\\u00e9"}]}}'],
  ['space', first, ' {"a" : {"b":[1, {"c":"é"}]}}'],
])('%s makes no other request', async (_, one, other) => {
  expect([await call(one), await call(other)]).toEqual(['succeeded', 'replayed'])
  expect(await upstream()).toBe(1)
})

test.each([
  ['a value deep inside', '{"a":{"b":[1,{"c":"e"}]}}'],
  ['another form of the same letter', '{"a":{"b":[1,{"c":"e\\u0301"}]}}'],
  ['a text for a number', '{"a":{"b":["1",{"c":"é"}]}}'],
  ['the order of a list', '{"a":{"b":[{"c":"é"},1]}}'],
  ['null for nothing', '{"a":{"b":[1,{"c":"é","d":null}]}}'],
  ['a name that JavaScript has plans for', '{"a":{"b":[1,{"c":"é","__proto__":{"x":1}}]}}'],
  ['another level', '{"a":{"b":[1,[{"c":"é"}]]}}'],
])('%s makes another request, and nothing leaves', async (_, other) => {
  expect(await call(first)).toBe('succeeded')
  expect(await call(other)).toBe('idempotency_mismatch')
  expect(await upstream()).toBe(1)
})

test('what goes beside the params is part of the request', async () => {
  expect(await call(first, { context: { run_id: 'r1' } })).toBe('succeeded')
  expect(await call(first, { context: { run_id: 'r2' } })).toBe('idempotency_mismatch')
  const details = [{ type: 'behalf_tool_call', tools: ['sandbox.*'] }]
  expect(await call(first, { authorization_details: details })).toBe('idempotency_mismatch')
  expect(await upstream()).toBe(1)
})
