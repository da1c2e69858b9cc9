import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { deployment, forOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { createApiKeyIn } from '#lib/identity'
import { type Practice, rootKey, startPractice } from '../../../../scripts/testing/practice.ts'

let practice: Practice
let org = ''
let made = 0
type Route = typeof import('./route.ts')
let stops: Route
let lifts: typeof import('./[id]/lift/route.ts')
let limits: typeof import('../limits/route.ts')
let limitsOne: typeof import('../limits/[id]/route.ts')
let costs: typeof import('../limits/costs/route.ts')
let usage: typeof import('../usage/route.ts')

beforeAll(async () => {
  practice = await startPractice()
  stops = await import('./route.ts')
  lifts = await import('./[id]/lift/route.ts')
  limits = await import('../limits/route.ts')
  limitsOne = await import('../limits/[id]/route.ts')
  costs = await import('../limits/costs/route.ts')
  usage = await import('../usage/route.ts')
})
afterAll(() => practice.stop())
beforeEach(async () => {
  org = `org-${++made}`
  await practice.session({ org_id: org, user_id: 'u_1' })
})

type Handler = (request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response>

/** Asks a route as it is served. */
async function ask(handler: Handler | undefined, path: string, body?: object, secret = rootKey, id = '') {
  if (!handler) throw new Error('no such method')
  const method = body === undefined ? 'GET' : 'POST'
  const request = new Request(`http://localhost/api/v1${path}`, {
    method:
      handler === limitsOne.PATCH
        ? 'PATCH'
        : handler === limitsOne.DELETE
          ? 'DELETE'
          : handler === costs.PUT
            ? 'PUT'
            : method,
    headers: { authorization: `Bearer ${secret}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const response = await handler(request, { params: Promise.resolve({ id }) })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, never>) }
}

async function keyOf(of: string): Promise<string> {
  const tenant = await practice.tenant(of)
  const { secret } = await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles: [] }))
  return secret
}

test('places, lists and lifts a stop; each is audited and in the outbox', async () => {
  const body = {
    org_id: org,
    subject: { type: 'tool', id: 'sandbox.create_task' },
    reason: 'Too many tasks.',
  }
  const placed = await ask(stops.POST, '/stops', body)
  expect(placed.status).toBe(201)
  expect(placed.body).toMatchObject({
    id: expect.stringMatching(/^stp_/),
    org_id: org,
    subject: body.subject,
    reason: 'Too many tasks.',
    status: 'active',
    placed_by: { type: 'root_key' },
    until: null,
    in_flight: 0,
  })
  const { id } = placed.body
  const listed = await ask(stops.GET, `/stops?org_id=${org}&status=active`)
  expect(listed.body).toMatchObject({ data: [{ id }], has_more: false })
  const lifted = await ask(lifts.POST, `/stops/${id}/lift`, { reason: 'Found it.' }, rootKey, id)
  expect([lifted.status, lifted.body]).toMatchObject([200, { status: 'lifted', lift_reason: 'Found it.' }])
  expect((await ask(stops.GET, `/stops?org_id=${org}&status=active`)).body).toMatchObject({ data: [] })
  const again = await ask(lifts.POST, `/stops/${id}/lift`, {}, rootKey, id)
  expect([again.status, again.body.code]).toEqual([409, 'conflict'])

  const tenant = await practice.tenant(org)
  const details = { stop_id: id, subject: 'tool', subject_id: 'sandbox.create_task' }
  const audit = (await listAudit(tenant, {}, null, 10)).filter(({ action }) => action.startsWith('stop.'))
  expect(audit).toMatchObject([
    { action: 'stop.lifted', details: { ...details, reason: 'Found it.' } },
    { action: 'stop.placed', details: { ...details, reason: 'Too many tasks.', until: null } },
  ])
  const events = (await listEvents(tenant, {}, null, 10)).filter(({ type }) => type.startsWith('stop.'))
  expect(events).toMatchObject([
    { type: 'stop.lifted', data: details },
    { type: 'stop.placed', data: details },
  ])
})

test('a key of an org stops its own org, and nothing of another’s or of all', async () => {
  const secret = await keyOf(org)
  const stop = (body: object) => ask(stops.POST, '/stops', { reason: 'x', ...body }, secret)
  expect((await stop({ org_id: 'another', subject: { type: 'org' } })).status).toBe(404)
  expect((await stop({ subject: { type: 'all' } })).body).toMatchObject({ code: 'invalid_request' })
  const own = await stop({ subject: { type: 'org' } })
  expect(own.body).toMatchObject({ org_id: org, subject: { type: 'org', id: null } })
  const other = `${org}-b`
  await practice.session({ org_id: other, user_id: 'u_1' })
  const foreign = await ask(lifts.POST, '/stops/x/lift', {}, await keyOf(other), own.body.id)
  const never = await ask(lifts.POST, '/stops/x/lift', {}, await keyOf(other), `stp_${'0'.repeat(32)}`)
  expect([foreign.status, foreign.body.code, foreign.body.detail]).toEqual([
    404,
    'not_found',
    never.body.detail,
  ])
  expect((await ask(stops.GET, '/stops', undefined, await keyOf(other))).body).toMatchObject({ data: [] })
  expect((await ask(stops.GET, `/stops?org_id=${org}`, undefined, await keyOf(other))).status).toBe(404)
  expect((await ask(lifts.POST, '/stops/x/lift', {}, secret, own.body.id)).status).toBe(200)
})

test('an unrestricted key without an org stops in all of them, told in the deployment’s own chain', async () => {
  const placed = await ask(stops.POST, '/stops', {
    subject: { type: 'connector', id: 'github' },
    reason: 'GitHub is down.',
    until: new Date(Date.now() + 60_000).toISOString(),
  })
  expect(placed.body).toMatchObject({ org_id: null, subject: { type: 'connector', id: 'github' } })
  const [event] = await listAudit(deployment, { action: 'stop.placed' }, null, 1)
  expect(event?.details).toMatchObject({ stop_id: placed.body.id })
  expect((await ask(stops.GET, '/stops')).body).toMatchObject({ data: [{ id: placed.body.id }] })
  expect((await ask(stops.POST, '/stops', { subject: { type: 'org' }, reason: 'x' })).body.code).toBe(
    'invalid_request',
  )
  expect((await ask(lifts.POST, '/stops/x/lift', {}, await keyOf(org), placed.body.id)).status).toBe(404)
  expect((await ask(lifts.POST, '/stops/x/lift', {}, rootKey, placed.body.id)).status).toBe(200)
})

test('limits are made, listed, read, changed and removed; another org finds none of them; every change is audited', async () => {
  const created = await ask(limits.POST, '/limits', {
    org_id: org,
    name: 'writes',
    kind: 'rate',
    most: 10,
    window_seconds: 60,
    per: ['agent', 'agent'],
    tool_name: 'sandbox.create_task',
    user_id: 'u_1',
  })
  expect(created.status).toBe(201)
  expect(created.body).toMatchObject({
    id: expect.stringMatching(/^lim_/),
    org_id: org,
    most: 10,
    window_seconds: 60,
    per: ['agent'],
    user_id: 'u_1',
    agent_id: null,
  })
  const { id } = created.body
  const one = (handler: Handler | undefined, body?: object, secret = rootKey) =>
    ask(handler, `/limits/${id}`, body, secret, id)
  expect((await one(limitsOne.GET)).body).toEqual(created.body)
  expect((await ask(limits.GET, `/limits?org_id=${org}`)).body).toMatchObject({
    data: [{ id }],
    has_more: false,
  })
  expect((await one(limitsOne.PATCH, { most: 20 })).body).toMatchObject({ most: 20, name: 'writes' })
  expect((await one(limitsOne.PATCH, { kind: 'concurrency' })).status).toBe(422)
  const other = `${org}-b`
  await practice.session({ org_id: other, user_id: 'u_1' })
  const foreign = await keyOf(other)
  for (const handler of [limitsOne.GET, limitsOne.DELETE])
    expect((await one(handler, undefined, foreign)).status).toBe(404)
  expect((await one(limitsOne.PATCH, { most: 1 }, foreign)).status).toBe(404)
  expect((await one(limitsOne.PATCH, { most: 1 }, await keyOf(org))).body.code).toBe('forbidden')
  expect((await one(limitsOne.DELETE)).status).toBe(204)
  expect((await one(limitsOne.GET)).status).toBe(404)
  const tenant = await practice.tenant(org)
  const audit = (await listAudit(tenant, {}, null, 10)).filter(({ action }) => action.startsWith('limit.'))
  expect(audit.map(({ action, changed_fields }) => [action, ...changed_fields])).toEqual([
    ['limit.deleted'],
    ['limit.changed', 'most'],
    ['limit.created'],
  ])
})

test.each([
  ['a rate without a window', { kind: 'rate', most: 1 }],
  ['a window that belongs to no rate', { kind: 'concurrency', most: 1, window_seconds: 5 }],
  ['a kind that there is not', { kind: 'weekly', most: 1 }],
  ['none at all', { kind: 'daily_calls', most: 0 }],
  ['an unknown field', { kind: 'daily_calls', most: 1, tenant_id: 'x' }],
])('a limit of %s is refused', async (_, body) => {
  const { status } = await ask(limits.POST, '/limits', { org_id: org, name: 'x', ...body })
  expect(status).toBe(422)
})

test('costs are put in place whole, and usage tells of today', async () => {
  const set = (body: object) => ask(costs.PUT, '/limits/costs', { org_id: org, costs: body })
  expect((await set({ 'sandbox.create_task': 5, 'sandbox.list_tasks': 0 })).body).toMatchObject({
    costs: { 'sandbox.create_task': 5, 'sandbox.list_tasks': 0 },
  })
  expect((await set({ 'sandbox.create_task': 7 })).body).toEqual({
    org_id: org,
    costs: { 'sandbox.create_task': 7 },
  })
  expect((await set({ 'sandbox.creat_task': 7 })).status).toBe(422)
  expect((await ask(costs.GET, `/limits/costs?org_id=${org}`)).body).toEqual({
    org_id: org,
    costs: { 'sandbox.create_task': 7 },
  })
  const [event] = await listAudit(await practice.tenant(org), { action: 'tool_costs.changed' }, null, 1)
  expect(event?.changed_fields).toEqual(['sandbox.create_task', 'sandbox.list_tasks'])
  const told = await ask(usage.GET, `/usage?org_id=${org}`)
  expect(told.body).toMatchObject({ org_id: org, calls: 0, cost_units: 0, by: [], budgets: [] })
  expect((await ask(usage.GET, '/usage')).status).toBe(422)
})
