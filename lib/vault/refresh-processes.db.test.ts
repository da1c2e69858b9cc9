import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { getAccount } from '#lib/consent'
import { listEvents } from '#lib/events'
import { parseId } from '#lib/ids'
import { type CallerProcess, startCallers } from '../../scripts/testing/callers.ts'
import { useDatabase } from '../../scripts/testing/database.ts'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'

const count = 16

let practice: Practice
let callers: CallerProcess[] = []
const admin = new Client({ connectionString: useDatabase().adminUrl })

beforeAll(async () => {
  practice = await startPractice()
  await admin.connect()
  callers = await startCallers(count)
}, 120_000)
afterAll(async () => {
  await Promise.all(callers.map((caller) => caller.stop()))
  await admin.end()
  await practice.stop()
})
beforeEach(() => practice.reset())

const uuid = (accountId: string) => parseId('connected_account', accountId) ?? ''
const call = (accountId: string) => ({ connected_account_id: accountId, tool_name: 'sandbox.list_tasks' })
const everyone = (accountId: string) => Promise.all(callers.map((caller) => caller.execute(call(accountId))))
const all = (outcome: string) => callers.map(() => outcome)

let users = 0
async function connected(): Promise<string> {
  const session = await practice.connectAccount({ org: 'acme', user: `u_${++users}` })
  return session.connected_account_id ?? ''
}

const change = (accountId: string, what: string) =>
  admin.query(`UPDATE credentials SET ${what} WHERE account_id = $1`, [uuid(accountId)])
const runOut = (accountId: string) => change(accountId, `access_expires_at = now() - interval '1 second'`)
const leaseRunsOut = (accountId: string) => change(accountId, `lease_until = now() - interval '1 second'`)

async function generationOf(accountId: string): Promise<number | undefined> {
  const { rows } = await admin.query<{ generation: number }>(
    'SELECT generation::int FROM credentials WHERE account_id = $1',
    [uuid(accountId)],
  )
  return rows[0]?.generation
}

async function fate(accountId: string) {
  const tenant = await practice.tenant('acme')
  const { status, status_reason } = await getAccount(tenant, uuid(accountId))
  const events = await listEvents(tenant, { type: 'connected_account.needs_reauth' }, null, 100)
  const said = events.filter(({ data }) => data.connected_account_id === accountId).length
  return { status, status_reason, said }
}

/** Holds the token endpoint's answer back until others have come to want the same. */
const slowly = (ms: number) => practice.faults({ latency_ms: ms, latency_for: 'token' })
const atTheProvider = () =>
  expect.poll(async () => (await practice.state()).token_refresh, { timeout: 10_000 }).toBe(1)

test('redeems each generation once when sixteen processes want it at the same instant, for three generations', async () => {
  const accountId = await connected()
  for (let round = 1; round <= 3; round++) {
    await practice.reset()
    await slowly(1_000)
    await runOut(accountId)
    expect(await everyone(accountId)).toEqual(all('succeeded'))
    const { token_refresh, refresh_redemptions, api } = await practice.state()
    expect({ token_refresh, api }).toEqual({ token_refresh: 1, api: { 'GET /api/tasks': count } })
    expect(Object.values(refresh_redemptions)).toEqual([1])
    expect(await generationOf(accountId)).toBe(1 + round)
    expect(await fate(accountId)).toEqual({ status: 'active', status_reason: null, said: 0 })
  }
}, 60_000)

test('asks about a withdrawn consent once for sixteen processes, and says once that it is gone', async () => {
  const accountId = await connected()
  await runOut(accountId)
  await practice.revokeUser('ana')
  await slowly(1_000)
  expect(await everyone(accountId)).toEqual(all('reauthorization_required'))
  const { token_refresh, api } = await practice.state()
  expect({ token_refresh, api }).toEqual({ token_refresh: 1, api: {} })
  expect(await fate(accountId)).toEqual({ status: 'needs_reauth', status_reason: 'invalid_grant', said: 1 })
}, 60_000)

test('waits for a process that stalled past its lease, and spends its refresh token no second time', async () => {
  const [stalling, other] = callers
  const accountId = await connected()
  await runOut(accountId)
  await slowly(3_000)
  const stalled = stalling?.execute(call(accountId))
  await atTheProvider()
  await leaseRunsOut(accountId)
  expect(await other?.execute(call(accountId))).toBe('upstream_error')
  expect(Object.keys((await practice.state()).refresh_redemptions)).toHaveLength(0)
  expect(await stalled).toBe('succeeded')
  expect(Object.values((await practice.state()).refresh_redemptions)).toEqual([1])
  expect(await generationOf(accountId)).toBe(2)
  expect(await fate(accountId)).toEqual({ status: 'active', status_reason: null, said: 0 })
}, 60_000)

/** Nobody has brought the answer in for as long as anyone could. */
const patienceIsOver = (accountId: string) => change(accountId, `lost_since = 'epoch', hold_until = NULL`)

test('says that a renewal was lost when its process is killed between the request and the answer', async () => {
  const victim = callers.pop()
  const accountId = await connected()
  await runOut(accountId)
  await practice.faults({ slow_body_ms: 10_000, body_for: 'token' })
  const killed = victim?.execute(call(accountId))
  await expect.poll(() => practice.answeredRefreshes(), { timeout: 10_000 }).toEqual([200])
  victim?.kill()
  await expect(killed).rejects.toThrow('SIGKILL')
  await leaseRunsOut(accountId)
  expect(await everyone(accountId)).toEqual(all('upstream_error'))
  await practice.faults({ slow_body_ms: null })
  await patienceIsOver(accountId)
  expect(await everyone(accountId)).toEqual(all('reauthorization_required'))
  // Asked once more by one of them, honoured once.
  expect(await practice.answeredRefreshes()).toEqual([200, 400])
  expect(await fate(accountId)).toEqual({ status: 'needs_reauth', status_reason: 'rotation_lost', said: 1 })
}, 60_000)

test('goes on with the old refresh token when its process was killed before the provider acted on it', async () => {
  const victim = callers.pop()
  const accountId = await connected()
  await runOut(accountId)
  await change(
    accountId,
    `refresh_intent = generation, refresh_intent_at = now(), lease_until = now() - interval '1 second'`,
  )
  victim?.kill()
  expect(await everyone(accountId)).toEqual(all('upstream_error'))
  await patienceIsOver(accountId)
  expect(await everyone(accountId)).toEqual(all('succeeded'))
  expect(await fate(accountId)).toEqual({ status: 'active', status_reason: null, said: 0 })
}, 60_000)
