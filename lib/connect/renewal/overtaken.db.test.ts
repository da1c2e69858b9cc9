import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'

let practice: Practice
let superuser: Superuser
let tenant: Tenant
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  await connected()
  tenant = await practice.tenant('acme')
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

let users = 0
async function connected() {
  const user = `u_${++users}`
  const session = await practice.connectAccount({ org: 'acme', user })
  const accountId = session.connected_account_id ?? ''
  return { user, accountId, id: parseId('connected_account', accountId) ?? '' }
}
const list = (accountId: string) =>
  practice.execute({ connected_account_id: accountId, tool_name: 'sandbox.list_tasks' })

/** A call whose renewal is at the provider by now, and stays there long enough for a busy machine to overtake it. */
async function renewing({ accountId, id }: { accountId: string; id: string }) {
  await superuser.sql(
    `UPDATE credentials SET access_expires_at = now() - interval '1 second' WHERE account_id = $1`,
    [id],
  )
  await practice.reset()
  await practice.faults({ latency_ms: 5_000, latency_for: 'token' })
  const call = list(accountId)
  call.catch(() => {})
  await expect.poll(async () => (await practice.state()).token_refresh, { timeout: 5_000 }).toBe(1)
  await practice.faults({ latency_ms: 0 })
  return { call }
}

const reach = (base: object) =>
  superuser.sql(`UPDATE auth_configs SET base_urls = $1 WHERE connector = 'sandbox'`, [JSON.stringify(base)])

type Debt = { id: string; status: string; generation: number; opens: boolean | null }
/** What is owed to the provider for an account, oldest first, and whether what is still sealed can be opened. */
const debts = (id: string) =>
  superuser.sql<Debt>(
    `SELECT u.id, u.status, u.generation::int, CASE WHEN u.sealed IS NOT NULL THEN k.key IS NOT NULL END AS opens
     FROM upstream_revocations u LEFT JOIN keyring.credential_keys k ON k.org_id = u.org_id
       AND k.account_id = u.account_id AND k.generation = u.generation
     WHERE u.account_id = $1 ORDER BY u.id`,
    [id],
  )
const reauthorize = expect.objectContaining({ name: 'AppError', code: 'reauthorization_required' })

test('a pair that comes for an account that was revoked meanwhile is given back, until the provider has heard it', async () => {
  const account = await connected()
  const { call } = await renewing(account)
  await reach({ base: 'http://127.0.0.1:9' })
  try {
    const revoked = await practice.connect.revoke(tenant, practice.caller, account.id, 'test', origin)
    expect(revoked.upstream).toBe('pending')
    await expect(call).rejects.toEqual(reauthorize)
    expect(await debts(account.id)).toMatchObject([
      { status: 'pending', generation: 1, opens: true },
      { status: 'pending', generation: -1, opens: true },
    ])
  } finally {
    await reach({})
  }
  // The job that was queued with each.
  for (const { id } of await debts(account.id)) await practice.connect.settleRevocation(tenant, id)
  expect(await debts(account.id)).toMatchObject([
    { status: 'revoked', opens: null },
    { status: 'revoked', opens: null },
  ])
  expect((await practice.state()).revocation).toBe(2)
  expect(
    await superuser.sql('SELECT FROM keyring.credential_keys WHERE account_id = $1', [account.id]),
  ).toEqual([])
  const jobs = await superuser.sql<{ count: number }>(
    `SELECT count(*)::int FROM graphile_worker.jobs WHERE task_identifier = 'settle_revocation'`,
  )
  expect(jobs[0]?.count).toBeGreaterThanOrEqual(2)
})

test('a pair that comes after a new consent is given back, and the new consent lives', async () => {
  const account = await connected()
  const { call } = await renewing(account)
  await practice.connectAccount({ org: 'acme', user: account.user, accountId: account.accountId })
  expect((await call).status).toBe('succeeded')
  expect((await debts(account.id)).filter(({ generation }) => generation === -1)).toMatchObject([
    { status: 'revoked' },
  ])
  expect((await list(account.accountId)).status).toBe('succeeded')
})

test('a pair of a deleted account is given back within the time that its tokens may be kept', async () => {
  const account = await connected()
  const { call } = await renewing(account)
  await reach({ base: 'http://127.0.0.1:9' })
  try {
    await practice.connect.remove(tenant, practice.caller, account.id, origin)
    await expect(call).rejects.toMatchObject({ name: 'AppError' })
    const owed = await superuser.sql<{ seconds: number | null }>(
      `SELECT extract(epoch FROM give_up_at - created_at)::float8 AS seconds FROM upstream_revocations
       WHERE account_id = $1 AND status = 'pending'`,
      [account.id],
    )
    expect(owed).toHaveLength(2)
    for (const { seconds } of owed) expect(seconds ?? Number.POSITIVE_INFINITY).toBeLessThan(60)
  } finally {
    await reach({})
  }
})

test('a renewal that is written down while a new consent takes its place leaves no debt that cannot be opened', async () => {
  const account = await connected()
  const { call } = await renewing(account)
  // The consent stops where it writes down what it owes for the one before; the renewal's answer comes meanwhile.
  const waits = async (what: string) => {
    await superuser.sql('SELECT pg_stat_clear_snapshot()')
    const rows = await superuser.sql(
      `SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
      [what],
    )
    return rows.length > 0
  }
  const isWritten = async () => {
    const [row] = await superuser.sql<{ generation: number }>(
      'SELECT generation::int FROM credentials WHERE account_id = $1',
      [account.id],
    )
    return row?.generation === 2
  }
  await superuser.sql('BEGIN')
  await superuser.sql('LOCK TABLE upstream_revocations IN EXCLUSIVE MODE')
  const consent = practice.connectAccount({ org: 'acme', user: account.user, accountId: account.accountId })
  consent.catch(() => {})
  await expect.poll(() => waits('%upstream_revocations%'), { timeout: 10_000 }).toBe(true)
  // Written by now, or waiting for the consent to be through.
  await expect
    .poll(async () => (await isWritten()) || (await waits('%counted AS%')), { timeout: 10_000 })
    .toBe(true)
  await superuser.sql('COMMIT')
  await consent
  expect((await call).status).toBe('succeeded')
  for (const { id, status } of await debts(account.id))
    if (status === 'pending') await practice.connect.settleRevocation(tenant, id)
  expect((await debts(account.id)).map(({ status }) => status)).not.toContain('pending')
  expect((await debts(account.id)).map(({ status }) => status)).not.toContain('unconfirmed')
  expect((await list(account.accountId)).status).toBe('succeeded')
})
