import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { brokerAt, callTimes, failed, forgetWaits } from './testing.ts'

let practice: Practice
let own: ReturnType<typeof brokerAt>
let made = 0
let org = ''

beforeAll(async () => {
  practice = await startPractice()
  own = brokerAt(practice)
})
afterAll(async () => {
  await own.close()
  await practice.stop()
})
beforeEach(async () => {
  org = `waits-${++made}`
  await practice.reset()
})

async function connected(of = org, user = 'u_1', person = 'ana'): Promise<string> {
  const { connected_account_id } = await practice.connectAccount({ org: of, user, person })
  await practice.reset()
  return connected_account_id ?? ''
}
const refuse = (retry_after: number | 'http-date' | 'past' | null, count = 1) =>
  practice.faults({ next_status: { status: 429, count, retry_after, scope: 'api' } })
const list = (account: string) => ({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })

test.each([
  [1, 1_000],
  // A date has whole seconds: two ahead is at least one.
  ['http-date', 1_000],
  // Past, or nothing said: not at once all the same.
  ['past', 1_000],
  [null, 1_000],
] as const)(
  'a call that a 429 with Retry-After %s met is made again, and not before it may',
  async (said, ms) => {
    const account = await connected()
    await refuse(said)
    expect((await own.run(list(account))).status).toBe('succeeded')
    const [first = 0, second = 0, ...more] = await callTimes(practice)
    expect(second - first).toBeGreaterThanOrEqual(ms)
    expect(more).toEqual([])
  },
)

test('while one account may not be called none of its calls leaves, whichever process they are in', async () => {
  const account = await connected()
  await refuse(2)
  const first = own.run(list(account))
  await expect.poll(async () => (await callTimes(practice)).length).toBe(1)
  const others = Array.from({ length: 20 }, () => own.run(list(account)))
  await Promise.all([first, ...others])
  const [refusedAt = 0, ...later] = await callTimes(practice)
  expect(later).toHaveLength(21)
  expect(later.filter((at) => at - refusedAt < 2_000)).toEqual([])
})

test('a process that was not told itself learns it with the facts of its next call', async () => {
  const account = await connected()
  await refuse(600)
  const told = await failed(own.run(list(account)))
  expect(told).toMatchObject({ code: 'upstream_rate_limited', facts: { retry_after_seconds: 600 } })
  forgetWaits()
  const error = await failed(own.run(list(account)))
  expect(error).toMatchObject({ code: 'upstream_rate_limited', facts: { category: 'rate_limit' } })
  expect(error.facts.retry_after_seconds).toBeGreaterThan(590)
  expect(error.facts.retry_after_seconds).toBeLessThanOrEqual(600)
  expect(await callTimes(practice)).toHaveLength(1)
})

test('an absurd wait is an hour, and another account of the same person is not kept away', async () => {
  const [one, other] = [await connected(), await connected(org, 'u_2', 'ben')]
  await refuse(31_536_000)
  expect((await failed(own.run(list(one)))).facts.retry_after_seconds).toBe(3600)
  expect((await own.run(list(other))).status).toBe('succeeded')
})

test('a write without a key is told of the limit and not sent again by itself', async () => {
  const account = await connected()
  await refuse(1)
  const write = { connected_account_id: account, tool_name: 'sandbox.append_task', params: { title: 'Once' } }
  const error = await failed(own.run(write))
  expect(error).toMatchObject({ code: 'upstream_rate_limited', facts: { retry_after_seconds: 1 } })
  expect(error.facts.outcome).toBeUndefined()
  expect(await callTimes(practice)).toHaveLength(1)
})

test('refusals in a row that say nothing are answered with longer and longer absence', async () => {
  const account = await connected()
  await refuse(null, 3)
  expect((await failed(own.run(list(account)))).code).toBe('upstream_rate_limited')
  const [a = 0, b = 0, c = 0] = await callTimes(practice)
  expect(b - a).toBeGreaterThanOrEqual(1_000)
  expect(c - b).toBeGreaterThanOrEqual(2_000)
})

test('a call that waits when its account is paused never leaves', async () => {
  const account = await connected()
  const tenant = await practice.tenant(org)
  await refuse(2)
  const waiting = failed(own.run(list(account)))
  await expect.poll(async () => (await callTimes(practice)).length).toBe(1)
  await practice.connect.setPaused(
    tenant,
    practice.caller,
    parseId('connected_account', account) ?? '',
    true,
    origin,
  )
  expect((await waiting).code).toBe('account_paused')
  expect(await callTimes(practice)).toHaveLength(1)
})

test('a call that waits is ended by its signal at once, with the reason that it was ended for', async () => {
  const account = await connected()
  await refuse(10)
  const stop = new AbortController()
  const waiting = failed(own.run(list(account), stop.signal))
  await expect.poll(async () => (await callTimes(practice)).length).toBe(1)
  const at = performance.now()
  stop.abort(new AppError('account_paused', { detail: 'stopped' }))
  expect((await waiting).code).toBe('account_paused')
  expect(performance.now() - at).toBeLessThan(1_000)
})

// Last: it keeps everybody away for minutes.
test('a limit of our client as a whole keeps every account of every org away', async () => {
  const shared = brokerAt(practice, { rates: { per: 'auth_config' } })
  const [one, other] = [await connected(), await connected(`${org}-other`, 'u_2', 'ben')]
  await refuse(300)
  expect((await failed(shared.run(list(one)))).code).toBe('upstream_rate_limited')
  for (const forget of [() => {}, forgetWaits]) {
    forget()
    expect((await failed(shared.run(list(other)))).facts.retry_after_seconds).toBeGreaterThan(290)
  }
  expect(await callTimes(practice)).toHaveLength(1)
  await shared.close()
})
