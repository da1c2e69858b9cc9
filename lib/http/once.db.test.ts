import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { createApiKeyIn } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { POST as createAgent } from '../../app/api/v1/agents/route.ts'
import { POST as createKey } from '../../app/api/v1/api_keys/route.ts'
import { POST as createCase } from '../../app/api/v1/policy_cases/route.ts'
import { type Practice, rootKey, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

// A POST that is no tool call, by its own handler, as Next and the thin front call it.

let practice: Practice
let superuser: Superuser
let tenant: Tenant
let org = ''
let orgs = 0

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  org = `org-${++orgs}`
  await practice.session({ org_id: org, user_id: 'u_1' })
  tenant = await practice.tenant(org)
})

const newKey = async (): Promise<string> =>
  (await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles: [] }))).secret

type Post = typeof createAgent
async function send(
  handler: Post,
  path: string,
  body: object | string,
  as: string,
  once: string | null = 'k',
) {
  const request = new Request(`http://localhost/api/v1/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${as}`,
      'content-type': 'application/json',
      ...(once !== null && { 'idempotency-key': once }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const response = await handler(request, { params: Promise.resolve({}) })
  const told = (await response.json()) as Record<string, unknown>
  return { status: response.status, body: told, replayed: response.headers.get('idempotency-replayed') }
}
const agent = (body: object | string, as: string, once?: string | null) =>
  send(createAgent, 'agents', body, as, once)
const agents = async () =>
  (await superuser.sql('SELECT 1 FROM agents WHERE org_id = $1', [tenant.orgId])).length

test('a request under its caller’s key is made once, and repeated it is told the same', async () => {
  const as = await newKey()
  const first = await agent({ name: 'Mira' }, as)
  expect(first).toMatchObject({ status: 201, replayed: null })
  expect(await agent('{ "name":\t"Mira" }', as)).toEqual({ ...first, replayed: 'true' })
  expect(await agents()).toBe(1)
  expect((await agent({ name: 'Mira' }, as, null)).body.id).not.toBe(first.body.id)
  expect(await agents()).toBe(2)
})

test('of many at once one is made, and none is told otherwise', async () => {
  const as = await newKey()
  const told = await Promise.all(Array.from({ length: 20 }, () => agent({ name: 'Mira' }, as)))
  expect(await agents()).toBe(1)
  const made = told.filter(({ status }) => status === 201)
  expect(made.length).toBeGreaterThan(0)
  expect(new Set(made.map(({ body }) => body.id)).size).toBe(1)
  for (const { status, body } of told)
    if (status !== 201) expect([status, body.code]).toEqual([409, 'idempotency_in_progress'])
})

test('another request under the key is refused, though it differs far inside only', async () => {
  const as = await newKey()
  const asking = (fields: unknown) => ({
    name: 'a case',
    call: { tool_name: 'sandbox.list_tasks', user: { id: 'u_1', groups: fields } },
    expected: { decision: 'allow' },
  })
  const post = (fields: unknown) => send(createCase, 'policy_cases', asking(fields), as)
  const first = await post(['a', 'b'])
  expect(first.status).toBe(201)
  for (const other of [['a'], ['b', 'a'], ['a', 'b', 'c'], ['a', 'B']])
    expect((await post(other)).body.code).toBe('idempotency_mismatch')
  expect(await post(['a', 'b'])).toEqual({ ...first, replayed: 'true' })
})

test('a key belongs to its caller, its organization and its route', async () => {
  const [one, other] = [await newKey(), await newKey()]
  const ids = [await agent({ name: 'Mira' }, one), await agent({ name: 'Mira' }, other)]
  await practice.session({ org_id: `${org}-b`, user_id: 'u_1' })
  for (const org_id of [org, `${org}-b`]) ids.push(await agent({ name: 'Mira', org_id }, rootKey))
  expect(ids.map(({ status, replayed }) => [status, replayed])).toEqual(ids.map(() => [201, null]))
  expect(new Set(ids.map(({ body }) => body.id)).size).toBe(4)
  expect((await send(createKey, 'api_keys', { name: 'x', roles: ['read'] }, one)).status).toBe(201)
})

test('what is told once is not kept and not told again', async () => {
  const as = await newKey()
  const first = await send(createKey, 'api_keys', { name: 'x', roles: ['read'] }, as)
  const { secret, ...rest } = first.body
  expect(secret).toMatch(/^bhf_sk_/)
  const again = await send(createKey, 'api_keys', { name: 'x', roles: ['read'] }, as)
  expect(again).toEqual({ status: 201, body: rest, replayed: 'true' })
})

test('a request that was refused leaves its key free, and a revoked caller is told nothing', async () => {
  const as = await newKey()
  expect((await agent({ name: '' }, as)).status).toBe(422)
  expect((await agent({ name: 'Mira', org_id: 'another' }, as)).status).toBe(404)
  expect((await agent({ name: 'Mira' }, as)).status).toBe(201)
  await superuser.sql('UPDATE api_keys SET revoked_at = now() WHERE org_id = $1', [tenant.orgId])
  expect((await agent({ name: 'Mira' }, as)).status).toBe(401)
})
