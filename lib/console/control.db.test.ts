import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '#lib/proof'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { revocationImpact } from './revocation-impact.ts'
import { type CallsOf, countCallsOf, countStoppedCalls, lastCallOf } from './stop-proof.ts'

const tools = ['sandbox.list_tasks', 'sandbox.delete_task']
/** Well before a call: its id was made a moment before its row. */
const before = (call: { at: string } | null) => new Date(new Date(call?.at ?? 0).getTime() - 1000)
let practice: Practice
let superuser: Superuser
let acme: Tenant
let globex: Tenant
let call: { connected_account_id: string; tool_name: string; params: object }

beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  const { resolveTenant } = await import('#lib/tenancy')
  const one = await practice.connectAccount({ org: 'acme', user: 'ana' })
  await practice.connectAccount({ org: 'globex', user: 'ana' })
  acme = await resolveTenant(practice.caller, 'acme')
  globex = await resolveTenant(practice.caller, 'globex')
  call = { connected_account_id: one.connected_account_id ?? '', tool_name: 'sandbox.list_tasks', params: {} }
})
afterAll(() => practice.stop())

const of: readonly CallsOf[] = [
  { type: 'org', id: null },
  { type: 'user', id: 'ana' },
  { type: 'tool', id: 'sandbox.list_tasks' },
  { type: 'connector', id: 'sandbox' },
]

it('a stop is proven by the last call that started and those refused since, of its org alone', async () => {
  await practice.execute(call)
  const { getStop, placeStop } = await import('#lib/limits')
  const { parseId } = await import('#lib/ids')
  const by = { caller: practice.caller, actor: { type: 'root_key', id: 'root' } }
  const subject = { type: 'user', id: 'ana' } as const
  const placed = await placeStop(acme, { subject, reason: 'Lost laptop' }, by, tools, async () => {})
  const id = parseId('stop', placed.id) ?? ''
  expect((await getStop(acme, id)).subject).toEqual(subject)
  await expect(getStop(globex, id)).rejects.toMatchObject({ code: 'not_found' })

  await expect(practice.execute(call)).rejects.toMatchObject({ code: 'account_paused' })
  const from = new Date(placed.created_at)
  for (const calls of of) {
    const said = JSON.stringify(calls)
    const last = await lastCallOf(acme, calls, {}, tools)
    expect(last, said).toMatchObject({ tool_name: 'sandbox.list_tasks' })
    expect(new Date(last?.at ?? 0).getTime(), said).toBeLessThan(from.getTime())
    expect(await countCallsOf(acme, calls, {}, tools), said).toEqual({ count: 1, more: false })
    expect(await countStoppedCalls(acme, calls, { from }), said).toEqual({ count: 1, more: false })
    expect(await countStoppedCalls(acme, calls, { until: from }), said).toEqual({ count: 0, more: false })
    expect(await lastCallOf(acme, calls, { until: before(last) }, tools), said).toBeNull()

    expect(await lastCallOf(globex, calls, {}, tools), said).toBeNull()
    expect((await countCallsOf(globex, calls, {}, tools)).count, said).toBe(0)
    expect((await countStoppedCalls(globex, calls, {})).count, said).toBe(0)
  }
  // The call named an account and no user: it is theirs all the same.
  const { listRefused } = await import('./activity.ts')
  expect(await listRefused(acme, { user_id: 'ana' }, null, 10)).toHaveLength(1)
  expect(await listRefused(acme, { user_id: 'bob' }, null, 10)).toHaveLength(0)
  for (const calls of [
    { type: 'user', id: 'bob' },
    { type: 'tool', id: 'sandbox.delete_task' },
    { type: 'connector', id: 'github' },
    { type: 'agent', id: 'ag_00000000000000000000000000' },
  ] as const) {
    expect(await lastCallOf(acme, calls, {}, tools), calls.id).toBeNull()
    expect((await countStoppedCalls(acme, calls, {})).count, calls.id).toBe(0)
  }
})

it('a revocation is told beforehand by the accounts, people and calls of its filter, of its org alone', async () => {
  await practice.connectAccount({ org: 'acme', user: 'bob', person: 'ben' })
  const whole = await revocationImpact(acme, {}, {})
  expect(whole).toMatchObject({
    accounts: 2,
    people: 2,
    connectors: [{ connector: 'sandbox', accounts: 2 }],
    calls: { count: 1, more: false },
    agents: [],
    product: true,
    waiting: 0,
  })
  expect(await revocationImpact(acme, { user_id: 'bob' }, {})).toMatchObject({
    accounts: 1,
    people: 1,
    calls: { count: 0, more: false },
    product: false,
  })
  const nothing = { accounts: 0, people: 0, connectors: [], calls: { count: 0, more: false } }
  expect(await revocationImpact(acme, { connector: 'github' }, {})).toMatchObject(nothing)
  expect(await revocationImpact(globex, {}, {})).toMatchObject({
    accounts: 1,
    calls: { count: 0, more: false },
  })
})

it('a limit is told by where it is used most: a rate, a budget and calls at once, of its org alone', async () => {
  const { createLimitIn, liftStop, listStops, standingsOf } = await import('#lib/limits')
  const { limitInput } = await import('#lib/limits/schema')
  const { forOrg } = await import('#lib/db')
  const { parseId } = await import('#lib/ids')
  const by = { caller: practice.caller, actor: { type: 'root_key', id: 'root' } }
  for (const stop of await listStops(acme, { status: 'active' }, null, 10))
    await liftStop(acme, parseId('stop', stop.id) ?? '', null, by, async () => {})
  for (const asked of [
    { name: 'hourly', kind: 'rate', most: 4, window_seconds: 3600, per: ['user'] },
    { name: 'daily', kind: 'daily_calls', most: 10 },
    { name: 'at once', kind: 'concurrency', most: 3 },
  ])
    await forOrg(acme, (tx) => createLimitIn(tx, acme, limitInput.parse(asked), by, tools))
  const used = async () =>
    Object.fromEntries((await standingsOf(acme)).map(({ name, used, subject }) => [name, [used, subject]]))
  expect(await used()).toMatchObject({ hourly: [0, {}], daily: [0, {}], 'at once': [0, {}] })
  await practice.execute(call)
  await practice.execute(call)
  expect(await used()).toMatchObject({ hourly: [2, { user_id: 'ana' }], daily: [2, {}], 'at once': [0, {}] })
  // As a call under way is kept; the sweep is not asked here.
  await superuser.tamper(`UPDATE executions SET status = 'running' WHERE status = 'succeeded'`)
  expect(await used()).toMatchObject({ 'at once': [3, {}] })

  expect((await standingsOf(globex)).every(({ used, limit_id }) => used === 0 && limit_id === null)).toBe(
    true,
  )
})
