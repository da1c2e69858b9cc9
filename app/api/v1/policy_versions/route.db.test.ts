import { expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { createApiKeyIn } from '#lib/identity'
import {
  all,
  ask,
  audit,
  connected,
  draft,
  type Handlers,
  inForce,
  noWrites,
  org,
  outcome,
  practice,
  preparePolicyRoutes,
  publish,
  routes,
  write,
} from './testing.ts'

preparePolicyRoutes()

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
