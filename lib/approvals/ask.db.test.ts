import { expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { listEvents } from '#lib/events'
import { parseId } from '#lib/ids'
import type { Caller } from '#lib/proof'
import { origin } from '../../scripts/testing/practice.ts'
import { decideApproval, listApprovals, showApproval } from './index.ts'
import {
  account,
  ask,
  asker,
  keyWith,
  practice,
  prepareApprovals,
  refusal,
  superuser,
  tenant,
} from './testing.ts'

prepareApprovals()

test('asks once: however often the very same call is tried, people see one question', async () => {
  const many = await Promise.all(Array.from({ length: 10 }, () => ask()))
  expect(new Set(many.map(({ id }) => id)).size).toBe(1)
  const [first] = many
  expect(first?.answer).toEqual({
    status: 'pending_approval',
    approval_id: expect.stringMatching(/^ap_[0-9a-f]{32}$/),
    expires_at: expect.any(String),
  })
  expect(await listApprovals(tenant, {}, null, 10)).toMatchObject([
    { status: 'pending', quorum: 1, user_id: 'u_1', tool_name: 'sandbox.create_task', votes: [] },
  ])
  const events = await listEvents(tenant, { type: 'approval.requested' }, null, 10)
  expect(events).toMatchObject([{ data: { approval_id: first?.publicId, user_id: 'u_1' } }])
  const audit = await listAudit(tenant, { action: 'approval.requested' }, null, 10)
  expect(audit).toMatchObject([
    { actor: { type: 'api_key' }, user_id: 'u_1', policy: { decision: 'ask', policy_ids: ['p1'] } },
  ])
  expect(JSON.stringify([events, audit])).not.toContain('plants')
})

test('a call that differs in one letter, or in who makes it, is a question of its own', async () => {
  const one = await ask()
  expect((await ask({ title: 'Water the plants.' })).id).not.toBe(one.id)
  expect((await ask({ as: await keyWith(['execute']) })).id).not.toBe(one.id)
})

test('the call is kept sealed, and nothing of it stands in the row', async () => {
  const { id } = await ask({ title: 'canary-in-params' })
  const [row] = await superuser.sql(`SELECT * FROM approvals WHERE id = $1`, [id])
  expect(JSON.stringify(row)).not.toContain('canary')
  expect(Buffer.from(row?.sealed_call as Uint8Array).toString('latin1')).not.toContain('canary')
})

test('one caller cannot bury approvers in questions', async () => {
  await superuser.tamper(
    `INSERT INTO approvals (org_id, id, user_id, account_id, connector, tool_name, effect, requester, call_hmac,
       params_hmac, decision, quorum, trace_id, expires_at)
     SELECT org_id, gen_random_uuid(), user_id, id, connector, 't', 'write', $2::jsonb, 'h' || n, 'p', '{}', 1, 't',
       now() + interval '1 day' FROM connected_accounts, generate_series(1, 200) AS n WHERE id = $1`,
    [parseId('connected_account', account), JSON.stringify({ type: 'api_key', id: keyId(asker) })],
  )
  await expect(ask()).rejects.toEqual(refusal('rate_limited'))
  await expect(ask({ as: await keyWith(['execute']) })).resolves.toBeDefined()
})

const keyId = (caller: Caller) => (caller.kind === 'key' ? caller.keyId : null)

test('shows the call to approvers and to whoever asked, and writes down that an approver looked', async () => {
  const { id } = await ask({ title: 'Buy flowers' })
  const seen = async (as: Caller) => (await showApproval(tenant, as, id, origin)).params
  expect(await seen(await keyWith(['approve']))).toMatchObject({ title: 'Buy flowers' })
  expect(await seen(asker)).toMatchObject({ title: 'Buy flowers' })
  expect(await seen(await keyWith(['read']))).toBeNull()
  await expect(seen(await keyWith(['execute']))).rejects.toEqual(refusal('not_found'))
  expect(await listAudit(tenant, { action: 'approval.viewed' }, null, 10)).toHaveLength(1)
})

test("another org's approval is absent", async () => {
  const { id } = await ask()
  await practice.connectAccount({ org: `${tenant.externalId}-other`, user: 'u_1' })
  const other = await practice.tenant(`${tenant.externalId}-other`)
  const boss = await keyWith(['approve'], other)
  const answer = { approves: true, note: null, decidedBy: null }
  await expect(decideApproval(other, boss, id, answer, origin)).rejects.toEqual(refusal('not_found'))
  await expect(showApproval(other, boss, id, origin)).rejects.toEqual(refusal('not_found'))
})
