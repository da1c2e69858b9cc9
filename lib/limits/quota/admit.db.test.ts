import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { deployment, disconnect, forOrg, sqlForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { systemCaller } from '#lib/identity'
import { newId, publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import {
  type Admission,
  admission,
  admitIn,
  changeLimitIn,
  createLimitIn,
  deleteLimitIn,
  type Limited,
  limitPlan,
  limitsFact,
  listCosts,
  setCostsIn,
  sweepMeters,
  usageOf,
} from '../index.ts'
import { type LimitInput, limitInput } from '../schema.ts'

const tools = ['sandbox.list_tasks', 'sandbox.create_task', 'other.do_it']
const operator = systemCaller('test')
const by = { caller: operator, actor: { type: 'test', id: 'test' } }
let superuser: Superuser
let tenant: Tenant
let made = 0

beforeAll(async () => {
  superuser = await useSuperuser()
})
afterAll(disconnect)
beforeEach(async () => {
  tenant = await ensureOrg(operator, `org-${++made}`, prepareOrgKeys)
})

const aCall = (facts: Partial<Limited> = {}): Limited => ({
  userId: '00000000-0000-7000-8000-000000000001',
  agentId: null,
  accountId: '00000000-0000-7000-8000-0000000000aa',
  toolName: 'sandbox.list_tasks',
  connector: 'sandbox',
  ...facts,
})

const limit = (input: Partial<LimitInput>, of = tenant) =>
  forOrg(of, (tx) =>
    createLimitIn(tx, of, limitInput.parse({ name: 'a limit', kind: 'rate', most: 3, ...input }), by, tools),
  )

async function version(of = tenant): Promise<string> {
  const rows = await sqlForOrg(of, (sql) =>
    sql<{ version: unknown }>(
      { name: 'test-version', text: `SELECT ${limitsFact.sql({ org: 'app_org()' })} AS version` },
      [],
    ),
  )
  return limitsFact.parse(rows[0]?.version)
}

const admissions = async (calls: readonly Limited[], of = tenant): Promise<(Admission | null)[]> => {
  const plan = await limitPlan(of, await version(of))
  return calls.map((call) => admission(plan, call))
}

/** What each of a batch of calls gets: `ok`, or the name of the limit. */
async function admit(...calls: Limited[]): Promise<string[]> {
  const asked = await admissions(calls)
  const verdicts = await sqlForOrg(tenant, (sql) => admitIn(sql, asked))
  return verdicts.map((error) => (error ? `${error.code}: ${error.facts.limit}` : 'ok'))
}

const times = (count: number, facts: Partial<Limited> = {}) =>
  Array.from({ length: count }, () => aCall(facts))
const count = (verdicts: readonly string[], verdict = 'ok') =>
  verdicts.filter((one) => one === verdict).length

async function refusal(call: Limited): Promise<AppError> {
  const asked = await admissions([call])
  const [error] = await sqlForOrg(tenant, (sql) => admitIn(sql, asked))
  expect(error).toBeInstanceOf(AppError)
  return error as AppError
}

/** Rows of calls under way, as their intents leave them. */
const running = (calls: number, facts: Partial<Limited> = {}) =>
  superuser.tamper(
    `INSERT INTO executions (org_id, id, account_id, connection_id, user_id, tool_name, effect, actor_type, actor_id,
       agent_id, status, decision, params_hmac, trace_id)
     SELECT $1, id::uuid, $3, gen_random_uuid(), $4, $5, 'read', 'test', 'test', $6, 'running', '{}', '', ''
     FROM unnest($2::text[]) AS id`,
    [
      tenant.orgId,
      Array.from({ length: calls }, newId),
      facts.accountId ?? aCall().accountId,
      facts.userId ?? aCall().userId,
      facts.toolName ?? aCall().toolName,
      facts.agentId ?? null,
    ],
  )

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
