import { expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { createAgentIn, disableAgentIn, revokeApiKeyIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import { placeStop } from '#lib/limits'
import { stopInput } from '#lib/limits/schema'
import { createPolicyIn } from '#lib/policy'
import { policyInput } from '#lib/policy/schema'
import type { Caller } from '#lib/proof'
import { origin } from '../../scripts/testing/practice.ts'
import { executeInput } from './schema.ts'
import {
  approved,
  call,
  create,
  type Key,
  newKey,
  practice,
  publish,
  superuser,
  sweep,
  tenant,
  upstream,
  work,
} from './testing.ts'

test('of fifty executions of one approval, by its job and by its caller, one reaches the provider', async () => {
  const asker = await newKey('execute')
  const id = await approved(asker)
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      at % 2 === 0
        ? work(id).then(() => null)
        : call('execute', asker, { body: create({ approval_id: id }) }).then(({ status }) => status),
    ),
  )
  expect(await upstream()).toBe(1)
  const told = answers.filter((status) => status !== null)
  expect(told.every((status) => status === 200 || status === 409)).toBe(true)
  expect(told.filter((status) => status === 200).length).toBeLessThanOrEqual(1)
  expect((await call('show', asker, { id })).body).toMatchObject({ status: 'executed' })
})

test('an approval named for another call, or by another caller, is refused, audited, and left as it was', async () => {
  const asker = await newKey('execute')
  const id = await approved(asker)
  const swapped = create({ approval_id: id, params: { title: 'Water the plants!' } })
  expect((await call('execute', asker, { body: swapped })).body.code).toBe('conflict')
  const other = await newKey('execute')
  expect((await call('execute', other, { body: create({ approval_id: id }) })).body.code).toBe('conflict')
  expect(await upstream()).toBe(0)
  expect(await listAudit(tenant, { action: 'tool.executed' }, null, 10)).toMatchObject([
    { outcome: 'denied', error_code: 'conflict' },
    { outcome: 'denied', error_code: 'conflict' },
  ])
  await work(id)
  expect(await upstream()).toBe(1)
})

test('what policy denies meanwhile is final, though it would be allowed again', async () => {
  const asker = await newKey('execute')
  const id = await approved(asker)
  const rule = await forOrg(tenant, (tx) =>
    createPolicyIn(tx, tenant, policyInput.parse({ name: 'no', tools: ['sandbox.*'] }), {
      type: 'system',
      id: 'test',
    }),
  )
  await work(id)
  await superuser.sql(`DELETE FROM policies WHERE id = $1`, [parseId('policy', rule.id)])
  await work(id)
  expect(await upstream()).toBe(0)
  expect((await call('show', asker, { id })).body).toMatchObject({
    status: 'refused',
    error_code: 'policy_denied',
    execution_id: null,
  })
  expect(await listEvents(tenant, { type: 'approval.refused' }, null, 10)).toMatchObject([
    { data: { approval_id: id, error_code: 'policy_denied' } },
  ])
})

test.each([
  [
    'its key is revoked',
    'forbidden',
    (asker: Key) => forOrg(tenant, (tx) => revokeApiKeyIn(tx, tenant, asker.id)),
  ],
  [
    'the account is revoked',
    'reauthorization_required',
    () =>
      superuser.tamper(`UPDATE connected_accounts SET status = 'revoked' WHERE org_id = $1`, [tenant.orgId]),
  ],
  [
    'a stop is on',
    'account_paused',
    async () => {
      const stop = { subject: { type: 'tool', id: 'sandbox.create_task' }, reason: 'Incident.' }
      const by = { caller: practice.caller, actor: { type: 'system', id: 'test' } }
      await placeStop(tenant, stopInput.parse(stop), by, ['sandbox.create_task'], async () => {})
    },
  ],
  [
    'the policy asks more people by now',
    'conflict',
    () => publish('@id("two") @decision("ask") @quorum("2") permit(principal, action, resource);'),
  ],
])('an approved call is not made when %s', async (_what, code, happens) => {
  const asker = await newKey('execute')
  const watcher = await newKey('read')
  const id = await approved(asker)
  await happens(asker)
  await work(id)
  expect(await upstream()).toBe(0)
  expect((await call('show', watcher, { id })).body).toMatchObject({ status: 'refused', error_code: code })
})

test('an agent asks and is executed for; one that is disabled meanwhile is not', async () => {
  const agent = await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira' }))
  const connected = await practice.connectAccount({ org: tenant.externalId, user: 'u_2', agents: [agent.id] })
  await practice.reset()
  const agentId = parseId('agent', agent.id) ?? ''
  const caller = { kind: 'agent', agentId, agentOrgId: tenant.orgId, reach: tenant, userId: null } as Caller
  const ask = async (title: string) => {
    const input = { ...create({ params: { title } }), connected_account_id: connected.connected_account_id }
    const signal = AbortSignal.timeout(60_000)
    const answer = await practice.broker.execute(caller, executeInput.parse(input), origin, signal)
    if (answer.status !== 'pending_approval') throw new Error('nobody was asked')
    await call('approve', await newKey('approve'), { id: answer.approval_id, body: {} })
    return answer.approval_id
  }
  const [first, second] = [await ask('One'), await ask('Two')]
  await work(first)
  expect(await upstream()).toBe(1)
  expect(await listAudit(tenant, { action: 'tool.executed' }, null, 10)).toMatchObject([
    { outcome: 'allowed', agent_id: agent.id, details: { approval_id: first } },
  ])
  await forOrg(tenant, (tx) => disableAgentIn(tx, tenant, agentId))
  await work(second)
  expect(await upstream()).toBe(1)
  expect((await call('show', await newKey('read'), { id: second })).body).toMatchObject({
    status: 'refused',
    error_code: 'forbidden',
  })
})

test('an approval covers the authorization details that it was asked with, and no others', async () => {
  const asker = await newKey('execute')
  const details = [{ type: 'behalf_tool_call', tools: ['sandbox.create_task'] }]
  const narrowed = create({ authorization_details: details })
  const { body } = await call('execute', asker, { body: narrowed })
  expect(body.status).toBe('pending_approval')
  await call('approve', await newKey('approve'), { id: body.approval_id, body: {} })
  const wide = await call('execute', asker, { body: create({ approval_id: body.approval_id }) })
  expect(wide.body.code).toBe('conflict')
  expect((await call('show', asker, { id: body.approval_id })).body.authorization_details).toMatchObject(
    details,
  )
  await work(body.approval_id)
  expect((await call('show', asker, { id: body.approval_id })).body).toMatchObject({
    execution_status: 'succeeded',
  })
})

test('an approved call is made though policy has come to allow it without', async () => {
  const asker = await newKey('execute')
  const id = await approved(asker)
  await publish('permit(principal, action, resource);')
  await work(id)
  expect(await upstream()).toBe(1)
  expect((await call('show', asker, { id })).body).toMatchObject({ status: 'executed' })
})

test('what was made and failed is told as such, and is not made again', async () => {
  const asker = await newKey('execute')
  const id = await approved(asker)
  await practice.faults({ next_status: { status: 422 } })
  await work(id)
  await work(id)
  expect((await call('show', asker, { id })).body).toMatchObject({
    status: 'executed',
    execution_status: 'failed',
  })
})

test('a crash after the intent leaves an unknown outcome, and the call is never made again', async () => {
  const asker = await newKey('execute')
  const id = await approved(asker)
  const execution = crypto.randomUUID()
  await superuser.tamper(
    `WITH e AS (INSERT INTO executions (org_id, id, account_id, connection_id, user_id, tool_name, effect, actor_type,
       actor_id, status, scopes_required, scopes_granted, decision, params_hmac, trace_id, created_at)
     SELECT org_id, $2::uuid, id, current_connection_id, user_id, 'sandbox.create_task', 'write', 'api_key', $3,
       'running', '{}', '{}', '{"engine":"x","decision":"allow","policy_ids":[]}', 'p', 't', now() - interval '1 hour'
     FROM connected_accounts WHERE org_id = $4)
     UPDATE approvals SET status = 'executing', execution_id = $2::uuid WHERE id = $1`,
    [parseId('approval', id), execution, asker.id, tenant.orgId],
  )
  await work(id)
  expect((await call('execute', asker, { body: create({ approval_id: id }) })).status).toBe(409)
  await sweep()
  await sweep()
  await work(id)
  expect(await upstream()).toBe(0)
  expect((await call('show', asker, { id })).body).toMatchObject({
    status: 'executed',
    execution_status: 'unknown',
  })
})

test('what was approved and not made, the sweep queues again', async () => {
  const asker = await newKey('execute')
  const id = await approved(asker)
  const queue = `SELECT 1 FROM graphile_worker._private_jobs WHERE key = $1`
  const jobKey = [`approval/${parseId('approval', id)}`]
  await superuser.sql(`DELETE FROM graphile_worker._private_jobs WHERE key = $1`, jobKey)
  await superuser.tamper(`UPDATE approvals SET decided_at = now() - interval '2 minutes' WHERE id = $1`, [
    parseId('approval', id),
  ])
  await sweep()
  expect(await superuser.sql(queue, jobKey)).toHaveLength(1)
})
