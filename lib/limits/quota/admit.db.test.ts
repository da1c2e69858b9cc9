import { expect, test } from 'vitest'
import { forOrg, sqlForOrg } from '#lib/db'
import { newId } from '#lib/ids'
import { admitIn, returnIn, setCostsIn } from '../index.ts'
import {
  aCall,
  admissions,
  admit,
  count,
  limit,
  prepareLimits,
  refusal,
  running,
  superuser,
  tenant,
  times,
  tools,
  version,
} from './testing.ts'

prepareLimits()

test('an org without a limit asks the database nothing', async () => {
  expect(await version()).toBe('0')
  expect(await admissions(times(2))).toEqual([null, null])
  const verdicts = await admitIn(() => expect.unreachable('nothing is to be asked'), [null, null])
  expect(verdicts).toEqual([null, null])
})

test('a rate admits so many at once, whole batches and one by one, and says when the next may come', async () => {
  await limit({ name: 'few', most: 3, window_seconds: 60 })
  expect(await admit(...times(5))).toEqual(['ok', 'ok', 'ok', 'rate_limited: few', 'rate_limited: few'])
  const { facts, code } = await refusal(aCall())
  expect(code).toBe('rate_limited')
  expect(facts.detail).toBe('The limit “few” is reached: 3 calls in 60 seconds.')
  expect(facts.retry_after_seconds).toBeGreaterThan(15)
  expect(facts.retry_after_seconds).toBeLessThanOrEqual(20)
})

test('what was refused is counted by no limit, and a rate comes back as time goes by', async () => {
  await limit({ name: 'few', most: 2, window_seconds: 60 })
  await limit({ name: 'day', kind: 'daily_calls', most: 100 })
  expect(count(await admit(...times(50)))).toBe(2)
  const day = () =>
    superuser.sql('SELECT used::int FROM limit_meters WHERE org_id = $1 AND used > 0', [tenant.orgId])
  expect(await day()).toEqual([{ used: 2 }])
  await superuser.sql('UPDATE limit_meters SET mark = mark - 30 WHERE org_id = $1 AND mark > 1000000', [
    tenant.orgId,
  ])
  expect(count(await admit(...times(5)))).toBe(1)
  expect(await day()).toEqual([{ used: 3 }])
})

test('a transaction that is rolled back has used nothing', async () => {
  await limit({ most: 1, window_seconds: 3600 })
  const asked = await admissions(times(1))
  const failed = sqlForOrg(tenant, async (sql) => {
    expect(await admitIn(sql, asked)).toEqual([null])
    throw new Error('taken back')
  })
  await expect(failed).rejects.toThrow('taken back')
  expect(await admit(aCall(), aCall())).toEqual(['ok', 'rate_limited: a limit'])
})

test('two hundred batches at once, over limits in every order, admit exactly what the limit allows', async () => {
  await limit({ name: 'all', most: 100, window_seconds: 86_400 })
  await limit({ name: 'per tool', most: 70, window_seconds: 86_400, per: ['tool'] })
  const batches = Array.from({ length: 200 }, (_, at) => {
    const pair = [aCall(), aCall({ toolName: 'sandbox.create_task' })]
    return at % 2 === 0 ? pair : pair.reverse()
  })
  const verdicts = (await Promise.all(batches.map((batch) => admit(...batch)))).flat()
  expect(count(verdicts)).toBe(100)
}, 30_000)

test('a limit is counted apart for each of what it says, and holds only for what it names', async () => {
  const [one, other] = [newId(), newId()]
  await limit({ name: 'agent and tool', most: 1, window_seconds: 3600, per: ['agent', 'tool'] })
  expect(
    await admit(
      aCall({ agentId: one }),
      aCall({ agentId: one }),
      aCall({ agentId: other }),
      aCall({ agentId: one, toolName: 'sandbox.create_task' }),
      aCall(),
      aCall(),
    ),
  ).toEqual(['ok', 'rate_limited: agent and tool', 'ok', 'ok', 'ok', 'rate_limited: agent and tool'])
  await limit({ name: 'other', kind: 'daily_calls', most: 1, connector: 'other' })
  const elsewhere = { toolName: 'other.do_it', connector: 'other' }
  expect(
    await admit(aCall({ ...elsewhere, agentId: newId() }), aCall({ ...elsewhere, agentId: newId() })),
  ).toEqual(['ok', 'rate_limited: other'])
})

test('concurrency counts what runs: a slot is free when the row says so, whoever held it', async () => {
  await limit({ name: 'slots', kind: 'concurrency', most: 3, per: ['agent'] })
  expect(count(await admit(...times(5)))).toBe(3)
  await running(2)
  await running(5, { agentId: newId() })
  expect(count(await admit(...times(5)))).toBe(1)
  await running(1)
  const { facts } = await refusal(aCall())
  expect(facts).toMatchObject({ limit: 'slots', retry_after_seconds: 1 })
  await superuser.tamper(`UPDATE executions SET status = 'unknown' WHERE org_id = $1`, [tenant.orgId])
  expect(await admit(aCall())).toEqual(['ok'])
})

test('transactions that ask for the last slot at the same moment get it once', async () => {
  await limit({ name: 'slots', kind: 'concurrency', most: 4 })
  const asked = await admissions([aCall()])
  const insert = {
    name: 'test-running',
    text: `INSERT INTO executions (org_id, id, account_id, connection_id, user_id, tool_name, effect, actor_type,
      actor_id, status, scopes_required, scopes_granted, decision, params_hmac, trace_id)
      VALUES (app_org(), $1, $1, $1, $1, 't', 'read', 't', 't', 'running', '{}', '{}', '{}', '', '')`,
  }
  const foreign = [
    'executions_org_id_account_id_fkey',
    'executions_org_id_connection_id_fkey',
    'executions_org_id_user_id_fkey',
  ]
  for (const name of foreign) await superuser.sql(`ALTER TABLE executions DROP CONSTRAINT IF EXISTS ${name}`)
  const verdicts = await Promise.all(
    Array.from({ length: 20 }, () =>
      sqlForOrg(tenant, async (sql) => {
        const [error] = await admitIn(sql, asked)
        if (!error) await sql(insert, [newId()])
        return error?.facts.limit ?? 'ok'
      }),
    ),
  )
  expect([count(verdicts), count(verdicts, 'slots')]).toEqual([4, 16])
})

test('a day has so many calls and cost units, of which a tool takes what it costs, and a new day begins at midnight UTC', async () => {
  await forOrg(tenant, (tx) => setCostsIn(tx, tenant, { 'sandbox.create_task': 5, 'other.do_it': 0 }, tools))
  await limit({ name: 'budget', kind: 'daily_cost', most: 12 })
  const write = { toolName: 'sandbox.create_task' }
  expect(
    await admit(
      aCall(write),
      aCall(),
      aCall(write),
      aCall(write),
      aCall(),
      aCall({ toolName: 'other.do_it' }),
    ),
  ).toEqual(['ok', 'ok', 'ok', 'rate_limited: budget', 'ok', 'ok'])
  const { facts } = await refusal(aCall())
  const midnight = 86_400 - ((Date.now() / 1000) % 86_400)
  expect(Math.abs((facts.retry_after_seconds ?? 0) - midnight)).toBeLessThan(5)
  await superuser.sql('UPDATE limit_meters SET mark = mark - 1 WHERE org_id = $1', [tenant.orgId])
  expect(await admit(aCall(write), aCall(write), aCall(write))).toEqual(['ok', 'ok', 'rate_limited: budget'])
})

test('what is not made after all is given back, by each of the limits that counted it', async () => {
  await forOrg(tenant, (tx) => setCostsIn(tx, tenant, { 'sandbox.create_task': 5 }, tools))
  await limit({ name: 'rate', most: 3, window_seconds: 3_600, per: ['user'] })
  await limit({ name: 'day', kind: 'daily_calls', most: 3 })
  await limit({ name: 'budget', kind: 'daily_cost', most: 15 })
  await limit({ name: 'slots', kind: 'concurrency', most: 3 })
  const asked = await admissions(times(3, { toolName: 'sandbox.create_task' }))
  await sqlForOrg(tenant, async (sql) => {
    expect(await admitIn(sql, asked)).toEqual([null, null, null])
    await returnIn(sql, asked.slice(0, 2))
  })
  expect(count(await admit(...times(4, { toolName: 'sandbox.create_task' })))).toBe(2)
  await sqlForOrg(tenant, (sql) => returnIn(sql, [null]))
})

test('what is given back of a rate is no more than was taken, however long nobody had called', async () => {
  await limit({ most: 2, window_seconds: 3_600 })
  const asked = await admissions(times(2))
  for (let round = 0; round < 3; round++) {
    await sqlForOrg(tenant, async (sql) => {
      await admitIn(sql, asked)
      await returnIn(sql, asked)
    })
  }
  expect(count(await admit(...times(5)))).toBe(2)
})
