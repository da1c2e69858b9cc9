import { expect, test } from 'vitest'
import { listAudit, verifyAudit } from '#lib/audit'
import { listEvents } from '#lib/events'
import { parseId } from '#lib/ids'
import { key } from '#runtime'
import { origin } from '../../scripts/testing/practice.ts'
import {
  approved,
  asked,
  call,
  create,
  newKey,
  practice,
  publish,
  superuser,
  sweep,
  tenant,
  upstream,
  work,
} from './testing.ts'

test('a call that policy asks about is made once people have approved, and its answer waits for whoever asked', async () => {
  const asker = await newKey('execute')
  const id = await asked(asker)
  expect(await asked(asker)).toBe(id)
  expect(await upstream()).toBe(0)
  const boss = await newKey('approve')
  expect((await call('list', boss)).body.data).toMatchObject([{ id, status: 'pending' }])
  expect((await call('show', boss, { id })).body).toMatchObject({
    params: { title: 'Water the plants' },
    output: null,
    policy: { engine: 'cedar', policy_ids: ['v1:people'], reason: 'Look first.' },
  })
  expect((await call('approve', asker, { id, body: {} })).status).toBe(403)
  await call('approve', boss, { id, body: { reason: 'Go on.' } })
  await work(id)
  await work(id)
  expect(await upstream()).toBe(1)
  const seen = await call('show', asker, { id })
  expect(seen.body).toMatchObject({
    status: 'executed',
    execution_status: 'succeeded',
    execution_id: expect.stringMatching(/^ex_/),
    votes: [{ approves: true, reason: 'Go on.' }],
    output: { title: 'Water the plants' },
  })
  expect((await call('show', boss, { id })).body.output).toBeNull()
  expect(await listAudit(tenant, { action: 'tool.executed' }, null, 10)).toMatchObject([
    { outcome: 'allowed', details: { approval_id: id }, actor: { type: 'api_key', id: asker.id } },
  ])
  expect(await listAudit(tenant, { action: 'approval.executed' }, null, 10)).toMatchObject([
    { outcome: 'allowed', details: { execution_id: seen.body.execution_id } },
  ])
  expect(await listEvents(tenant, { type: 'approval.executed' }, null, 10)).toMatchObject([
    { data: { approval_id: id, execution_status: 'succeeded' } },
  ])
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true })
  expect(await asked(asker)).not.toBe(id)
})

test('the answer is forgotten after a day, and the call after its retention', async () => {
  const asker = await newKey('execute')
  const id = await approved(asker)
  await work(id)
  await superuser.tamper(
    `UPDATE approvals SET output_expires_at = now() - interval '1 s', created_at = now() - interval '31 days' WHERE id = $1`,
    [parseId('approval', id)],
  )
  expect((await call('show', asker, { id })).body.output).toBeNull()
  await sweep()
  const sealed = await superuser.sql(`SELECT sealed_call, sealed_output FROM approvals WHERE id = $1`, [
    parseId('approval', id),
  ])
  expect(sealed).toEqual([{ sealed_call: null, sealed_output: null }])
  expect((await call('show', asker, { id })).body).toMatchObject({ status: 'executed', params: null })
})

test('a rehearsal says that people would be asked, and asks nobody', async () => {
  const asker = await newKey('execute')
  const answer = await call('execute', asker, { body: create({ dry_run: true }) })
  expect(answer).toMatchObject({ status: 200, body: { status: 'dry_run', approval_required: true } })
  expect((await call('list', await newKey('read'))).body.data).toEqual([])
})

test('whoever asked withdraws; a denial with its reason reaches them', async () => {
  const asker = await newKey('execute')
  const first = await asked(asker)
  expect((await call('withdraw', asker, { id: first })).body.status).toBe('withdrawn')
  const second = await asked(asker)
  const boss = await newKey('approve')
  expect((await call('deny', boss, { id: second, body: {} })).status).toBe(422)
  await call('deny', boss, { id: second, body: { reason: 'Not this week.' } })
  expect((await call('show', asker, { id: second })).body).toMatchObject({
    status: 'denied',
    votes: [{ approves: false, reason: 'Not this week.' }],
  })
  await work(second)
  expect(await upstream()).toBe(0)
})

test('a key decides, lists and reads by its roles, and by nothing else', async () => {
  const id = await asked(await newKey('execute'))
  const allowed = async (role: string) => {
    const as = await newKey(role)
    const tries = [
      await call('list', as),
      await call('show', as, { id }),
      await call('deny', as, { id, body: {} }),
    ]
    return tries.map(({ status }) => status)
  }
  // 422: it got as far as the body.
  expect(await allowed('approve')).toEqual([200, 200, 422])
  expect(await allowed('read')).toEqual([200, 200, 403])
  expect(await allowed('execute')).toEqual([403, 404, 403])
  expect(await allowed('manage')).toEqual([403, 403, 403])
  expect(await allowed('connect')).toEqual([403, 403, 403])
})

test('deleting a person takes their approvals along', async () => {
  const id = await asked(await newKey('execute'))
  await practice.connect.removeUser(tenant, practice.caller, 'u_1', origin)
  expect((await call('show', await newKey('approve'), { id })).status).toBe(404)
  expect(await key('approve')(practice.authorization((await newKey('approve')).secret))).toBeDefined()
})

test('a key makes one question of a call, and goes on answering with it when the call has been made', async () => {
  const asker = await newKey('execute')
  const send = (more: Record<string, unknown> = {}) =>
    call('execute', asker, { body: create(more), key: 'order-1' })
  const first = await send()
  expect([first.status, first.replayed]).toEqual([202, null])
  const id = first.body.approval_id
  await call('approve', await newKey('approve'), { id, body: {} })
  await work(id)
  const again = await send()
  expect(again).toEqual({ ...first, replayed: 'true' })
  expect((await send({ params: { title: 'Something else' } })).body.code).toBe('idempotency_mismatch')
  await publish('permit(principal, action, resource);')
  expect(await send()).toEqual({ ...first, replayed: 'true' })
  expect((await call('list', await newKey('read'))).body.data).toHaveLength(1)
  expect(await upstream()).toBe(1)
})

test('a call that names its approval under a key is told the same when it is repeated', async () => {
  const asker = await newKey('execute')
  const id = await approved(asker)
  const send = () => call('execute', asker, { body: create({ approval_id: id }), key: 'order-2' })
  const first = await send()
  expect(first).toMatchObject({ status: 200, body: { status: 'succeeded' }, replayed: null })
  expect(await send()).toEqual({ ...first, replayed: 'true' })
  expect(await upstream()).toBe(1)
})
