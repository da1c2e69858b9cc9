import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sweepApprovals } from '#lib/approvals'
import { listAudit, verifyAudit } from '#lib/audit'
import { sweepExecutions } from '#lib/broker'
import { forOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { createAgentIn, createApiKeyIn, disableAgentIn, revokeApiKeyIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import { placeStop } from '#lib/limits'
import { stopInput } from '#lib/limits/schema'
import { createDraft, createPolicyIn, publishDraft } from '#lib/policy'
import { policyInput } from '#lib/policy/schema'
import type { Caller, Tenant } from '#lib/proof'
import { jobs, key } from '#runtime'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { executeInput } from './schema.ts'

type Route = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>

let practice: Practice
let superuser: Superuser
let routes: Record<'execute' | 'list' | 'show' | 'withdraw' | 'approve' | 'deny', Route>
let tenant: Tenant
let account = ''
let orgs = 0

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  const [execute, all, one, approve, deny] = await Promise.all([
    import('../../app/api/v1/tools/execute/route.ts'),
    import('../../app/api/v1/approvals/route.ts'),
    import('../../app/api/v1/approvals/[id]/route.ts'),
    import('../../app/api/v1/approvals/[id]/approve/route.ts'),
    import('../../app/api/v1/approvals/[id]/deny/route.ts'),
  ])
  routes = {
    execute: execute.POST,
    list: all.GET,
    show: one.GET,
    withdraw: one.DELETE,
    approve: approve.POST,
    deny: deny.POST,
  }
})
afterAll(() => practice.stop())

const asks = '@id("people") @decision("ask") @reason("Look first.") permit(principal, action, resource);'

beforeEach(async () => {
  const org = `org-${++orgs}`
  const { connected_account_id } = await practice.connectAccount({ org, user: 'u_1' })
  account = connected_account_id ?? ''
  tenant = await practice.tenant(org)
  await publish(asks)
  await practice.reset()
})

async function publish(source: string) {
  const by = { type: 'system', id: 'test' }
  const draft = await createDraft(tenant, { engine: 'cedar', source }, by, async () => {})
  expect(draft.problems).toEqual([])
  await publishDraft(tenant, parseId('policy_version', draft.id) ?? '', { force: false }, by, async () => {})
}

type Key = { secret: string; id: string }
async function newKey(...roles: string[]): Promise<Key> {
  const made = await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles }))
  return { secret: made.secret, id: parseId('api_key', made.id) ?? '' }
}

const methods = {
  execute: 'POST',
  list: 'GET',
  show: 'GET',
  withdraw: 'DELETE',
  approve: 'POST',
  deny: 'POST',
}

async function call(
  what: keyof typeof routes,
  as: Key,
  { id = '', body, key: once }: { id?: string; body?: Record<string, unknown>; key?: string } = {},
) {
  const request = new Request(`http://localhost/api/v1/${what}/${id}`, {
    method: methods[what],
    headers: {
      authorization: `Bearer ${as.secret}`,
      ...(body && { 'content-type': 'application/json' }),
      ...(once !== undefined && { 'idempotency-key': once }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const response = await routes[what](request, { params: Promise.resolve({ id }) })
  const replayed = response.headers.get('idempotency-replayed')
  return { status: response.status, body: await response.json(), replayed }
}

const create = (more: Record<string, unknown> = {}) => ({
  connected_account_id: account,
  tool_name: 'sandbox.create_task',
  params: { title: 'Water the plants' },
  ...more,
})

/** Calls that reached the provider's API. */
const upstream = async () =>
  (await practice.state()).last_requests.filter(({ path }) => path.startsWith('/api/')).length

const work = (publicId: string) =>
  jobs.execute_approval(
    { org_id: tenant.orgId, approval_id: parseId('approval', publicId) ?? '' },
    new AbortController().signal,
  )

/** What the worker does each minute. */
async function sweep() {
  await sweepExecutions(tenant)
  await sweepApprovals(tenant)
}

async function asked(asker: Key): Promise<string> {
  const answer = await call('execute', asker, { body: create() })
  expect([answer.status, answer.body.status]).toEqual([202, 'pending_approval'])
  return answer.body.approval_id
}

async function approved(asker: Key): Promise<string> {
  const id = await asked(asker)
  expect(await call('approve', await newKey('approve'), { id, body: {} })).toMatchObject({ status: 200 })
  return id
}

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
