import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { listAudit, verifyAudit } from '#lib/audit'
import { deployment, forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import { createLimitIn, liftStop, placeStop, runningCalls, usageOf } from '#lib/limits'
import { type LimitInput, limitInput, type StopSubject } from '#lib/limits/schema'
import type { Tenant } from '#lib/proof'
import { toolNames } from '#runtime'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

let practice: Practice
let superuser: Superuser
let tenant: Tenant
let account = ''
let org = ''
let made = 0

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  await superuser.tamper('DELETE FROM stops')
  org = `org-${++made}`
  await practice.reset()
  account = (await practice.connectAccount({ org, user: 'u_1' })).connected_account_id ?? ''
  tenant = await practice.tenant(org)
  await practice.reset()
})

const by = () => ({ caller: practice.caller, actor: { type: 'test', id: 'test' } })
const stop = (subject: StopSubject, of = tenant) =>
  placeStop(of, { subject, reason: 'as a test' }, by(), toolNames, async () => {})
const lift = (id: string) => liftStop(tenant, parseId('stop', id) ?? '', null, by(), async () => {})
const limit = (input: Partial<LimitInput>) =>
  forOrg(tenant, (tx) =>
    createLimitIn(
      tx,
      tenant,
      limitInput.parse({ name: 'bound', kind: 'rate', most: 1, ...input }),
      by(),
      toolNames,
    ),
  )

const list = { tool_name: 'sandbox.list_tasks' }
const create = { tool_name: 'sandbox.create_task', params: { title: 'Once' } }
const call = (input: Record<string, unknown> = list) =>
  practice.execute({ connected_account_id: account, ...input })
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'succeeded',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  )
const upstream = async () => {
  const { api } = await practice.state()
  return Object.values(api).reduce((sum, count) => sum + count, 0)
}
const executed = () => listAudit(tenant, { action: 'tool.executed' }, null, 2_000)

test('a runaway loop of 300 calls ends in 429, each refusal audited, and in nothing more at the provider', async () => {
  await limit({ most: 20, window_seconds: 3600, per: ['account'] })
  const outcomes: string[] = []
  for (let round = 0; round < 6; round++)
    outcomes.push(...(await Promise.all(Array.from({ length: 50 }, () => codeOf(call())))))
  const ok = outcomes.filter((code) => code === 'succeeded').length
  expect(ok).toBe(20)
  expect(outcomes.filter((code) => code === 'rate_limited').length).toBe(280)
  expect(await upstream()).toBe(20)
  const events = await executed()
  expect(events.filter(({ outcome }) => outcome === 'allowed').length).toBe(20)
  expect(
    events.filter(({ outcome, error_code }) => outcome === 'denied' && error_code === 'rate_limited').length,
  ).toBe(280)
  expect(await usageOf(tenant)).toMatchObject({ calls: 20 })
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true })
  await stop({ type: 'org' })
  expect(await codeOf(call())).toBe('account_paused')
}, 60_000)

test('the refusal names the limit and says when to come again', async () => {
  await limit({ name: 'one an hour', window_seconds: 3600 })
  await call()
  const error = await call().catch((thrown: AppError) => thrown)
  expect(error).toMatchObject({ code: 'rate_limited', facts: { limit: 'one an hour' } })
  expect((error as AppError).facts.retry_after_seconds).toBeGreaterThan(3_500)
})

test('a slot of a concurrency limit is free again when its call has ended', async () => {
  await limit({ kind: 'concurrency', most: 1 })
  await practice.faults({ latency_ms: 1_000, latency_for: 'api' })
  const first = call()
  await vi.waitFor(async () => expect((await practice.state()).last_requests.length).toBe(1), {
    timeout: 5_000,
  })
  expect(await codeOf(call())).toBe('rate_limited')
  await first
  await practice.faults({ latency_ms: 0 })
  expect(await codeOf(call())).toBe('succeeded')
})

test('a call that a stop holds back as it is written down, or whose detail was used, uses up no limit', async () => {
  await limit({ most: 2, window_seconds: 3_600 })
  // The stop is not there yet when the call is judged, and is when it is written down.
  let placed = () => {}
  const held = forOrg(tenant, async (tx) => {
    await tx.$executeRaw`SELECT close_stop_gate()`
    await new Promise<void>((resolve) => {
      placed = resolve
    })
    await tx.$executeRaw`INSERT INTO stops (org_id, id, subject, subject_id, reason, by_operator, placed_by)
      VALUES (${tenant.orgId}::uuid, gen_random_uuid(), 'org', '', 'as a test', true, '{}')`
  })
  const stopped = codeOf(call())
  await vi.waitFor(async () => {
    const waiting = await superuser.sql(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)
    expect(waiting.length).toBeGreaterThan(0)
  })
  placed()
  await held
  expect(await stopped).toBe('account_paused')
  await superuser.tamper('DELETE FROM stops')

  const authorization_details = [
    {
      type: 'behalf_tool_call',
      jti: 'once',
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    },
  ]
  const once = () => codeOf(call({ ...list, authorization_details }))
  expect([await once(), await once(), await codeOf(call()), await codeOf(call())]).toEqual([
    'succeeded',
    'forbidden',
    'succeeded',
    'rate_limited',
  ])
})

test.each<[string, StopSubject]>([
  ['the tool', { type: 'tool', id: 'sandbox.list_tasks' }],
  ['the connector', { type: 'connector', id: 'sandbox' }],
  ['the user', { type: 'user', id: 'u_1' }],
  ['the organization', { type: 'org' }],
])(
  'a stop of %s lets no call through, not even a rehearsed one, and none of its tools is available',
  async (_, subject) => {
    const { id } = await stop(subject)
    expect(await codeOf(call())).toBe('account_paused')
    expect(await codeOf(call({ ...list, dry_run: true }))).toBe('account_paused')
    const error = await call().catch((thrown: AppError) => thrown)
    expect((error as AppError).facts.detail).toContain('as a test')
    expect(await upstream()).toBe(0)
    expect((await executed()).map(({ error_code }) => error_code)).toEqual(Array(3).fill('account_paused'))
    const available = async () => {
      const asked = { tenant, caller: practice.caller, userId: 'u_1' }
      const [tool] = await practice.broker.listTools(asked, { names: [list.tool_name] })
      return [tool?.available, tool?.blocked]
    }
    expect(await available()).toEqual([false, 'stopped'])
    await lift(id)
    expect(await codeOf(call())).toBe('succeeded')
    expect(await available()).toEqual([true, null])
  },
)

test('a stop cancels what is under way before it answers: a read has failed, a write is unknown and not repeated', async () => {
  await practice.faults({ latency_ms: 8_000, latency_for: 'api' })
  const failing = (input: Record<string, unknown>) => call(input).catch((thrown: AppError) => thrown)
  const started = performance.now()
  const [read, write] = [failing(list), failing(create)]
  await vi.waitFor(async () => expect((await practice.state()).last_requests.length).toBe(2), {
    timeout: 5_000,
  })
  expect(await stop({ type: 'all' }, deployment)).toMatchObject({ in_flight: 0 })
  const [readError, writeError] = await Promise.all([read, write])
  expect(performance.now() - started).toBeLessThan(7_000)
  expect(readError).toMatchObject({
    code: 'account_paused',
    facts: { detail: expect.stringContaining('as a test') },
  })
  expect(readError).not.toMatchObject({ facts: { outcome: 'unknown' } })
  expect(writeError).toMatchObject({ code: 'account_paused', facts: { outcome: 'unknown' } })
  expect(runningCalls.size).toBe(0)
  const rows = await superuser.sql('SELECT tool_name, status FROM executions WHERE org_id = $1 ORDER BY 1', [
    tenant.orgId,
  ])
  expect(rows).toEqual([
    { tool_name: create.tool_name, status: 'unknown' },
    { tool_name: list.tool_name, status: 'failed' },
  ])
  expect((await practice.state()).last_requests.length).toBe(2)
}, 20_000)

test('of 200 calls around a stop, none reaches the provider after it has answered', async () => {
  const outcomes = Array.from({ length: 100 }, () => codeOf(call()))
  const { in_flight } = await stop({ type: 'connector', id: 'sandbox' })
  expect(in_flight).toBe(0)
  const reached = await upstream()
  const after = await Promise.all(Array.from({ length: 100 }, () => codeOf(call())))
  expect(new Set(after)).toEqual(new Set(['account_paused']))
  await Promise.all(outcomes)
  expect(await upstream()).toBe(reached)
}, 30_000)
