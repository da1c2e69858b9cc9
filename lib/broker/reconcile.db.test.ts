import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit, verifyAudit } from '#lib/audit'
import { executeInput } from '#lib/broker/schema'
import type { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import { createDraft, publishDraft } from '#lib/policy'
import { broker } from '#runtime'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { sweepExecutions } from './index.ts'

let practice: Practice
let superuser: Superuser
let org = ''
let made = 0
let account = ''

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  org = `org-${++made}`
  const connected = await practice.connectAccount({ org, user: 'u_1' })
  account = connected.connected_account_id ?? ''
})

const create = (key: string, title = 'Once') =>
  broker.execute(
    practice.caller,
    executeInput.parse({
      connected_account_id: account,
      tool_name: 'sandbox.create_task',
      params: { title },
    }),
    origin,
    new AbortController().signal,
    key,
  )

/** The rows as they stand when the process that made the call was killed before it could close them. */
async function asIfKilled(): Promise<void> {
  await superuser.sql(
    `UPDATE executions SET status = 'running', finished_at = NULL,
    created_at = now() - interval '10 minutes' WHERE org_id = (SELECT id FROM organizations WHERE external_id = $1)`,
    [org],
  )
  await superuser.sql(`UPDATE idempotency_keys SET status = 'running', sealed_response = NULL`)
}

const statuses = async () =>
  (
    await superuser.sql<{ status: string }>(
      `SELECT e.status FROM executions e JOIN organizations o ON o.id = e.org_id WHERE o.external_id = $1`,
      [org],
    )
  ).map(({ status }) => status)

test('a call that happened is found at its provider, closed with an event of its own, and never made again', async () => {
  const first = await create('k')
  await asIfKilled()
  const tenant = await practice.tenant(org)
  expect(await sweepExecutions(tenant)).toBe(1)
  expect(await statuses()).toEqual(['unknown'])
  expect(await broker.reconcile(tenant)).toBe(1)
  expect(await statuses()).toEqual(['succeeded'])
  expect(await listAudit(tenant, { action: 'execution.reconciled' }, null, 10)).toMatchObject([
    { outcome: 'allowed', tool_name: 'sandbox.create_task', user_id: 'u_1' },
  ])
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true })
  const { output, execution_id } = first as { output: unknown; execution_id: string }
  expect(await create('k')).toMatchObject({ replayed: true, output, execution_id })
  expect(await broker.reconcile(tenant)).toBe(0)
})

test('a call that never reached the provider is closed as failed, and its key stays used', async () => {
  await create('k')
  await asIfKilled()
  const tenant = await practice.tenant(org)
  await sweepExecutions(tenant)
  // What the provider is asked about is the execution: one that it never heard of has not happened.
  const [row] = await superuser.sql<{ id: string }>(
    `SELECT e.id FROM executions e JOIN organizations o ON o.id = e.org_id WHERE o.external_id = $1`,
    [org],
  )
  await fetch(new URL('/_control/reset', practice.sandbox.url), {
    method: 'POST',
    headers: { 'x-sandbox-control': 'practice-control-key', 'content-type': 'application/json' },
    body: JSON.stringify({ data: true }),
  })
  expect(await broker.reconcile(tenant)).toBe(1)
  expect(await statuses()).toEqual(['failed'])
  expect(row).toBeDefined()
  const error = await create('k').then(
    () => expect.unreachable('made again'),
    (thrown: AppError) => thrown,
  )
  expect(error).toMatchObject({ code: 'upstream_error', replayOf: origin.traceId })
})

test('what is found out is masked as the call was decided, and tells nothing of ours', async () => {
  const tenant = await practice.tenant(org)
  const by = { type: 'test', id: 'test' }
  const source = '@id("veil") @mask("email") permit(principal, action, resource);'
  const draft = await createDraft(tenant, { engine: 'cedar', source }, by, async () => {})
  await publishDraft(tenant, parseId('policy_version', draft.id) ?? '', { force: false }, by, async () => {})
  const first = await create('k', 'Write to ana@example.org')
  expect(first).toMatchObject({ output: { title: expect.stringMatching(/^Write to \[email:\w+\]$/) } })
  await asIfKilled()
  await sweepExecutions(tenant)
  expect(await broker.reconcile(tenant)).toBe(1)
  const { output, content } = first as { output: unknown; content: unknown }
  expect(await create('k', 'Write to ana@example.org')).toMatchObject({ replayed: true, output, content })
})
