import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg, sqlForOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import {
  authenticateMember,
  createAgentIn,
  createApiKeyIn,
  issueSignInLinkIn,
  redeemSignInLink,
} from '#lib/identity'
import { newId, parseId } from '#lib/ids'
import type { Asked, Caller, Decision, Tenant } from '#lib/proof'
import { grant, readAccounts } from '#lib/scopes'
import { connectors, jobs, key } from '#runtime'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import {
  approve,
  consumeApprovalsIn,
  decideApproval,
  holdApprovalsIn,
  listApprovals,
  showApproval,
  sweepApprovals,
  withdrawApproval,
} from './index.ts'

let practice: Practice
let superuser: Superuser
let tenant: Tenant
let account = ''
let asker: Caller
let orgs = 0

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  const org = `org-${++orgs}`
  const { connected_account_id } = await practice.connectAccount({ org, user: 'u_1' })
  account = connected_account_id ?? ''
  tenant = await practice.tenant(org)
  asker = await keyWith(['execute'])
})

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
const tool = connectors.sandbox?.tools['sandbox.create_task']
const trail = { trace_id: 'a'.repeat(32), ip: origin.ip, user_agent: 'test', params_hmac: 'hmac' }

async function keyWith(roles: string[], in_: Tenant = tenant): Promise<Caller> {
  const { secret } = await forOrg(in_, (tx) => createApiKeyIn(tx, in_, { name: 'test', roles }))
  const [role] = roles as ['execute']
  return key(role ?? 'read')(practice.authorization(secret))
}

async function member(email: string, role = 'owner'): Promise<Caller> {
  const token = await forOrg(tenant, (tx) => issueSignInLinkIn(tx, tenant, email, role))
  const found = await redeemSignInLink(token)
  if (!found) throw new Error('no member')
  const { caller } = await authenticateMember({ memberId: found.id, sessionVersion: found.sessionVersion })
  return caller
}

type Terms = { quorum?: number; expires?: number | null; title?: string; as?: Caller }

/** What policy makes of a call: the call passes scopes, and people are to be asked. */
async function asked({ quorum = 1, expires = null, title = 'Water the plants', as = asker }: Terms = {}) {
  if (!tool || !connectors.sandbox) throw new Error('no practice provider')
  const ref = { accountId: parseId('connected_account', account) ?? '' }
  const params = { title }
  const wanted = { account: ref, connector: connectors.sandbox, tool, params }
  const accounts = await readAccounts(tenant, 'sandbox', ref)
  const granted = await grant(tenant, as, wanted, accounts, async () => null)
  const approval = { quorum, expires_in_seconds: expires }
  const decision: Decision = { engine: 'cedar', decision: 'ask', policyIds: ['p1'], approval }
  return {
    judged: { granted, decision, reason: 'Look first.' } as Asked,
    call: { tool, params, given: params, context: {} },
  }
}

async function ask(terms: Terms = {}) {
  const { judged, call } = await asked(terms)
  const answer = await approve(judged, call, terms.as ?? asker, trail, null)
  if (!('approval_id' in answer)) throw new Error('nobody was asked')
  return { publicId: answer.approval_id, id: parseId('approval', answer.approval_id) ?? '', answer }
}

const decide = (id: string, approves: boolean, caller: Caller, decidedBy: string | null = null) =>
  decideApproval(tenant, caller, id, { approves, note: approves ? null : 'No.', decidedBy }, origin)

const statusOf = async (id: string) => (await showApproval(tenant, asker, id, origin)).status

const jobsOf = (id: string) =>
  superuser.sql(`SELECT 1 FROM graphile_worker._private_jobs WHERE key = $1`, [`approval/${id}`])

/** Passes the stage with an approval, as a call that names it does. */
async function pass(id: string, terms: Terms = {}) {
  const { judged, call } = await asked(terms)
  return approve(judged, call, terms.as ?? asker, trail, id)
}

const runOut = (id: string) =>
  superuser.tamper(`UPDATE approvals SET expires_at = now() - interval '1 second' WHERE id = $1`, [id])

// The question.

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

// The answer.

test('one yes approves, is told, and queues the call; a second comes too late', async () => {
  const { id, publicId } = await ask()
  const boss = await keyWith(['approve'])
  expect(await decide(id, true, boss)).toMatchObject({ status: 'approved', votes: [{ approves: true }] })
  expect(await jobsOf(id)).toHaveLength(1)
  await expect(decide(id, true, await keyWith(['approve']))).rejects.toEqual(refusal('conflict'))
  await expect(decide(id, false, await keyWith(['approve']))).rejects.toEqual(refusal('conflict'))
  expect(await listEvents(tenant, { type: 'approval.approved' }, null, 10)).toMatchObject([
    { data: { approval_id: publicId } },
  ])
  expect(await listAudit(tenant, { action: 'approval.approved' }, null, 10)).toHaveLength(1)
})

test('one no is final, whatever was said before it', async () => {
  const { id } = await ask({ quorum: 3 })
  await decide(id, true, await keyWith(['approve']))
  expect(await decide(id, false, await keyWith(['approve']))).toMatchObject({ status: 'denied' })
  await expect(decide(id, true, await keyWith(['approve']))).rejects.toEqual(refusal('conflict'))
  await expect(pass(`ap_${id.replaceAll('-', '')}`)).rejects.toEqual(refusal('conflict'))
  expect(await jobsOf(id)).toHaveLength(0)
  expect(await listEvents(tenant, { type: 'approval.denied' }, null, 10)).toHaveLength(1)
})

test('a quorum takes that many different people', async () => {
  const { id } = await ask({ quorum: 3 })
  const [backend, other] = [await keyWith(['approve']), await keyWith(['approve'])]
  expect(await decide(id, true, backend, 'maria')).toMatchObject({ status: 'pending' })
  await expect(decide(id, true, backend, 'maria')).rejects.toEqual(refusal('conflict'))
  await expect(decide(id, true, other, 'maria')).rejects.toEqual(refusal('conflict'))
  await expect(decide(id, true, backend)).rejects.toEqual(refusal('conflict'))
  expect(await decide(id, true, backend, 'noor')).toMatchObject({ status: 'pending' })
  expect(await decide(id, true, other)).toMatchObject({ status: 'approved' })
  expect(await listEvents(tenant, { type: 'approval.approved' }, null, 10)).toHaveLength(1)
  expect(await listAudit(tenant, { action: 'approval.approved' }, null, 10)).toHaveLength(3)
})

test('the same person counts once as a member of the console and as a user', async () => {
  await superuser.tamper(`UPDATE end_users SET email = 'Maria@Example.com' WHERE org_id = $1`, [tenant.orgId])
  await superuser.tamper(`UPDATE end_users SET external_id = 'maria' WHERE org_id = $1`, [tenant.orgId])
  await practice.connectAccount({ org: tenant.externalId, user: 'u_2', person: 'ben' })
  const [ben] = await superuser.sql<{ id: string }>(
    `SELECT id FROM connected_accounts WHERE org_id = $1 ORDER BY id DESC LIMIT 1`,
    [tenant.orgId],
  )
  account = `ca_${ben?.id.replaceAll('-', '')}`
  const { id } = await ask({ quorum: 2 })
  await decide(id, true, await member('maria@example.com'))
  await expect(decide(id, true, await keyWith(['approve']), 'maria')).rejects.toEqual(refusal('conflict'))
})

test('nobody decides what they asked for, or what is done on their own behalf', async () => {
  asker = await keyWith([])
  await superuser.tamper(`UPDATE end_users SET email = 'ana@example.com' WHERE org_id = $1`, [tenant.orgId])
  const { id } = await ask()
  for (const approves of [true, false]) {
    await expect(decide(id, approves, asker)).rejects.toEqual(refusal('forbidden'))
    await expect(decide(id, approves, asker, 'maria')).rejects.toEqual(refusal('forbidden'))
    await expect(decide(id, approves, await keyWith(['approve']), 'u_1')).rejects.toEqual(
      refusal('forbidden'),
    )
    await expect(decide(id, approves, await member('ANA@example.com'))).rejects.toEqual(refusal('forbidden'))
  }
  expect(await statusOf(id)).toBe('pending')
})

test('an agent, a key without the role and a member who only looks decide nothing', async () => {
  const { id } = await ask()
  const agent = await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira' }))
  const caller = {
    kind: 'agent',
    agentId: parseId('agent', agent.id) ?? '',
    agentOrgId: tenant.orgId,
    reach: tenant,
    userId: null,
  } as Caller
  for (const as of [
    caller,
    await keyWith(['manage', 'execute', 'read']),
    await member('v@x.example', 'viewer'),
  ])
    await expect(decide(id, true, as)).rejects.toEqual(refusal('forbidden'))
  await expect(decide(id, true, await member('o@x.example'))).resolves.toMatchObject({ status: 'approved' })
})

test('of many who decide at the same moment, as many count as the quorum takes', async () => {
  const { id } = await ask({ quorum: 2 })
  const people = await Promise.all(Array.from({ length: 8 }, () => keyWith(['approve'])))
  const answers = await Promise.allSettled(people.map((one) => decide(id, true, one)))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  expect(await statusOf(id)).toBe('approved')
  expect(await jobsOf(id)).toHaveLength(1)
})

test('of a yes and a no at the same moment one stands', async () => {
  for (let round = 0; round < 5; round++) {
    const { id } = await ask({ title: `Round ${round}` })
    const [yes, no] = await Promise.allSettled([
      decide(id, true, await keyWith(['approve'])),
      decide(id, false, await keyWith(['approve'])),
    ])
    expect([yes, no].filter((one) => one?.status === 'fulfilled')).toHaveLength(1)
    expect(await statusOf(id)).toBe(yes?.status === 'fulfilled' ? 'approved' : 'denied')
    expect(await jobsOf(id)).toHaveLength(yes?.status === 'fulfilled' ? 1 : 0)
  }
})

// The end of its time.

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

// Who sees what.

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

// What it is good for.

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
