import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { createApiKeyIn } from '#lib/identity'
import { runCommand } from '../../../../scripts/commands/index.ts'
import { type Practice, rootKey, startPractice } from '../../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../../scripts/testing/superuser.ts'

let practice: Practice
let superuser: Superuser
let org = ''
let made = 0
let routes: Awaited<ReturnType<typeof load>>

const load = async () => ({
  versions: await import('./route.ts'),
  version: await import('./[id]/route.ts'),
  publish: await import('./[id]/publish/route.ts'),
  rollback: await import('./[id]/rollback/route.ts'),
  withdraw: await import('./[id]/withdraw/route.ts'),
  test: await import('./[id]/test/route.ts'),
  replay: await import('./[id]/replay/route.ts'),
  validate: await import('./validate/route.ts'),
  schema: await import('../policy_schema/route.ts'),
  dryRun: await import('../policies/dry_run/route.ts'),
  rules: await import('../policies/route.ts'),
  cases: await import('../policy_cases/route.ts'),
  case: await import('../policy_cases/[id]/route.ts'),
  org: await import('../orgs/[id]/route.ts'),
})

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  routes = await load()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  org = `org-${++made}`
  await practice.session({ org_id: org, user_id: 'u_1' })
  await practice.reset()
})

type Handlers = Partial<
  Record<
    string,
    (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>
  >
>
type Asked = { body?: object; id?: string; query?: string; secret?: string }

/** Asks a route as it is served. */
async function ask(
  handlers: Handlers,
  method: string,
  { body, id, query = '', secret = rootKey }: Asked = {},
) {
  const handler = handlers[method]
  if (!handler) throw new Error(`no ${method}`)
  const request = new Request(`http://localhost/api/v1/x${query}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const response = await handler(request, { params: Promise.resolve(id === undefined ? {} : { id }) })
  const text = await response.text()
  return { status: response.status, text, body: text === '' ? null : JSON.parse(text) }
}

const all = 'permit(principal, action, resource);'
const noWrites = `${all}\n@id("no-writes") forbid(principal, action in Action::"effect:write", resource);`

async function draft(source: string, engine = 'cedar'): Promise<string> {
  const { status, body } = await ask(routes.versions, 'POST', { body: { org_id: org, source, engine } })
  expect(status).toBe(201)
  return body.id
}
const publish = (id: string, body: object = {}) => ask(routes.publish, 'POST', { id, body })
async function inForce(source: string): Promise<string> {
  const id = await draft(source)
  expect((await publish(id)).status).toBe(200)
  return id
}

const audit = async (prefix: string) =>
  (await listAudit(await practice.tenant(org), {}, null, 100))
    .filter(({ action }) => action.startsWith(prefix))
    .reverse()

const write = (account: string, title = 'Water') => ({
  connected_account_id: account,
  tool_name: 'sandbox.create_task',
  params: { title },
})
const connected = async (): Promise<string> => {
  const { connected_account_id } = await practice.connectAccount({ org, user: 'u_1' })
  await practice.reset()
  return connected_account_id ?? ''
}
const outcome = (input: Record<string, unknown>): Promise<unknown> =>
  practice.execute(input).then(
    (done) => done.status,
    (error: unknown) => (error instanceof AppError ? [error.code, error.facts.policy_ids] : error),
  )

test('a version decides calls from the moment it is published, until another does or it is withdrawn', async () => {
  const account = await connected()
  const first = await draft(noWrites)
  expect(await outcome(write(account))).toBe('succeeded')
  expect((await publish(first)).body).toMatchObject({ status: 'in_force', number: 1 })
  expect(await outcome(write(account))).toEqual(['policy_denied', ['v1:no-writes']])
  expect(await outcome({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })).toBe('succeeded')
  const second = await inForce(all)
  expect(await outcome(write(account))).toBe('succeeded')
  expect((await ask(routes.version, 'GET', { id: first })).body).toMatchObject({ status: 'superseded' })
  expect((await ask(routes.rollback, 'POST', { id: first, body: {} })).body.status).toBe('in_force')
  expect(await outcome(write(account))).toEqual(['policy_denied', ['v1:no-writes']])
  expect((await ask(routes.withdraw, 'POST', { id: first })).body.status).toBe('superseded')
  expect(await outcome(write(account))).toBe('succeeded')

  const told = await audit('policy.')
  expect(told.map(({ action, details }) => [action, details.version, details.previous])).toEqual([
    ['policy.drafted', '1', undefined],
    ['policy.published', '1', 'none'],
    ['policy.drafted', '2', undefined],
    ['policy.published', '2', '1'],
    ['policy.rolled_back', '1', '2'],
    ['policy.withdrawn', '1', '1'],
  ])
  const decided = (await audit('tool.executed')).map(({ policy }) => policy)
  expect(decided[1]).toEqual({ engine: 'cedar', decision: 'deny', policy_ids: ['v1:no-writes'] })
  expect(decided[3]).toEqual({ engine: 'cedar', decision: 'allow', policy_ids: ['v2:policy0'] })
  expect((await ask(routes.versions, 'GET', { query: `?org_id=${org}` })).body.data).toMatchObject([
    { id: second, status: 'superseded' },
    { id: first, status: 'superseded' },
  ])
})

test('a draft may be changed and discarded; what was published may not, not by the application itself', async () => {
  const id = await draft('permit(')
  const changed = await ask(routes.version, 'PATCH', { id, body: { source: noWrites, note: 'First' } })
  expect(changed.body).toMatchObject({ note: 'First', problems: [], source: noWrites })
  expect((await audit('policy.draft_changed'))[0]?.changed_fields).toEqual(['source', 'note'])
  await publish(id)
  for (const [method, body] of [
    ['PATCH', { note: 'Second' }],
    ['DELETE', undefined],
  ] as const)
    expect((await ask(routes.version, method, { id, ...(body && { body }) })).body.code).toBe('conflict')
  const tenant = await practice.tenant(org)
  await expect(
    forOrg(tenant, (tx) => tx.$executeRaw`UPDATE policy_versions SET source = ${all}`),
  ).rejects.toThrow()
  const other = await draft(all)
  expect((await ask(routes.version, 'DELETE', { id: other })).status).toBe(204)
  expect((await publish(other)).body.code).toBe('conflict')
})

test('what has errors is not published, whoever insists; each error names its line and what to do', async () => {
  const id = await draft(`${all}\npermit(principal, action == Action::"sandbox.nothing", resource);`)
  const { status, body } = await publish(id, { force: true, reason: 'Now' })
  expect([status, body.code]).toEqual([422, 'invalid_request'])
  expect(body.errors[0]).toMatchObject({ path: expect.stringMatching(/^source:2:\d+$/) })
  const checked = await ask(routes.validate, 'POST', { body: { source: 'permit(' } })
  expect(checked.body).toMatchObject({ ok: false, problems: [{ severity: 'error', line: 1 }] })
})

test('a version that gets a case wrong is published only by who insists and says why', async () => {
  const call = { tool_name: 'sandbox.create_task', params: { title: 'x' } }
  const kept = await ask(routes.cases, 'POST', {
    body: {
      org_id: org,
      name: 'Nobody writes',
      call,
      expected: { decision: 'deny', policy_ids: ['no-writes'] },
    },
  })
  expect(kept.status).toBe(201)
  const wrong = await draft(all)
  const { status, body } = await publish(wrong)
  expect([status, body.errors]).toEqual([
    422,
    [{ path: kept.body.id, message: '"Nobody writes" expects deny, and it is allow by v1:policy0' }],
  ])
  expect((await ask(routes.test, 'POST', { id: wrong })).body).toMatchObject({ passed: false })
  const right = await draft(noWrites)
  expect((await ask(routes.test, 'POST', { id: right })).body).toMatchObject({ passed: true })
  expect((await publish(right)).status).toBe(200)
  expect((await publish(wrong, { force: true })).status).toBe(422)
  expect((await publish(wrong, { force: true, reason: 'An incident' })).status).toBe(200)
  expect((await audit('policy.published')).at(-1)?.details).toMatchObject({
    cases_failing: '1',
    reason: 'An incident',
  })
  const change = { expected: { decision: 'allow' } }
  expect((await ask(routes.case, 'PATCH', { id: kept.body.id, body: change })).body).toMatchObject(change)
  expect((await ask(routes.case, 'DELETE', { id: kept.body.id })).status).toBe(204)
  expect((await ask(routes.case, 'GET', { id: kept.body.id })).status).toBe(404)
  expect((await audit('policy.case')).map(({ action }) => action)).toEqual([
    'policy.case_created',
    'policy.case_changed',
    'policy.case_deleted',
  ])
})

test('a case that no tool would take is refused where it is written', async () => {
  const put = (call: object) =>
    ask(routes.cases, 'POST', { body: { org_id: org, name: 'x', call, expected: { decision: 'deny' } } })
  expect((await put({ tool_name: 'sandbox.nothing' })).body.param).toBe('call.tool_name')
  expect((await put({ tool_name: 'sandbox.create_task', params: { title: 3 } })).body.param).toBe(
    'call.params.title',
  )
  expect((await put({ tool_name: 'sandbox.list_tasks', timezone: 'Mars/Olympus' })).body.param).toBe(
    'call.timezone',
  )
})

test('decides one made-up call by a version or by what is in force, rules of the simple kind included', async () => {
  const call = { tool_name: 'sandbox.create_task', params: { title: 'x' }, agent: null }
  const dry = async (more: object = {}) =>
    (await ask(routes.dryRun, 'POST', { body: { org_id: org, call, ...more } })).body
  expect(await dry()).toMatchObject({ engine: 'builtin', decision: 'allow', version_id: null })
  const id = await draft(`@decision("ask") @quorum("2") @mask("email") ${all}`)
  expect(await dry({ version_id: id })).toMatchObject({
    decision: 'ask',
    approval: { quorum: 2, expires_in_seconds: null },
    masks: ['email'],
    facts: { tool: 'sandbox.create_task', effect: 'write', caller: { type: 'api_key' }, agent: null },
  })
  expect(await dry()).toMatchObject({ decision: 'allow' })
  const rule = await ask(routes.rules, 'POST', { body: { org_id: org, name: 'No', effects: ['write'] } })
  expect(await dry({ version_id: id })).toMatchObject({ decision: 'deny', policy_ids: [rule.body.id] })
  expect((await practice.state()).api).toEqual({})
})

test("an org's clocks are where it says that it is", async () => {
  const set = (timezone: unknown) => ask(routes.org, 'PATCH', { id: org, body: { timezone } })
  const hour = async () => {
    const call = { tool_name: 'sandbox.list_tasks', time: '2026-07-01T12:00:00Z' }
    return (await ask(routes.dryRun, 'POST', { body: { org_id: org, call } })).body.facts.local.hour
  }
  expect(await hour()).toBe(12)
  expect((await set('Asia/Kolkata')).body.timezone).toBe('Asia/Kolkata')
  expect(await hour()).toBe(17)
  for (const wrong of ['Mars/Olympus', '+02:00', '']) expect((await set(wrong)).status).toBe(422)
  expect((await set(null)).body.timezone).toBeNull()
  expect(await hour()).toBe(12)
})

test("another org's versions and cases are absent, and so is everything for a key that may only read", async () => {
  const id = await draft(all)
  const other = `${org}-other`
  await practice.session({ org_id: other, user_id: 'u_1' })
  const secretOf = async (of: string, roles: ('read' | 'manage')[]) => {
    const tenant = await practice.tenant(of)
    return (await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'x', roles }))).secret
  }
  const foreign = await secretOf(other, [])
  for (const [route, method] of [
    [routes.version, 'GET'],
    [routes.publish, 'POST'],
    [routes.test, 'POST'],
    [routes.replay, 'POST'],
  ] as const) {
    const body = method === 'POST' && route !== routes.test ? { body: {} } : {}
    expect((await ask(route as Handlers, method, { id, secret: foreign, ...body })).status).toBe(404)
  }
  const reader = await secretOf(org, ['read'])
  expect((await ask(routes.publish, 'POST', { id, secret: reader, body: {} })).status).toBe(403)
  expect((await ask(routes.version, 'GET', { id, secret: reader })).status).toBe(200)
  const { body } = await ask(routes.schema, 'GET', { secret: reader })
  expect(body.schema).toContain('action "sandbox.create_task"')
})

test('the flips of a replay are exactly those of the oracle, page by page and byte for byte', async () => {
  const account = await connected()
  // What was: writes with a word in the title are refused, everything else is allowed.
  await inForce(`${all}
    forbid(principal, action == Action::"sandbox.create_task", resource)
    when { context.params.title like "*secret*" };`)
  const titles = ['Water', 'secret plan', 'Buy milk', 'a secret', 'Water again']
  for (const title of titles) await outcome(write(account, title))
  await outcome({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })
  // What is tried: titles with "Water" are refused, "Buy" is asked about.
  const id = await draft(`${all}
    @id("buy") @decision("ask") permit(principal, action == Action::"sandbox.create_task", resource)
    when { context.params.title like "Buy*" };
    @id("water") forbid(principal, action == Action::"sandbox.create_task", resource)
    when { context.params.title like "*Water*" };`)
  const oracle = (title: string) => {
    const then = title.includes('secret') ? 'deny' : 'allow'
    const now = title.includes('Water') ? 'deny' : title.startsWith('Buy') ? 'ask' : 'allow'
    return then === now ? [] : [[then, now]]
  }
  const replay = (body: object = {}) => ask(routes.replay, 'POST', { id, body })
  const whole = await replay()
  expect(whole.body).toMatchObject({ judged: 6, without_facts: 0, has_more: false })
  type Flip = { recorded: { decision: string }; draft: { decision: string } }
  expect(whole.body.data.map((flip: Flip) => [flip.recorded.decision, flip.draft.decision])).toEqual(
    titles.flatMap(oracle),
  )
  expect((await replay()).text).toBe(whole.text)

  const pages: unknown[] = []
  let cursor: string | undefined
  do {
    const { body } = await replay({ limit: 2, ...(cursor && { cursor }) })
    pages.push(...body.data)
    cursor = body.next_cursor ?? undefined
  } while (cursor)
  expect(pages).toEqual(whole.body.data)
  const command = async (...more: string[]) => {
    const out: string[] = []
    const words = ['policy', 'replay', org, ...more]
    const code = await runCommand(words, { env: process.env, print: (line) => out.push(line) }, (line) =>
      out.push(line),
    )
    return { code, out }
  }
  const sum = { judged: 6, flips: whole.body.data.length, without_facts: 0 }
  const lines = [...whole.body.data, sum].map((line) => JSON.stringify(line))
  expect(await command('--version', '2')).toEqual({ code: 0, out: lines })

  const past = { since: '2020-01-01T00:00:00Z', until: '2020-02-01T00:00:00Z' }
  expect((await replay(past)).body).toMatchObject({ data: [], judged: 0 })
  expect(await audit('policy.replayed')).not.toEqual([])

  await superuser.sql('UPDATE executions SET sealed_facts = NULL')
  expect((await replay()).body).toMatchObject({ judged: 2, without_facts: 4 })
})

test('how often something was called is counted where a policy asks, and holds the next call', async () => {
  const account = await connected()
  await inForce(`${all} @id("often") forbid(principal, action == Action::"sandbox.create_task", resource)
    when { context.usage.last_hour >= 2 };`)
  const outcomes = [
    await outcome(write(account)),
    await outcome(write(account)),
    await outcome(write(account)),
  ]
  expect(outcomes).toEqual(['succeeded', 'succeeded', ['policy_denied', ['v1:often']]])
})
