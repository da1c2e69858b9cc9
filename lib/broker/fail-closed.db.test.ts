import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { listAudit, verifyAudit } from '#lib/audit'
import type { AuditEvent } from '#lib/audit/schema'
import { sweepExecutions } from '#lib/broker'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { createAgentIn, createApiKeyIn } from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import { createPolicyIn, deletePolicyIn } from '#lib/policy'
import { policyInput } from '#lib/policy/schema'
import type { Caller, Tenant } from '#lib/proof'
import { resolveTenant } from '#lib/tenancy'
import { key } from '#runtime'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

let practice: Practice
let superuser: Superuser
let org = ''
let made = 0

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  org = `org-${++made}`
  await practice.reset()
})

const listTasks = 'sandbox.list_tasks'
const createTask = { tool_name: 'sandbox.create_task', params: { title: 'Water the plants' } }

/** An account of this test's org; the provider's counters begin after it. */
async function connected(facts: Partial<Parameters<Practice['connectAccount']>[0]> = {}): Promise<string> {
  const { connected_account_id } = await practice.connectAccount({ org, user: 'u_1', ...facts })
  await practice.reset()
  return connected_account_id ?? ''
}

const refused = (work: Promise<unknown>): Promise<AppError> =>
  work.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(AppError)
      return error as AppError
    },
  )

const requestsUpstream = async () => (await practice.state()).last_requests.length

async function executed(of = org): Promise<AuditEvent[]> {
  const events = await listAudit(await practice.tenant(of), { action: 'tool.executed' }, null, 100)
  return events.reverse()
}

const executionRows = () =>
  superuser.sql<{ id: string; status: string; error_code: string | null }>(
    `SELECT e.id, status, error_code FROM executions e JOIN organizations o ON o.id = e.org_id WHERE external_id = $1`,
    [org],
  )

/** Expects a refusal before anything left, told once to the org's audit. */
async function denied(input: Record<string, unknown>, code: string, as?: Caller, auditedIn = org) {
  const before = (await executed(auditedIn)).length
  const error = await refused(practice.execute(input, as))
  expect(error.code).toBe(code)
  const events = (await executed(auditedIn)).slice(before)
  expect(events).toMatchObject([{ outcome: 'denied', error_code: code, tool_name: input.tool_name }])
  expect(await requestsUpstream()).toBe(0)
  return { error, event: events[0] }
}

async function orgKey(of: string): Promise<Caller> {
  const tenant = await practice.tenant(of)
  const { secret } = await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles: [] }))
  return key('execute')(practice.authorization(secret))
}

async function newAgent(): Promise<string> {
  const tenant = await practice.tenant(org)
  return (await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira' }))).id
}

const agentCaller = (tenant: Tenant, agent: string, userId: string | null = null): Caller =>
  ({
    kind: 'agent',
    agentId: parseId('agent', agent) ?? '',
    agentOrgId: tenant.orgId,
    reach: tenant,
    userId,
  }) as Caller

const uuidOf = (accountId: string) => parseId('connected_account', accountId) ?? ''

/** Takes a right from the application for as long as `work` takes. */
async function without<T>(right: string, work: () => Promise<T>): Promise<T> {
  await superuser.sql(`REVOKE ${right} FROM behalf_runtime`)
  try {
    return await work()
  } finally {
    await superuser.sql(`GRANT ${right} TO behalf_runtime`)
  }
}

test.each(['INSERT ON audit_events', 'UPDATE ON audit_heads', 'INSERT ON executions'])(
  'without %s no call is made, and with it back the next one is',
  async (right) => {
    const input = { connected_account_id: await connected(), ...createTask }
    const error = await without(right, () => refused(practice.execute(input)))
    expect(error).toMatchObject({
      code: 'unavailable',
      facts: { detail: expect.stringContaining('not made') },
    })
    expect(await requestsUpstream()).toBe(0)
    expect(await executionRows()).toEqual([])
    expect((await practice.execute(input)).status).toBe('succeeded')
    expect(await verifyAudit(await practice.tenant(org))).toMatchObject({ ok: true })
  },
)

test('what an append needs is what was tried before the call: the chain of an org is begun once', async () => {
  const input = { connected_account_id: await connected(), ...createTask }
  await without('INSERT ON audit_heads', () => practice.execute(input))
  expect(await executed()).toMatchObject([{ outcome: 'allowed' }])
})

test('a refusal that cannot be audited is told as unavailable, not as the refusal', async () => {
  const account = await connected({ scopes: ['tasks:read'] })
  const call = () => practice.execute({ connected_account_id: account, ...createTask })
  const error = await without('INSERT ON audit_events', () => refused(call()))
  expect(error.code).toBe('unavailable')
  expect(await executed()).toEqual([])
  expect((await refused(call())).code).toBe('insufficient_scope')
})

test('another org, by its key or by name, finds the account absent and leaves no trace in its org', async () => {
  const account = await connected()
  const other = `${org}-other`
  await practice.connectAccount({ org: other, user: 'u_1', person: 'ben' })
  await practice.reset()
  const input = { connected_account_id: account, tool_name: listTasks }
  await denied(input, 'not_found', await orgKey(other), other)
  expect((await refused(practice.execute({ ...input, org_id: other }))).code).toBe('not_found')
  expect((await refused(practice.execute({ ...input, org_id: org }, await orgKey(other)))).code).toBe(
    'not_found',
  )
  expect(await requestsUpstream()).toBe(0)
  expect(await executed()).toEqual([])
})

test('an account or user that never was is absent', async () => {
  await connected()
  const never = publicId('connected_account', crypto.randomUUID())
  await denied({ connected_account_id: never, tool_name: listTasks }, 'not_found', await orgKey(org))
  await denied({ org_id: org, user_id: 'nobody', tool_name: listTasks }, 'not_found')
  expect((await refused(practice.execute({ connected_account_id: never, tool_name: listTasks }))).code).toBe(
    'not_found',
  )
  expect(await requestsUpstream()).toBe(0)
})

test('a consent reaches whom it names and nobody else', async () => {
  await practice.session({ org_id: org, user_id: 'u_1' })
  const tenant = await resolveTenant(practice.caller, org)
  const [named, other] = [await newAgent(), await newAgent()]
  const input = { connected_account_id: await connected({ agents: [named] }), tool_name: listTasks }
  await denied(input, 'forbidden')
  const { event } = await denied(input, 'not_found', agentCaller(tenant, other))
  expect(event).toMatchObject({ agent_id: other, actor: { type: 'agent' } })
  await denied(input, 'not_found', agentCaller(tenant, named, crypto.randomUUID()))
  expect((await practice.execute(input, agentCaller(tenant, named))).status).toBe('succeeded')
})

test('a user with two accounts is asked which, never given the first', async () => {
  await connected()
  await connected({ person: 'ben' })
  await denied({ org_id: org, user_id: 'u_1', tool_name: listTasks }, 'ambiguous_account')
})

test('a paused account is not called until it is resumed', async () => {
  const input = { connected_account_id: await connected(), tool_name: listTasks }
  const tenant = await practice.tenant(org)
  const pause = (on: boolean) =>
    practice.connect.setPaused(tenant, practice.caller, uuidOf(input.connected_account_id), on, origin)
  await pause(true)
  await denied(input, 'account_paused')
  await pause(false)
  expect((await practice.execute(input)).status).toBe('succeeded')
})

test.each([
  ['needs_reauth', `UPDATE connected_accounts SET status = 'needs_reauth' WHERE id = $1`],
  ['unverified', `UPDATE connected_accounts SET status = 'unverified' WHERE id = $1`],
  ['without a consent', 'UPDATE connected_accounts SET current_connection_id = NULL WHERE id = $1'],
  [
    'past its consent',
    `UPDATE connections SET expires_at = now() - interval '1 second' WHERE account_id = $1`,
  ],
])('an account that is %s is not called, and its user is given a link', async (_, change) => {
  const account = await connected()
  expect(await superuser.tamper(change, [uuidOf(account)])).toBe(1)
  const { error } = await denied(
    { connected_account_id: account, tool_name: listTasks },
    'reauthorization_required',
  )
  expect(error.facts.connect_url).toMatch(/\/c\/bhf_hl_/)
})

test('a missing scope is refused with what is required, what is granted and a link that offers both', async () => {
  const account = await connected({ scopes: ['tasks:read'] })
  const { error, event } = await denied(
    { connected_account_id: account, ...createTask },
    'insufficient_scope',
  )
  expect(error.facts).toMatchObject({ required_scopes: [['tasks:write']], granted_scopes: ['tasks:read'] })
  expect(event).toMatchObject({ scopes_required: ['tasks:write'], scopes_granted: ['tasks:read'] })
  const { open } = await practice.connect.enter(error.facts.connect_url?.split('/').at(-1) ?? '')
  expect(open.session).toMatchObject({
    connected_account_id: uuidOf(account),
    scopes: { sandbox: ['tasks:read', 'tasks:write'] },
  })
})

test('an agent that asks in a loop, or all at once, makes one connect session per want', async () => {
  const account = await connected({ scopes: ['tasks:read'] })
  const sessions = async () =>
    (await superuser.sql('SELECT FROM connect_sessions WHERE connected_account_id = $1', [uuidOf(account)]))
      .length
  const before = await sessions()
  const link = async (tool_name: string, params = {}) =>
    (await refused(practice.execute({ connected_account_id: account, tool_name, params }))).facts.connect_url
  const write = () => link(createTask.tool_name, createTask.params)
  // Held back just before they write, so that all of them have looked for a session and found none.
  const waiting = async () => {
    await superuser.sql('SELECT pg_stat_clear_snapshot()')
    const rows = await superuser.sql(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return rows.length
  }
  let asked: Promise<(string | undefined)[]> | undefined
  await superuser.sql('BEGIN')
  try {
    await superuser.sql('LOCK TABLE connect_sessions IN SHARE ROW EXCLUSIVE MODE')
    asked = Promise.all(Array.from({ length: 8 }, write))
    await vi.waitFor(async () => expect(await waiting()).toBe(8), { timeout: 5_000 })
  } finally {
    await superuser.sql('COMMIT')
  }
  const links = new Set([...(await asked), await write()])
  expect(links.size).toBe(1)
  expect(await sessions()).toBe(before + 1)
  links.add(await link('sandbox.list_projects'))
  expect(links.size).toBe(2)
  expect(await sessions()).toBe(before + 2)
})

test.each([
  ['the tool', { tools: ['sandbox.create_task'] }],
  ['its connector', { tools: ['sandbox.*'] }],
  ['its effect', { effects: ['write'] }],
])('a policy against %s is final, named in the audit, and gone when it is deleted', async (_, rule) => {
  const input = { connected_account_id: await connected(), ...createTask }
  const tenant = await practice.tenant(org)
  const facts = policyInput.parse({ name: 'No', ...rule })
  const { id } = await forOrg(tenant, (tx) => createPolicyIn(tx, tenant, facts, { type: 'test', id: 'test' }))
  const { error, event } = await denied(input, 'policy_denied')
  expect(error.facts.policy_ids).toEqual([id])
  expect(event?.policy).toEqual({ engine: 'builtin', decision: 'deny', policy_ids: [id] })
  await denied({ ...input, dry_run: true }, 'policy_denied')
  expect(await executionRows()).toEqual([])
  await forOrg(tenant, (tx) => deletePolicyIn(tx, tenant, parseId('policy', id) ?? ''))
  expect((await practice.execute(input)).status).toBe('succeeded')
})

test('a policy of one org does not bind another', async () => {
  const account = await connected()
  const other = await practice.session({ org_id: `${org}-other`, user_id: 'u_1' })
  const tenant = await practice.tenant(other.org_id)
  const facts = policyInput.parse({ name: 'No', tools: ['sandbox.*'] })
  await forOrg(tenant, (tx) => createPolicyIn(tx, tenant, facts, { type: 'test', id: 'test' }))
  const run = await practice.execute({ connected_account_id: account, tool_name: listTasks })
  expect(run.status).toBe('succeeded')
})

test('a call whose completion cannot be written is closed as unknown by the sweep, with one audit event', async () => {
  const account = await connected()
  const tenant = await practice.tenant(org)
  await practice.faults({ latency_ms: 1_000, latency_for: 'api' })
  const call = refused(practice.execute({ connected_account_id: account, ...createTask }))
  // The intent is committed once the provider has been reached; only then is the right taken.
  await vi.waitFor(async () => expect(await requestsUpstream()).toBe(1), { timeout: 5_000 })
  const error = await without('INSERT ON audit_events', () => call)
  const [row] = await executionRows()
  expect(row?.status).toBe('running')
  const executionId = publicId('execution', row?.id ?? '')
  expect(error.code).toBe('unavailable')
  expect(error.facts).toMatchObject({ execution_id: executionId, outcome: 'unknown', retryable: false })
  expect((await practice.state()).api).toEqual({ 'POST /api/tasks': 1 })
  expect(await executed()).toEqual([])

  expect(await sweepExecutions(tenant)).toBe(0)
  await superuser.sql(`UPDATE executions SET created_at = now() - interval '121 seconds' WHERE id = $1`, [
    row?.id,
  ])
  const swept = await Promise.all([sweepExecutions(tenant), sweepExecutions(tenant)])
  expect(swept.sort()).toEqual([0, 1])
  expect(await executionRows()).toMatchObject([{ status: 'unknown', error_code: 'abandoned' }])
  expect(await executed()).toMatchObject([
    { outcome: 'unknown', error_code: 'abandoned', details: { execution_id: executionId, effect: 'write' } },
  ])
  expect(await sweepExecutions(tenant)).toBe(0)
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true })
})
