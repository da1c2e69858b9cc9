import { expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { sqlForOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { newId } from '#lib/ids'
import { jobs } from '#runtime'
import { origin } from '../../scripts/testing/practice.ts'
import { consumeApprovalsIn, holdApprovalsIn, sweepApprovals, withdrawApproval } from './index.ts'
import {
  ask,
  asker,
  decide,
  keyWith,
  pass,
  practice,
  prepareApprovals,
  refusal,
  runOut,
  statusOf,
  superuser,
  tenant,
} from './testing.ts'

prepareApprovals()

/** Uses an approval as an intent does. */
const use = (id: string, callHmac: string, executionId: string) =>
  sqlForOrg(tenant, async (sql) => {
    const uses = [{ executionId, id, callHmac }]
    const refused = await holdApprovalsIn(sql, tenant, uses)
    if (refused.size > 0) return false
    const [row] = await sql<{ account_id: string; user_id: string; connection_id: string }>(
      {
        name: 'test_account',
        text: `SELECT id AS account_id, user_id, current_connection_id AS connection_id FROM connected_accounts
          WHERE org_id = $1 ORDER BY id DESC LIMIT 1`,
      },
      [tenant.orgId],
    )
    await consumeApprovalsIn(sql, tenant, uses)
    await sql(
      {
        name: 'test_execution',
        text: `INSERT INTO executions (org_id, id, account_id, connection_id, user_id, tool_name, effect, actor_type,
            actor_id, status, scopes_required, scopes_granted, decision, params_hmac, trace_id)
          VALUES ($1, $2, $3, $4, $5, 't', 'write', 'api_key', 'k', 'running', '{}', '{}', '{}', 'p', 't')`,
      },
      [tenant.orgId, executionId, row?.account_id, row?.connection_id, row?.user_id],
    )
    return true
  })

test('what nobody decides in time is over, once and for all', async () => {
  const { id } = await ask({ expires: 60 })
  await runOut(id)
  expect(await statusOf(id)).toBe('expired')
  await expect(decide(id, true, await keyWith(['approve']))).rejects.toEqual(refusal('conflict'))
  await sweepApprovals(tenant)
  await sweepApprovals(tenant)
  expect(await listEvents(tenant, { type: 'approval.expired' }, null, 10)).toHaveLength(1)
  expect(await listAudit(tenant, { action: 'approval.expired' }, null, 10)).toMatchObject([
    { outcome: 'denied', actor: { type: 'system' } },
  ])
  // The next try is a new question, though the old one was never swept.
  const again = await ask()
  expect(again.id).not.toBe(id)
})

test('of a yes and the end of its time one wins, and they never both do', async () => {
  for (let round = 0; round < 5; round++) {
    const { id } = await ask({ title: `Round ${round}` })
    const boss = await keyWith(['approve'])
    const [yes] = await Promise.allSettled([decide(id, true, boss), runOut(id), sweepApprovals(tenant)])
    await sweepApprovals(tenant)
    const status = await statusOf(id)
    const expired = (await listEvents(tenant, { type: 'approval.expired' }, null, 100)).length
    if (yes?.status === 'fulfilled') expect(['approved', 'expired']).toContain(status)
    else expect([status, expired > 0]).toEqual(['expired', true])
  }
})

test('whoever asked takes it back, and nobody else does', async () => {
  const { id } = await ask()
  await expect(withdrawApproval(tenant, await keyWith(['execute']), id, origin)).rejects.toEqual(
    refusal('forbidden'),
  )
  expect(await withdrawApproval(tenant, asker, id, origin)).toMatchObject({ status: 'withdrawn' })
  await expect(withdrawApproval(tenant, asker, id, origin)).rejects.toEqual(refusal('conflict'))
  await expect(decide(id, true, await keyWith(['approve']))).rejects.toEqual(refusal('conflict'))
})

test('is good for the call that was approved, by whoever asked, and for no other', async () => {
  const { id, publicId } = await ask()
  expect(await pass(publicId)).toMatchObject({ status: 'pending_approval', approval_id: publicId })
  await decide(id, true, await keyWith(['approve']))
  await expect(pass(publicId, { title: 'Water the Plants' })).rejects.toEqual(refusal('conflict'))
  await expect(pass(publicId, { as: await keyWith(['execute']) })).rejects.toEqual(refusal('conflict'))
  expect(await pass(publicId)).toMatchObject({
    decision: { decision: 'allow', policyIds: ['p1'] },
    approval: { id, callHmac: expect.any(String) },
  })
})

test('is not enough where the policy has come to ask more people', async () => {
  const { id, publicId } = await ask()
  await decide(id, true, await keyWith(['approve']))
  await expect(pass(publicId, { quorum: 2 })).rejects.toEqual(refusal('conflict'))
})

test('is used up once: of fifty intents one gets it, and an intent that fails gives it back', async () => {
  const { id, publicId } = await ask()
  await decide(id, true, await keyWith(['approve']))
  const passed = await pass(publicId)
  if (!('granted' in passed) || !passed.approval) throw new Error('not approved')
  const { callHmac } = passed.approval
  expect(await use(id, 'another call', newId())).toBe(false)
  const fails = sqlForOrg(tenant, (sql) =>
    consumeApprovalsIn(sql, tenant, [{ executionId: newId(), id, callHmac }]),
  )
  await expect(fails).rejects.toThrow()
  expect(await statusOf(id)).toBe('approved')
  const won = await Promise.all(Array.from({ length: 50 }, () => use(id, callHmac, newId())))
  expect(won.filter(Boolean)).toHaveLength(1)
  expect(await statusOf(id)).toBe('executing')
  await expect(pass(publicId)).rejects.toEqual(refusal('conflict'))
  await jobs.execute_approval({ org_id: tenant.orgId, approval_id: id }, new AbortController().signal)
  const state = await practice.state()
  expect(state.last_requests.filter(({ path }) => path.startsWith('/api/'))).toEqual([])
})

test('within one group of intents, the first that names it gets it', async () => {
  const { id, publicId } = await ask()
  await decide(id, true, await keyWith(['approve']))
  const passed = await pass(publicId)
  if (!('granted' in passed) || !passed.approval) throw new Error('not approved')
  const { callHmac } = passed.approval
  const [one, two] = [newId(), newId()]
  const uses = [one, two].map((executionId) => ({ executionId, id, callHmac }))
  const refused = await sqlForOrg(tenant, (sql) => holdApprovalsIn(sql, tenant, uses))
  expect([...refused.keys()]).toEqual([two])
})

test('the row itself refuses what the rules refuse', async () => {
  const { id } = await ask({ quorum: 2 })
  const change = (set: string) => superuser.sql(`UPDATE approvals SET ${set} WHERE id = '${id}'`)
  await expect(change(`status = 'approved'`)).rejects.toThrow(/too few/)
  await expect(change(`status = 'executed', execution_id = gen_random_uuid()`)).rejects.toThrow()
  await expect(change(`call_hmac = 'another'`)).rejects.toThrow(/stays as it is/)
  await expect(change(`quorum = 1`)).rejects.toThrow(/stays as it is/)
  await decide(id, false, await keyWith(['approve']))
  await expect(change(`status = 'pending'`)).rejects.toThrow(/stays as it is/)
})

test('a sealed call that was changed, or put in the place of another, is never made', async () => {
  const [one, other] = [await ask({ title: 'One' }), await ask({ title: 'Other' })]
  for (const { id } of [one, other]) await decide(id, true, await keyWith(['approve']))
  const work = (id: string) =>
    jobs
      .execute_approval({ org_id: tenant.orgId, approval_id: id }, new AbortController().signal)
      .catch((error: Error) => error)
  await superuser.tamper(
    'UPDATE approvals a SET sealed_call = b.sealed_call, key_version = b.key_version FROM approvals b WHERE a.id = $1 AND b.id = $2',
    [one.id, other.id],
  )
  await superuser.tamper(`UPDATE approvals SET sealed_call = set_byte(sealed_call, 40, 7) WHERE id = $1`, [
    other.id,
  ])
  await practice.reset()
  for (const { id } of [one, other]) await work(id)
  const { last_requests } = await practice.state()
  expect(last_requests.filter(({ path }) => path.startsWith('/api/'))).toEqual([])
  const kept = await superuser.sql('SELECT status, execution_id FROM approvals WHERE org_id = $1', [
    tenant.orgId,
  ])
  expect(kept).toEqual(Array(2).fill({ status: 'approved', execution_id: null }))
})
