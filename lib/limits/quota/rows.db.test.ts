import { expect, test, vi } from 'vitest'
import { deployment, forOrg, sqlForOrg } from '#lib/db'
import { newId, publicId } from '#lib/ids'
import type { Caller } from '#lib/proof'
import {
  changeLimitIn,
  createLimitIn,
  deleteLimitIn,
  listCosts,
  setCostsIn,
  sweepMeters,
  usageOf,
} from '../index.ts'
import { limitInput } from '../schema.ts'
import {
  aCall,
  admissions,
  admit,
  by,
  count,
  limit,
  operator,
  prepareLimits,
  running,
  superuser,
  tenant,
  times,
  tools,
  version,
} from './testing.ts'

prepareLimits()

test('every change of a limit or a cost is seen by the next call, in memory or not', async () => {
  const few = await limit({ most: 1, window_seconds: 3600 })
  expect(count(await admit(...times(3)))).toBe(1)
  const id =
    (await superuser.sql<{ id: string }>('SELECT id FROM limits WHERE org_id = $1', [tenant.orgId]))[0]?.id ??
    ''
  expect(publicId('limit', id)).toBe(few.id)
  await forOrg(tenant, (tx) => changeLimitIn(tx, tenant, operator, id, { most: 3600 }))
  expect(count(await admit(...times(10)))).toBe(10)
  await forOrg(tenant, (tx) => changeLimitIn(tx, tenant, operator, id, { most: 1 }))
  expect(count(await admit(...times(2)))).toBe(1)
  await forOrg(tenant, (tx) => deleteLimitIn(tx, tenant, operator, id))
  expect(await admissions([aCall()])).toEqual([null])
  const before = await version()
  await forOrg(tenant, (tx) => setCostsIn(tx, tenant, { 'sandbox.list_tasks': 2 }, tools))
  expect(await version()).not.toBe(before)
  expect(await listCosts(tenant)).toEqual({ 'sandbox.list_tasks': 2 })
})

test('a key of the org neither loosens what an operator set, nor puts a limit in place of a default', async () => {
  const few = await limit({ most: 1, window_seconds: 60 })
  const id = few.id.replace(/^lim_(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  const own = {
    kind: 'key',
    keyId: newId(),
    reach: tenant,
    root: false,
    mayExecute: true,
    roles: [],
  } as never as Caller
  const forbidden = expect.objectContaining({ code: 'forbidden' })
  await expect(forOrg(tenant, (tx) => changeLimitIn(tx, tenant, own, id, { most: 9 }))).rejects.toEqual(
    forbidden,
  )
  await expect(forOrg(tenant, (tx) => deleteLimitIn(tx, tenant, own, id))).rejects.toEqual(forbidden)
  const loose = limitInput.parse({ name: 'loose', kind: 'daily_calls', most: 9, replaces_default: true })
  await expect(
    forOrg(tenant, (tx) => createLimitIn(tx, tenant, loose, { ...by, caller: own }, tools)),
  ).rejects.toEqual(forbidden)
  await forOrg(tenant, (tx) =>
    createLimitIn(tx, tenant, { ...loose, replaces_default: false }, { ...by, caller: own }, tools),
  )
})

test('a selector that fits nothing is refused: a misspelt limit would never hold', async () => {
  for (const wrong of [
    { tool_name: 'sandbox.lst_tasks' },
    { connector: 'sandbx' },
    { user_id: 'nobody' },
    { agent_id: 'ag_1' },
  ]) {
    await expect(limit({ window_seconds: 60, ...wrong }), JSON.stringify(wrong)).rejects.toMatchObject({
      code: 'invalid_request',
    })
  }
})

test('a default of the deployment holds in every org, until an operator puts another in its place', async () => {
  process.env.BEHALF_LIMIT_ORG_DAILY_CALLS = '2'
  vi.resetModules()
  try {
    const fresh = await import('../index.ts')
    const asked = async () => {
      const plan = await fresh.limitPlan(tenant, await version())
      return times(4).map((call) => fresh.admission(plan, call))
    }
    const verdicts = async () => {
      const calls = await asked()
      return (await sqlForOrg(tenant, (sql) => fresh.admitIn(sql, calls))).map(
        (error) => error?.facts.limit ?? 'ok',
      )
    }
    expect(await verdicts()).toEqual(['ok', 'ok', 'calls of a day', 'calls of a day'])
    expect((await fresh.usageOf(tenant)).budgets).toMatchObject([{ limit_id: null, used: 2, most: 2 }])
    await limit({ name: 'more', kind: 'daily_calls', most: 3, replaces_default: true })
    expect(await verdicts()).toEqual(['ok', 'ok', 'ok', 'more'])
  } finally {
    delete process.env.BEHALF_LIMIT_ORG_DAILY_CALLS
  }
})

test('tells what was called today by agent and tool, and how far the budgets are', async () => {
  await forOrg(tenant, (tx) => setCostsIn(tx, tenant, { 'sandbox.create_task': 5 }, tools))
  await limit({ name: 'budget', kind: 'daily_cost', most: 100, per: ['user', 'tool'] })
  const agentId = newId()
  await running(3, { agentId, toolName: 'sandbox.create_task' })
  await running(1)
  await superuser.tamper(
    `UPDATE executions SET status = 'succeeded' WHERE org_id = $1 AND tool_name = 'sandbox.create_task'`,
    [tenant.orgId],
  )
  await admit(aCall({ toolName: 'sandbox.create_task' }))
  expect(await usageOf(tenant)).toMatchObject({
    org_id: tenant.externalId,
    calls: 4,
    cost_units: 16,
    by: [
      {
        agent_id: publicId('agent', agentId),
        tool_name: 'sandbox.create_task',
        calls: 3,
        cost_units: 15,
        running: 0,
      },
      { agent_id: null, tool_name: 'sandbox.list_tasks', calls: 1, cost_units: 1, running: 1 },
    ],
    budgets: [
      {
        name: 'budget',
        kind: 'daily_cost',
        used: 5,
        most: 100,
        subject: { tool_name: 'sandbox.create_task' },
      },
    ],
  })
})

test('forgets the meters of days and rates that are over, and no other', async () => {
  await limit({ name: 'rate', window_seconds: 60, per: ['user'] })
  await limit({ name: 'day', kind: 'daily_calls', per: ['user'] })
  const [old, fresh] = [newId(), newId()]
  await admit(aCall({ userId: old }), aCall({ userId: fresh }))
  await superuser.sql(
    `UPDATE limit_meters SET mark = mark - CASE WHEN mark > 1000000 THEN 7200 ELSE 1 END WHERE org_id = $1 AND subject = $2`,
    [tenant.orgId, `user=${old}`],
  )
  expect(await sweepMeters(tenant)).toBe(2)
  expect(
    await superuser.sql('SELECT DISTINCT subject FROM limit_meters WHERE org_id = $1', [tenant.orgId]),
  ).toEqual([{ subject: `user=${fresh}` }])
  expect(await sweepMeters(deployment)).toBe(0)
})

test('an account takes 600 calls at once, and ten a second from then on, where nobody said otherwise', async () => {
  const before = process.env.BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE
  delete process.env.BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE
  vi.resetModules()
  try {
    const fresh = await import('../index.ts')
    const plan = await fresh.limitPlan(tenant, await version())
    const calls = [...times(601), aCall({ accountId: newId() })].map((call) => fresh.admission(plan, call))
    const verdicts = await sqlForOrg(tenant, (sql) => fresh.admitIn(sql, calls))
    expect(verdicts.map((error) => error?.facts.limit ?? 'ok')).toEqual([
      ...Array(600).fill('ok'),
      'calls per minute and account',
      'ok',
    ])
    expect(verdicts[600]?.facts.retry_after_seconds).toBe(1)
  } finally {
    process.env.BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE = before
  }
})
