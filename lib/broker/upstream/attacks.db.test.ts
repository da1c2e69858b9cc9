import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { tool } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { brokerAt, failed } from './testing.ts'

const visit = tool({
  name: 'sandbox.visit',
  title: 'Visit',
  description: 'Reads a page of another host.',
  scopes: [['tasks:read']],
  effect: 'read',
  idempotent: true,
  input: z.strictObject({ path: z.string().max(500) }),
  output: z.object({ ok: z.boolean() }),
  run: async ({ input, http }) =>
    z.object({ ok: z.boolean() }).parse(await http.get(input.path, { base: 'other' })),
})

let practice: Practice
let own: ReturnType<typeof brokerAt>
let account = ''
let made = 0
const held = new Set<() => void>()
const other = createServer((_, response) => {
  const answer = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
  held.add(answer)
  response.once('close', () => held.delete(answer))
})

beforeAll(async () => {
  practice = await startPractice()
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  own = brokerAt(practice, { baseUrls: { base: practice.sandbox.url, other: url } }, [visit])
})
afterAll(async () => {
  other.closeAllConnections()
  other.close()
  await own.close()
  await practice.stop()
})
beforeEach(async () => {
  const org = `attacks-${++made}`
  account = (await practice.connectAccount({ org, user: 'u_1' })).connected_account_id ?? ''
  await practice.reset()
})
const call = (tool_name: string, params: object) => ({ connected_account_id: account, tool_name, params })
const page = () => call('sandbox.visit', { path: '/page' })

test('a call that stands in line ends at once when it is stopped, and never leaves when there is room', async () => {
  const going = new AbortController()
  const running = Array.from({ length: 64 }, () => own.run(page(), going.signal).catch(() => 'ended'))
  await expect.poll(() => held.size, { timeout: 20_000 }).toBe(64)
  const stop = new AbortController()
  const standing = failed(own.run(page(), stop.signal))
  const another = own.run(page())
  // The line is full of nothing else: whoever is last in it has its intent written.
  await expect.poll(async () => (await runningRows()).length, { timeout: 20_000 }).toBe(66)
  stop.abort(new AppError('account_paused', { detail: 'stopped' }))
  expect((await standing).code).toBe('account_paused')
  expect(held.size).toBe(64)
  let answered = 0
  const answering = setInterval(() => {
    for (const answer of held) {
      answered++
      held.delete(answer)
      answer()
    }
  }, 10)
  await Promise.all([...running, another])
  clearInterval(answering)
  expect(answered).toBe(65)
}, 60_000)

const runningRows = async () => {
  const { listExecutions } = await import('#lib/broker')
  return listExecutions(await practice.tenant(`attacks-${made}`), { status: 'running' }, null, 100)
}

test.each(['..', '.'])(
  'an id that cannot stand in an address, %j, is a wrong parameter and not a fault of ours',
  async (task_id) => {
    const error = await failed(own.run(call('sandbox.get_task', { task_id })))
    expect(error).toMatchObject({ code: 'invalid_request', facts: { category: 'invalid' } })
    expect((await practice.state()).api).toEqual({})
  },
)

test.each([
  '//evil.test/x',
  '/@evil.test',
  '/x?y=//evil.test',
  '/%2e%2e/%2e%2e/x',
  '/a%0d%0ahost:evil',
  'http://evil.test/',
])('a path such as %j stays with the pinned host, or goes nowhere', async (path) => {
  const call_ = own.run(call('sandbox.visit', { path }))
  const answering = setInterval(() => {
    for (const answer of held) answer()
  }, 10)
  const ended = await call_.then(
    () => 'pinned',
    (error: unknown) => (error instanceof AppError ? error.code : 'threw'),
  )
  clearInterval(answering)
  expect(['pinned', 'invalid_request']).toContain(ended)
})
