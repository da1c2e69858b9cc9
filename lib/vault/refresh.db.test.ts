import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { listAudit } from '#lib/audit'
import { needsReauth } from '#lib/connect'
import { getAccount } from '#lib/consent'
import { listEvents } from '#lib/events'
import { parseId } from '#lib/ids'
import { connectors } from '#runtime'
import type { FaultsAsked } from '../../sandbox/faults.ts'
import { useDatabase } from '../../scripts/testing/database.ts'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'

// A token of 20 s is renewed 5 s before its end; one that has `dueSeconds` left by our books works without being renewed.
const due = { access_ttl_seconds: 20 }
const dueSeconds = 4
const failing = { next_status: { status: 503, count: 1, retry_after: null, scope: 'token' as const } }

let practice: Practice
const admin = new Client({ connectionString: useDatabase().adminUrl })

beforeAll(async () => {
  practice = await startPractice()
  await admin.connect()
})
afterAll(async () => {
  await admin.end()
  await practice.stop()
})
beforeEach(() => practice.reset())

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
const uuid = (accountId: string) => parseId('connected_account', accountId) ?? ''
const list = (accountId: string) =>
  practice.execute({ connected_account_id: accountId, tool_name: 'sandbox.list_tasks' })

let users = 0
/** An account of a user of its own, made while the provider is bent so; the counters start at zero after it. */
async function connected(faults: FaultsAsked, as: { user?: string; accountId?: string } = {}) {
  await practice.faults(faults)
  const user = as.user ?? `u_${++users}`
  const session = await practice.connectAccount({ org: 'acme', user, ...as })
  await practice.reset()
  const accountId = session.connected_account_id ?? ''
  if (faults.access_ttl_seconds === due.access_ttl_seconds) await comeDue(accountId)
  return accountId
}

const comeDue = (accountId: string) =>
  admin.query(
    `UPDATE credentials SET access_expires_at = now() + make_interval(secs => $2), hold_until = NULL WHERE account_id = $1`,
    [uuid(accountId), dueSeconds],
  )

/** What a failed renewal waits for before it is tried again. */
const waitOver = (accountId: string) =>
  admin.query('UPDATE credentials SET hold_until = NULL WHERE account_id = $1', [uuid(accountId)])

type Row = {
  generation: string
  connection_id: string
  seconds_left: number | null
  refresh_intent: string | null
}

async function credential(accountId: string): Promise<Row | undefined> {
  const { rows } = await admin.query<Row>(
    `SELECT generation, connection_id, refresh_intent,
       extract(epoch FROM access_expires_at - now())::float8 AS seconds_left
     FROM credentials WHERE account_id = $1 AND dead_at IS NULL`,
    [uuid(accountId)],
  )
  return rows[0]
}

const runOut = (accountId: string) =>
  admin.query(
    `UPDATE credentials SET access_expires_at = now() - interval '1 second' WHERE account_id = $1`,
    [uuid(accountId)],
  )

/** What was said about an account that came to its end. */
async function endOf(accountId: string) {
  const tenant = await practice.tenant('acme')
  const { status, status_reason } = await getAccount(tenant, uuid(accountId))
  const events = await listEvents(tenant, { type: 'connected_account.needs_reauth' }, null, 100)
  const audit = await listAudit(tenant, { connected_account_id: accountId }, null, 100)
  return {
    status,
    status_reason,
    events: events.flatMap(({ data }) => (data.connected_account_id === accountId ? [data.reason] : [])),
    audit: audit.flatMap((event) =>
      event.action === 'connected_account.needs_reauth' ? [event.error_code] : [],
    ),
  }
}

const ended = (reason: string) => ({
  status: 'needs_reauth',
  status_reason: reason,
  events: [reason],
  audit: [reason],
})
const alive = { status: 'active', status_reason: null, events: [], audit: [] }

test('renews a token near its end before the call, and only once', async () => {
  const accountId = await connected(due)
  await list(accountId)
  await list(accountId)
  const { token_refresh, api } = await practice.state()
  expect(token_refresh).toBe(1)
  expect(api).toEqual({ 'GET /api/tasks': 2 })
  expect(await credential(accountId)).toMatchObject({ generation: '2', refresh_intent: null })
})

test('judges the end of a token by the clock of the database, whatever the clock of this process says', async () => {
  const accountId = await connected(due)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 600_000 })
  try {
    expect((await list(accountId)).status).toBe('succeeded')
  } finally {
    vi.useRealTimers()
  }
  expect((await practice.state()).token_refresh).toBe(1)
})

test('redeems a refresh token once for forty calls that need it at the same time', async () => {
  const accountId = await connected(due)
  const calls = await Promise.all(Array.from({ length: 40 }, () => list(accountId)))
  expect(new Set(calls.map(({ status }) => status))).toEqual(new Set(['succeeded']))
  const { token_refresh, refresh_redemptions_max, api } = await practice.state()
  expect({ token_refresh, refresh_redemptions_max }).toEqual({ token_refresh: 1, refresh_redemptions_max: 1 })
  expect(api).toEqual({ 'GET /api/tasks': 40 })
})

test('follows rotation over five generations, and redeems none of them twice', async () => {
  const accountId = await connected(due)
  await practice.faults(due)
  for (let round = 0; round < 5; round++) {
    expect((await list(accountId)).status).toBe('succeeded')
    await comeDue(accountId)
  }
  const { refresh_redemptions } = await practice.state()
  expect(Object.values(refresh_redemptions)).toEqual([1, 1, 1, 1, 1])
  expect(await credential(accountId)).toMatchObject({ generation: '6' })
})

test('lets a call go on with a token that still works while the provider cannot renew it', async () => {
  const accountId = await connected(due)
  await practice.faults(failing)
  expect((await list(accountId)).status).toBe('succeeded')
  expect(await credential(accountId)).toMatchObject({ generation: '1', refresh_intent: null })
  expect((await list(accountId)).status).toBe('succeeded')
  expect((await practice.state()).token_refresh).toBe(1)
  await waitOver(accountId)
  expect((await list(accountId)).status).toBe('succeeded')
  expect(await credential(accountId)).toMatchObject({ generation: '2' })
})

test('keeps the account when a token has run out and the provider cannot renew it just now', async () => {
  const accountId = await connected(due)
  await runOut(accountId)
  await practice.faults(failing)
  await expect(list(accountId)).rejects.toEqual(refusal('upstream_error'))
  await expect(list(accountId)).rejects.toMatchObject({ facts: { retryable: true } })
  const { api, token_refresh } = await practice.state()
  expect({ api, token_refresh }).toEqual({ api: {}, token_refresh: 1 })
  expect(await endOf(accountId)).toEqual(alive)
  await waitOver(accountId)
  expect((await list(accountId)).status).toBe('succeeded')
})

test('asks once for a withdrawn consent: all calls stop, one event and one audit entry say why', async () => {
  const accountId = await connected(due)
  await practice.revokeUser('ana')
  const calls = await Promise.allSettled(Array.from({ length: 10 }, () => list(accountId)))
  for (const call of calls) {
    expect(call).toMatchObject({ status: 'rejected', reason: refusal('reauthorization_required') })
  }
  await expect(list(accountId)).rejects.toEqual(refusal('reauthorization_required'))
  const { token_refresh, api } = await practice.state()
  expect({ token_refresh, api }).toEqual({ token_refresh: 1, api: {} })
  expect(await endOf(accountId)).toEqual(ended('invalid_grant'))
  expect(await credential(accountId)).toBeUndefined()
})

test('keeps the refresh token that it has when a renewal brings none', async () => {
  const accountId = await connected(due)
  await practice.faults({ ...due, rotation: 'none', omit_refresh_token: true })
  await list(accountId)
  await comeDue(accountId)
  await list(accountId)
  expect(await credential(accountId)).toMatchObject({ generation: '3' })
  expect(Object.values((await practice.state()).refresh_redemptions)).toEqual([2])
})

const year = 365 * 86_400
test.each<[string, FaultsAsked, number | null]>([
  ['none', { omit_expires_in: true }, null],
  ['a number in a string', { expires_in_override: '300' }, 300],
  ['a word', { expires_in_override: 'soon' }, null],
  ['zero', { expires_in_override: 0 }, null],
  ['a negative one', { expires_in_override: -60 }, null],
  ['ten years', { expires_in_override: 10 * year }, 90 * 86_400],
])('takes %s for a lifetime without renewing on every call', async (_, faults, seconds) => {
  const accountId = await connected(due)
  await practice.faults(faults)
  for (let call = 0; call < 4; call++) expect((await list(accountId)).status).toBe('succeeded')
  expect((await practice.state()).token_refresh).toBe(1)
  const { seconds_left } = (await credential(accountId)) ?? {}
  if (seconds === null) expect(seconds_left).toBeNull()
  else {
    expect(seconds_left).toBeLessThanOrEqual(seconds)
    expect(seconds_left).toBeGreaterThan(seconds - 60)
  }
})

/** An account whose token the provider refuses by now, which nothing here could foresee. */
async function refused() {
  await practice.faults({ omit_expires_in: true, access_ttl_seconds: 1 })
  const session = await practice.connectAccount({ org: 'acme', user: `u_${++users}` })
  const { last_requests } = await practice.state()
  const authorization = String(last_requests.find(({ path }) => path === '/userinfo')?.headers.authorization)
  const userinfo = new URL('/userinfo', practice.sandbox.url)
  await expect
    .poll(async () => (await fetch(userinfo, { headers: { authorization } })).status, { timeout: 5_000 })
    .toBe(401)
  await practice.reset()
  return session.connected_account_id ?? ''
}

test('renews a token of unknown lifetime when it is refused: once, for all the calls that met it', async () => {
  const accountId = await refused()
  const calls = await Promise.all(Array.from({ length: 10 }, () => list(accountId)))
  expect(new Set(calls.map(({ status }) => status))).toEqual(new Set(['succeeded']))
  const { token_refresh, refresh_redemptions_max } = await practice.state()
  expect({ token_refresh, refresh_redemptions_max }).toEqual({ token_refresh: 1, refresh_redemptions_max: 1 })
  expect(await endOf(accountId)).toEqual(alive)
})

test('takes no refused token for a withdrawn consent while the provider cannot renew it', async () => {
  const accountId = await refused()
  // By our own books it has minutes left.
  await admin.query(
    `UPDATE credentials SET access_expires_at = now() + interval '5 minutes' WHERE account_id = $1`,
    [uuid(accountId)],
  )
  await practice.faults(failing)
  await expect(list(accountId)).rejects.toEqual(refusal('upstream_error'))
  expect(await endOf(accountId)).toEqual(alive)
  await waitOver(accountId)
  expect((await list(accountId)).status).toBe('succeeded')
})

test('renews a token that a write was refused for, and sends the write again under its key', async () => {
  const accountId = await refused()
  const create = {
    connected_account_id: accountId,
    tool_name: 'sandbox.create_task',
    params: { title: 'Once' },
  }
  expect((await practice.execute(create)).status).toBe('succeeded')
  const { api, token_refresh } = await practice.state()
  expect({ api, token_refresh }).toEqual({ api: { 'POST /api/tasks': 2 }, token_refresh: 1 })
})

test('asks once more after an answer was lost, and says so when the refresh token was spent on it', async () => {
  const accountId = await connected(due)
  await practice.faults({ lost_refresh: 1 })
  expect((await list(accountId)).status).toBe('succeeded')
  expect(await credential(accountId)).toMatchObject({ generation: '1', refresh_intent: '1' })
  expect((await list(accountId)).status).toBe('succeeded')
  expect((await practice.state()).token_refresh).toBe(1)
  await waitOver(accountId)
  await expect(list(accountId)).rejects.toEqual(refusal('reauthorization_required'))
  await expect(list(accountId)).rejects.toEqual(refusal('reauthorization_required'))
  expect(await practice.answeredRefreshes()).toEqual([200, 400])
  expect(await endOf(accountId)).toEqual(ended('rotation_lost'))
})

test('calls a lost renewal lost, though the provider failed in between', async () => {
  const accountId = await connected(due)
  await runOut(accountId)
  await practice.faults({ lost_refresh: 1 })
  await expect(list(accountId)).rejects.toEqual(refusal('upstream_error'))
  await waitOver(accountId)
  await practice.faults(failing)
  await expect(list(accountId)).rejects.toEqual(refusal('upstream_error'))
  await waitOver(accountId)
  await expect(list(accountId)).rejects.toEqual(refusal('reauthorization_required'))
  expect(await practice.answeredRefreshes()).toEqual([200, 400])
  expect((await practice.state()).token_refresh).toBe(3)
  expect(await endOf(accountId)).toEqual(ended('rotation_lost'))
})

test('calls no renewal lost where the old refresh token could not be spent: the consent was withdrawn', async () => {
  const auth = connectors.sandbox?.auth
  if (!auth) throw new Error('no practice provider')
  const accountId = await connected(due)
  await runOut(accountId)
  Object.assign(auth, { oldTokenSurvives: true })
  try {
    await practice.faults({ rotation: 'none', lost_refresh: 1 })
    await expect(list(accountId)).rejects.toEqual(refusal('upstream_error'))
    await practice.revokeUser('ana')
    await waitOver(accountId)
    await expect(list(accountId)).rejects.toEqual(refusal('reauthorization_required'))
  } finally {
    Object.assign(auth, { oldTokenSurvives: false })
  }
  expect(await endOf(accountId)).toEqual(ended('invalid_grant'))
})

test('loses no account to requests that the provider never acted on, however often they get no answer', async () => {
  const accountId = await connected(due)
  await runOut(accountId)
  await practice.faults({ drop_token_request: 3 })
  for (let round = 0; round < 3; round++) {
    await expect(list(accountId)).rejects.toEqual(refusal('upstream_error'))
    await waitOver(accountId)
  }
  expect(await endOf(accountId)).toEqual(alive)
  expect((await list(accountId)).status).toBe('succeeded')
})

/** A call whose renewal is at the provider, and stays there until long after a new consent was given. */
async function overtaken(answer: FaultsAsked) {
  const user = `u_${++users}`
  const accountId = await connected(due, { user })
  await practice.faults({ latency_ms: 3_000, latency_for: 'token' })
  const call = list(accountId)
  await expect.poll(async () => (await practice.state()).token_refresh, { timeout: 5_000 }).toBe(1)
  await practice.faults({ latency_ms: 0 })
  await practice.connectAccount({ org: 'acme', user, accountId })
  const renewed = await credential(accountId)
  expect((await practice.state()).refresh_redemptions).toEqual({})
  await practice.faults(answer)
  return { accountId, call, renewed }
}

test('uses the newer credential when a renewal that it overtook is refused: no false needs_reauth', async () => {
  const { accountId, call, renewed } = await overtaken({
    token_error: { status: 400, body: { error: 'invalid_grant' } },
  })
  expect((await call).status).toBe('succeeded')
  expect(await credential(accountId)).toMatchObject({
    generation: '2',
    connection_id: renewed?.connection_id,
  })
  expect(await endOf(accountId)).toEqual(alive)
})

test('writes no renewal over the credential of a consent that was given meanwhile', async () => {
  const { accountId, call, renewed } = await overtaken({})
  expect((await call).status).toBe('succeeded')
  expect(Object.values((await practice.state()).refresh_redemptions)).toEqual([1])
  const now = await credential(accountId)
  expect(now).toMatchObject({ generation: '2', connection_id: renewed?.connection_id, refresh_intent: null })
  await practice.faults(due)
  expect((await list(accountId)).status).toBe('succeeded')
})

test('does not end a new consent by a late word about the one before', async () => {
  const user = `u_${++users}`
  const accountId = await connected(due, { user })
  const before = await credential(accountId)
  await practice.revokeUser('ana')
  await expect(list(accountId)).rejects.toEqual(refusal('reauthorization_required'))
  await connected({}, { user, accountId })
  const tenant = await practice.tenant('acme')
  const late = {
    accountId: uuid(accountId),
    connectionId: before?.connection_id ?? '',
    generation: BigInt(before?.generation ?? 0),
  }
  await needsReauth(tenant, late, 'revoked_at_provider')
  expect((await list(accountId)).status).toBe('succeeded')
})
