import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { claimDueRefreshes, deployment, dueAuthConfigs } from '#lib/db'
import { newId, parseId, publicId } from '#lib/ids'
import { createAuthConfig } from '#lib/oauth'
import { connectors } from '#runtime'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'

let practice: Practice
let superuser: Superuser
let sandboxConfig = ''
let stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  const [row] = await superuser.sql<{ id: string }>(`SELECT id FROM auth_configs WHERE connector = 'sandbox'`)
  sandboxConfig = row?.id ?? ''
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()))
  stops = []
  // Each test has what is due for itself.
  await superuser.sql('UPDATE credentials SET refresh_due_at = NULL')
})

/** A worker's loop, as several processes run it; it is stopped after the test. */
const startWorker = () => void stops.push(practice.connect.startRefreshAhead())
const stopWorkers = async () => {
  await Promise.all(stops.map((stop) => stop()))
  stops = []
}

let users = 0
async function connected(): Promise<string> {
  const session = await practice.connectAccount({ org: 'acme', user: `u_${++users}` })
  return parseId('connected_account', session.connected_account_id ?? '') ?? ''
}
async function connectedMany(count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) ids.push(await connected())
  await practice.reset()
  return ids
}

const change = (ids: readonly string[], what: string) =>
  superuser.sql(`UPDATE credentials SET ${what} WHERE account_id = ANY($1::uuid[])`, [ids])
const due = (ids: readonly string[]) => change(ids, `refresh_due_at = now() - interval '1 second'`)

const rows = (ids: readonly string[]) =>
  superuser.sql<{ account_id: string; generation: number; due: number | null; in_time: boolean }>(
    `SELECT account_id, generation::int, extract(epoch FROM refresh_due_at - now())::float8 AS due,
       refreshed_at < created_at + interval '300 seconds' AS in_time
     FROM credentials WHERE account_id = ANY($1::uuid[]) ORDER BY account_id`,
    [ids],
  )
const generations = async (ids: readonly string[]) => (await rows(ids)).map(({ generation }) => generation)
const renewed = (ids: readonly string[]) =>
  expect.poll(() => generations(ids), { timeout: 20_000 }).toEqual(ids.map(() => 2))

/** Until the workers have looked at an account that is not to be renewed: it has another time then. */
const lookedAt = (id: string) =>
  expect.poll(async () => (await rows([id]))[0]?.due ?? Number.POSITIVE_INFINITY).toBeGreaterThan(120)

/** What the practice provider is for us, until the test is over. */
async function profile<T>(facts: object, work: () => Promise<T>): Promise<T> {
  const auth = connectors.sandbox?.auth
  if (!auth) throw new Error('no practice provider')
  const before = { ...auth }
  Object.assign(auth, facts)
  try {
    return await work()
  } finally {
    Object.assign(auth, before)
  }
}

test('renews what is due before it ends, each once over two workers, and no faster than the provider allows', async () => {
  const cap = 10
  const ids = await connectedMany(30)
  await due(ids)
  await profile({ refreshesPerSecondMax: cap }, async () => {
    startWorker()
    startWorker()
    await renewed(ids)
    await stopWorkers()
  })
  expect((await rows(ids)).every(({ in_time }) => in_time)).toBe(true)
  const { token_refresh, refresh_redemptions } = await practice.state()
  expect(token_refresh).toBe(ids.length)
  expect(Object.values(refresh_redemptions)).toEqual(ids.map(() => 1))
  const { last_requests } = await practice.state()
  const at = last_requests.flatMap((request) => (request.path === '/token' ? [Date.parse(request.at)] : []))
  const seconds = (Math.max(...at) - Math.min(...at)) / 1_000
  // What left within the cap may arrive in a bunch, so it is measured over all of them.
  expect((ids.length - 2) / seconds).toBeLessThanOrEqual(cap)
}, 60_000)

test('renews what nobody uses only where the refresh token would die, and then in good time', async () => {
  const [young = '', old = '', used = ''] = await connectedMany(3)
  const unused = `created_at = now() - interval '200 days', updated_at = now() - interval '8 days'`
  await superuser.tamper(`UPDATE connected_accounts SET ${unused} WHERE id = ANY($1::uuid[])`, [[young, old]])
  await change([young], `refreshed_at = now() - interval '49 days'`)
  await change([old], `refreshed_at = now() - interval '51 days'`)
  await due([young, old, used])
  await profile({ refreshIdleSeconds: 100 * 86_400 }, async () => {
    startWorker()
    await renewed([old, used])
    await lookedAt(young)
  })
  const [row] = await rows([young])
  expect(row?.generation).toBe(1)
  expect((row?.due ?? 0) / 86_400).toBeCloseTo(1, 2)
})

test('lets what nobody uses rest where its refresh token does not die, until it is used again', async () => {
  const [unused = ''] = await connectedMany(1)
  await superuser.tamper(
    `UPDATE connected_accounts SET created_at = now() - interval '9 days', updated_at = now() - interval '8 days' WHERE id = $1`,
    [unused],
  )
  await due([unused])
  startWorker()
  await lookedAt(unused)
  expect(await rows([unused])).toMatchObject([{ generation: 1, due: null }])
  await change([unused], `access_expires_at = now() - interval '1 second'`)
  const call = {
    connected_account_id: publicId('connected_account', unused),
    tool_name: 'sandbox.list_tasks',
  }
  expect((await practice.execute(call)).status).toBe('succeeded')
  const [row] = await rows([unused])
  expect(row?.generation).toBe(2)
  expect(row?.due).toBeGreaterThan(120)
})

test('keeps a paused account alive, waits for what is held or leased, and leaves alone what is dead or not verified', async () => {
  const [paused = '', held = '', leased = '', dead = '', unverified = ''] = await connectedMany(5)
  await superuser.sql(`UPDATE connected_accounts SET status = 'paused' WHERE id = $1`, [paused])
  await superuser.sql(`UPDATE connected_accounts SET status = 'unverified' WHERE id = $1`, [unverified])
  await change([held], `hold_until = now() + interval '1 hour', hold_reason = 'transient'`)
  await change([leased], `lease_until = now() + interval '1 hour', lease_owner = gen_random_uuid()`)
  await change([dead], `dead_at = now(), dead_reason = 'invalid_grant'`)
  await due([paused, held, leased, dead, unverified])
  startWorker()
  await renewed([paused])
  await lookedAt(unverified)
  expect(await generations([held, leased, dead, unverified])).toEqual([1, 1, 1, 1])
  await change([held, leased], `hold_until = now() - interval '1 second', lease_until = NULL`)
  await renewed([held, leased])
  expect((await practice.state()).token_refresh).toBe(3)
})

test('leaves what a process has claimed to it, and takes it over once that process has had its time', async () => {
  const [claimed = '', free = ''] = await connectedMany(2)
  await due([claimed])
  const auth = { orgId: deployment.orgId, id: sandboxConfig }
  // A process that dies here.
  expect(await claimDueRefreshes(auth, 16, 90)).toMatchObject([{ accountId: claimed }])
  expect(await claimDueRefreshes(auth, 16, 90)).toEqual([])
  await due([free])
  startWorker()
  await renewed([free])
  expect(await generations([claimed])).toEqual([1])
  await change([claimed], `refresh_due_at = refresh_due_at - interval '90 seconds'`)
  await renewed([claimed])
})

/** The provider's client once more, as another auth config; the accounts rest on it from here on. */
async function anotherConfig(ids: readonly string[]): Promise<string> {
  const [client] = await superuser.sql<{ client_id: string }>(
    'SELECT client_id FROM auth_configs WHERE id = $1',
    [sandboxConfig],
  )
  const made = await createAuthConfig(
    deployment,
    practice.caller,
    {
      connector: 'sandbox',
      client_id: client?.client_id ?? '',
      client_secret: process.env.BEHALF_SANDBOX_CLIENT_SECRET ?? '',
    },
    {},
    async () => {},
  )
  const id = parseId('auth_config', made.id) ?? ''
  // Who connects from here on still comes by the first.
  await superuser.sql('UPDATE auth_configs SET disabled_at = now() WHERE id = $1', [id])
  await superuser.tamper('UPDATE connected_accounts SET auth_config_id = $2 WHERE id = ANY($1::uuid[])', [
    ids,
    id,
  ])
  return id
}

test('lets no auth config wait for another: not for its long queue, and not for its failure', async () => {
  const [first = '', second = '', broken = '', later = ''] = await connectedMany(4)
  const gone = await anotherConfig([broken])
  await superuser.sql(`UPDATE auth_configs SET connector = 'gone' WHERE id = $1`, [gone])
  await anotherConfig([later])
  await superuser.sql('DELETE FROM refresh_budgets')
  await due([first])
  // One refresh, and then none for hours.
  await profile({ refreshesPerSecondMax: 0.0001 }, async () => {
    startWorker()
    await renewed([first])
    await due([second, broken])
    await due([later])
    await renewed([later])
    expect(await generations([second, broken])).toEqual([1, 1])
    await stopWorkers()
  })
  await superuser.sql('DELETE FROM refresh_budgets')
})

test('sees the one that is due of an auth config behind thousands of another', async () => {
  const [last = ''] = await connectedMany(1)
  const other = await anotherConfig([last])
  await due([last])
  const [org] = await superuser.sql<{ org_id: string }>(
    'SELECT org_id FROM credentials WHERE account_id = $1',
    [last],
  )
  await superuser.tamper(
    `WITH crowd AS (
       INSERT INTO connected_accounts (org_id, id, user_id, connector, auth_config_org_id, auth_config_id, status,
         provider_account_id, label)
       SELECT $1, gen_random_uuid(), $2, 'sandbox', $3, $4, 'active', 'crowd_' || n, 'crowd'
       FROM generate_series(1, 6000) n RETURNING id)
     INSERT INTO credentials (org_id, account_id, connection_id, generation, key_version, sealed, refreshable,
       refresh_due_at)
     SELECT $1, id, id, 1, 1, '', true, now() - interval '1 hour' FROM crowd`,
    [org?.org_id, newId(), deployment.orgId, sandboxConfig],
  )
  try {
    expect((await dueAuthConfigs()).map(({ id }) => id).sort()).toEqual([sandboxConfig, other].sort())
  } finally {
    await superuser.tamper(`DELETE FROM credentials WHERE sealed = ''`)
    await superuser.tamper(`DELETE FROM connected_accounts WHERE label = 'crowd'`)
  }
})
