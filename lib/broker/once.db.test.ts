import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { executeInput } from '#lib/broker/schema'
import { forOrg } from '#lib/db'
import type { AppError } from '#lib/errors'
import { createApiKeyIn } from '#lib/identity'
import type { Caller } from '#lib/proof'
import { broker, key } from '#runtime'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

let practice: Practice
let superuser: Superuser
let org = ''
let made = 0
let account = ''
let caller: Caller

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  org = `org-${++made}`
  const connected = await practice.connectAccount({ org, user: 'u_1' })
  account = connected.connected_account_id ?? ''
  caller = await ownKey()
  await practice.reset()
})

async function ownKey(): Promise<Caller> {
  const tenant = await practice.tenant(org)
  const { secret } = await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles: [] }))
  return key('execute')(practice.authorization(secret))
}

const create = (idempotencyKey: string | null, params: object = { title: 'Water the plants' }, as = caller) =>
  broker.execute(
    as,
    executeInput.parse({ connected_account_id: account, tool_name: 'sandbox.create_task', params }),
    origin,
    new AbortController().signal,
    idempotencyKey,
  )

const refused = (work: Promise<unknown>): Promise<AppError> =>
  work.then(
    () => expect.unreachable('it was not refused'),
    (error: AppError) => error,
  )

const upstream = async () => (await practice.state()).last_requests.length
const executions = () =>
  superuser.sql<{ id: string; status: string }>(
    `SELECT e.id, e.status FROM executions e JOIN organizations o ON o.id = e.org_id WHERE o.external_id = $1`,
    [org],
  )

test('of many equal calls under one key, at once and later, one is made and all are told the same', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => create('k').catch((error: AppError) => error.code)),
  )
  const told = answers.filter((answer) => answer !== 'idempotency_in_progress')
  expect(told.length).toBeGreaterThanOrEqual(1)
  const again = await create('k')
  expect(again).toMatchObject({ status: 'succeeded', replayed: true })
  const { replayed: _, ...first } = again as { replayed?: true }
  for (const answer of told) {
    const { replayed: __, ...rest } = answer as { replayed?: true }
    expect(rest).toEqual(first)
  }
  expect(await upstream()).toBe(1)
  expect(await executions()).toHaveLength(1)
  expect(await listAudit(await practice.tenant(org), { action: 'tool.executed' }, null, 100)).toHaveLength(1)
})

test('two equal calls without a key, or with two keys, are two calls', async () => {
  await Promise.all([create(null), create(null), create('a'), create('b')])
  expect(await upstream()).toBe(4)
})

test.each([
  ['another value', { title: 'Feed the cat' }],
  ['one value more', { title: 'Water the plants', notes: 'daily' }],
])('the same key with %s is refused, and nothing leaves', async (_, params) => {
  await create('k')
  await practice.reset()
  expect((await refused(create('k', params))).code).toBe('idempotency_mismatch')
  expect(await upstream()).toBe(0)
})

test('the order of fields and what is left to its default make no other request', async () => {
  const call = (input: object) =>
    broker.execute(caller, executeInput.parse(input), origin, new AbortController().signal, 'k')
  const params = { title: 'a', notes: 'b' }
  const swapped = { notes: 'b', title: 'a' }
  const input = { connected_account_id: account, tool_name: 'sandbox.create_task' }
  const first = await call({ ...input, params }).catch((error: AppError) => error)
  const second = await call({ params: swapped, dry_run: false, ...input }).catch((error: AppError) => error)
  if ('code' in first) expect(second).toMatchObject({ code: first.code })
  else expect(second).toEqual({ ...first, replayed: true })
})

test('another caller of the org, and another org, have keys of their own', async () => {
  await create('k')
  await create('k', undefined, await ownKey())
  expect(await upstream()).toBe(2)
})

test('an error after the intent is told again, with the trace it was first told in', async () => {
  await practice.faults({ next_status: { status: 400, count: 1, retry_after: null, scope: 'api' } })
  const first = await refused(create('k'))
  const second = await refused(create('k'))
  expect(second).toMatchObject({ code: first.code, facts: first.facts, replayOf: origin.traceId })
  expect(await upstream()).toBe(1)
  expect(await executions()).toMatchObject([{ status: 'failed' }])
})

test('a call that was refused before its intent leaves its key free', async () => {
  const tenant = await practice.tenant(org)
  await superuser.sql(`UPDATE connected_accounts SET status = 'paused' WHERE org_id = $1`, [tenant.orgId])
  expect((await refused(create('k'))).code).toBe('account_paused')
  await superuser.sql(`UPDATE connected_accounts SET status = 'active' WHERE org_id = $1`, [tenant.orgId])
  expect(await create('k')).toMatchObject({ status: 'succeeded' })
})

test('a repetition passes every stage again: of a paused account nothing is told', async () => {
  await create('k')
  await superuser.sql(`UPDATE connected_accounts SET status = 'paused'`)
  expect((await refused(create('k'))).code).toBe('account_paused')
})

test('a call whose process is gone is not made again under its key: how it ended is not known', async () => {
  await create('k')
  await superuser.sql(
    `UPDATE idempotency_keys SET status = 'running', sealed_response = NULL, created_at = now() - interval '10 minutes'`,
  )
  await superuser.sql(`UPDATE executions SET status = 'running'`)
  await practice.reset()
  const error = await refused(create('k'))
  expect(error).toMatchObject({ code: 'upstream_error', facts: { outcome: 'unknown', retryable: false } })
  expect(error.facts.execution_id).toMatch(/^ex_/)
  expect(await upstream()).toBe(0)
})

test('while the first may still run, a repetition is told to wait', async () => {
  await create('k')
  await superuser.sql(`UPDATE idempotency_keys SET status = 'running', sealed_response = NULL`)
  await superuser.sql(`UPDATE executions SET status = 'running'`)
  expect((await refused(create('k'))).code).toBe('idempotency_in_progress')
})

test('a key is free again once its time is over', async () => {
  await create('k')
  await superuser.sql(`UPDATE idempotency_keys SET expires_at = now() - interval '1 second'`)
  expect(await create('k', { title: 'Another day' })).toMatchObject({ status: 'succeeded' })
  expect(await upstream()).toBe(2)
})

test('what is kept of an answer is sealed', async () => {
  await create('k', { title: 'canary-in-the-title' })
  const rows = await superuser.sql<{ text: string }>('SELECT k::text AS text FROM idempotency_keys k')
  const bytes = await superuser.sql<{ sealed: Buffer }>(
    'SELECT sealed_response AS sealed FROM idempotency_keys',
  )
  expect(rows.map(({ text }) => text).join()).not.toContain('canary')
  expect(bytes.some(({ sealed }) => sealed?.includes('canary'))).toBe(false)
  expect(bytes.some(({ sealed }) => sealed !== null)).toBe(true)
})
