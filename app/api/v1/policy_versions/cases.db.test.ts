import { expect, test } from 'vitest'
import {
  all,
  ask,
  audit,
  draft,
  noWrites,
  org,
  practice,
  preparePolicyRoutes,
  publish,
  routes,
} from './testing.ts'

preparePolicyRoutes()

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

test('a draft with errors can be tried: it permits nothing, and says why', async () => {
  const call = { tool_name: 'sandbox.list_tasks' }
  await ask(routes.cases, 'POST', { body: { org_id: org, name: 'x', call, expected: { decision: 'deny' } } })
  const tried = async (source: string) => {
    const id = await draft(source)
    const dry = await ask(routes.dryRun, 'POST', { body: { org_id: org, call, version_id: id } })
    const tested = await ask(routes.test, 'POST', { id })
    const replayed = await ask(routes.replay, 'POST', { id, body: {} })
    return [dry.status, dry.body.decision, dry.body.problem, tested.body.cases[0], replayed.status]
  }
  for (const source of [
    'permit(',
    '// nothing yet',
    'permit(principal == ?principal, action, resource);',
    `permit(principal, action, resource) when { ${'('.repeat(2_000)}true${')'.repeat(2_000)} };`,
  ])
    expect(await tried(source)).toEqual([
      200,
      'deny',
      expect.any(String),
      // What could not be judged is never what a case expects.
      expect.objectContaining({ passed: false }),
      200,
    ])
})
