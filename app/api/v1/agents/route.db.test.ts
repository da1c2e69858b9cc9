import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { checkAgentSecret, createApiKeyIn, upsertClientAgentIn } from '#lib/identity'
import { type Practice, rootKey, startPractice } from '../../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../../scripts/testing/superuser.ts'

type Params = Record<string, string>
type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>
type Routes = Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', Handler>>

let practice: Practice
let superuser: Superuser
let org = ''
let made = 0
let served: Record<string, Routes>

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  served = {
    '/agents': await import('./route.ts'),
    '/agents/{id}': await import('./[id]/route.ts'),
    '/agents/{id}/disable': await import('./[id]/disable/route.ts'),
    '/agents/{id}/enable': await import('./[id]/enable/route.ts'),
    '/agents/{id}/orgs/{org_id}': await import('./[id]/orgs/[org_id]/route.ts'),
    '/agents/{id}/credentials': await import('./[id]/credentials/route.ts'),
    '/agents/{id}/credentials/{credential_id}': await import('./[id]/credentials/[credential_id]/route.ts'),
    '/agents/{id}/credentials/{credential_id}/rotate': await import(
      './[id]/credentials/[credential_id]/rotate/route.ts'
    ),
    '/toolsets': await import('../toolsets/route.ts'),
    '/toolsets/{id}': await import('../toolsets/[id]/route.ts'),
  } as never
})
afterAll(() => practice.stop())
beforeEach(async () => {
  org = `org-${++made}`
  await practice.session({ org_id: org, user_id: 'u_1' })
})

type Asked = { body?: object; params?: Params; query?: string; secret?: string; once?: string }

/** Asks a route as it is served. */
async function ask(method: keyof Routes, path: string, asked: Asked = {}) {
  const { body, params = {}, query = '', secret = rootKey, once } = asked
  const handler = served[path]?.[method]
  if (!handler) throw new Error('no such route')
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
  const request = new Request(`http://localhost/api/v1${address}${query}`, {
    method,
    headers: {
      authorization: `Bearer ${secret}`,
      ...(body && { 'content-type': 'application/json' }),
      ...(once && { 'idempotency-key': once }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const response = await handler(request, { params: Promise.resolve(params as never) })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, never> }
}

async function keyOf(of: string, roles: readonly string[] = []): Promise<string> {
  const tenant = await practice.tenant(of)
  const { secret } = await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles }))
  return secret
}

const newAgent = async (more: object = {}) => {
  const created = await ask('POST', '/agents', { body: { org_id: org, name: 'Mira', ...more } })
  expect(created.status, JSON.stringify(created.body)).toBe(201)
  return created.body as Record<string, never> & { id: string }
}
const newSecret = async (id: string, asked: Asked = {}) =>
  ask('POST', '/agents/{id}/credentials', { params: { id }, body: { kind: 'client_secret' }, ...asked })

const actions = async (prefix: string) =>
  (await listAudit(await practice.tenant(org), {}, null, 50))
    .filter(({ action }) => action.startsWith(prefix))
    .map(({ action }) => action)
    .reverse()
const events = async (prefix: string) =>
  (await listEvents(await practice.tenant(org), {}, null, 50))
    .filter(({ type }) => type.startsWith(prefix))
    .reverse()

test('an agent says who answers for it, what for, and what it may reach; each change is audited and an event', async () => {
  const created = await newAgent({
    owner: 'maria@acme.test',
    purpose: 'Sorts the inbox',
    team: 'support',
    environment: 'production',
    connectors: ['sandbox'],
    tools: ['sandbox.list_tasks'],
    redirect_uris: ['https://app.acme.test/cb'],
    tool_discovery: 'search',
  })
  expect(created).toMatchObject({
    org_id: org,
    kind: 'registered',
    client_id: created.id,
    owner: 'maria@acme.test',
    owner_member_id: null,
    connectors: ['sandbox'],
    tools: ['sandbox.list_tasks'],
    tool_discovery: 'search',
    status: 'active',
    last_seen_at: null,
  })
  const params = { id: created.id }
  const changed = await ask('PATCH', '/agents/{id}', {
    params,
    body: { purpose: null, connectors: null, tools: null },
  })
  expect(changed).toMatchObject({
    status: 200,
    body: { purpose: null, connectors: null, tools: null, team: 'support', name: 'Mira' },
  })
  expect((await ask('GET', '/agents/{id}', { params })).body).toEqual(changed.body)
  expect(await actions('agent.')).toEqual(['agent.created', 'agent.changed'])
  expect((await events('agent.')).map(({ type, data }) => [type, data])).toMatchObject([
    ['agent.created', { agent_id: created.id, name: 'Mira', by: { type: 'root_key' } }],
    ['agent.changed', { agent_id: created.id, fields: ['connectors', 'purpose', 'tools'] }],
  ])
})

test('names the member who is its owner, and nobody of another organization', async () => {
  const tenant = await practice.tenant(org)
  await superuser.sql(
    `INSERT INTO members (org_id, id, email, role) VALUES ($1, gen_random_uuid(), 'Maria@acme.test', 'security_admin')`,
    [tenant.orgId],
  )
  expect((await newAgent({ owner: 'maria@ACME.test' })).owner_member_id).toMatch(/^mem_/)
  org = 'another'
  await practice.session({ org_id: org, user_id: 'u_1' })
  expect((await newAgent({ owner: 'maria@acme.test' })).owner_member_id).toBeNull()
})

test.for([
  ['a tool that there is not', { tools: ['sandbox.nothing'] }],
  ['a connector that there is not', { connectors: ['nothing'] }],
  ['a tool of a connector that is left out', { connectors: ['github'], tools: ['sandbox.list_tasks'] }],
  ['an address in clear', { redirect_uris: ['http://app.acme.test/cb'] }],
  ['its own kind', { kind: 'client' }],
  ['its own client_id', { client_id: 'x' }],
  ['no name', { name: '' }],
] as const)('an agent does not take %s', async ([, more]) => {
  const answer = await ask('POST', '/agents', { body: { org_id: org, name: 'Mira', ...more } })
  expect(answer.status).toBe(422)
})

test('is disabled and enabled at once; what is so already is not said again', async () => {
  const { id } = await newAgent()
  const params = { id }
  const { body } = await newSecret(id)
  const secret = String(body.secret)
  expect(await checkAgentSecret(id, secret)).toBe(true)
  for (let twice = 0; twice < 2; twice++)
    expect(await ask('POST', '/agents/{id}/disable', { params })).toMatchObject({
      status: 200,
      body: { status: 'disabled' },
    })
  expect((await ask('DELETE', '/agents/{id}', { params })).status).toBe(204)
  expect(await checkAgentSecret(id, secret)).toBe(false)
  expect(await ask('POST', '/agents/{id}/enable', { params })).toMatchObject({
    status: 200,
    body: { status: 'active', disabled_at: null },
  })
  expect(await checkAgentSecret(id, secret)).toBe(true)
  expect(await actions('agent.')).toEqual(['agent.created', 'agent.disabled', 'agent.enabled'])
  expect(await events('agent.disabled')).toMatchObject([
    { data: { agent_id: id, by: { type: 'root_key', id: 'root' } } },
  ])
})

test('tells a secret once: not when it is read, and not when the request is made again under its key', async () => {
  const { id } = await newAgent()
  const once = { once: 'the-same' }
  const first = await newSecret(id, once)
  expect(first).toMatchObject({
    status: 201,
    body: { secret: expect.stringMatching(/^bhf_as_/), kind: 'client_secret' },
  })
  const secret = String(first.body.secret)
  const again = await newSecret(id, once)
  expect(again.body.id).toBe(first.body.id)
  expect(again.body).not.toHaveProperty('secret')
  const params = { id, credential_id: String(first.body.id) }
  const rotated = await ask('POST', '/agents/{id}/credentials/{credential_id}/rotate', {
    params,
    body: { overlap_seconds: 60 },
    ...once,
  })
  expect(rotated.status).toBe(201)
  const rotatedAgain = await ask('POST', '/agents/{id}/credentials/{credential_id}/rotate', {
    params,
    body: { overlap_seconds: 60 },
    ...once,
  })
  expect(rotatedAgain.body.id).toBe(rotated.body.id)
  const answers = [
    await ask('GET', '/agents/{id}/credentials/{credential_id}', { params }),
    await ask('GET', '/agents/{id}/credentials', { params }),
    again,
    rotatedAgain,
  ]
  const kept = JSON.stringify([
    answers,
    await listAudit(await practice.tenant(org), {}, null, 50),
    await events(''),
    await superuser.sql('SELECT * FROM agent_credentials'),
  ])
  for (const told of [secret, String(rotated.body.secret)]) {
    expect(told).toMatch(/^bhf_as_/)
    expect(kept).not.toContain(told)
    expect(await checkAgentSecret(id, told)).toBe(true)
  }
  expect(await actions('agent_credential.')).toEqual(['agent_credential.created', 'agent_credential.rotated'])
})

test('revokes a credential; a second time changes nothing', async () => {
  const { id } = await newAgent()
  const { body } = await newSecret(id)
  const params = { id, credential_id: String(body.id) }
  for (let twice = 0; twice < 2; twice++)
    expect((await ask('DELETE', '/agents/{id}/credentials/{credential_id}', { params })).status).toBe(204)
  expect((await ask('GET', '/agents/{id}/credentials/{credential_id}', { params })).body).toMatchObject({
    status: 'revoked',
  })
  expect(await actions('agent_credential.')).toEqual(['agent_credential.created', 'agent_credential.revoked'])
  expect((await events('agent_credential.')).map(({ type }) => type)).toEqual([
    'agent_credential.created',
    'agent_credential.revoked',
  ])
})

test("shows another organization's agent, credential and toolset as absent", async () => {
  const { id } = await newAgent()
  const credential = await newSecret(id)
  const toolset = await ask('POST', '/toolsets', {
    body: { org_id: org, name: 'Reading', connectors: ['sandbox'] },
  })
  expect(toolset.status).toBe(201)
  await practice.session({ org_id: 'globex', user_id: 'u_1' })
  const secret = await keyOf('globex')
  const params = { id, credential_id: String(credential.body.id) }
  const of = { params, secret }
  for (const answer of [
    await ask('GET', '/agents/{id}', of),
    await ask('PATCH', '/agents/{id}', { ...of, body: { name: 'Mine' } }),
    await ask('DELETE', '/agents/{id}', of),
    await ask('POST', '/agents/{id}/disable', of),
    await ask('POST', '/agents/{id}/enable', of),
    await ask('GET', '/agents/{id}/credentials', of),
    await ask('POST', '/agents/{id}/credentials', { ...of, body: { kind: 'client_secret' } }),
    await ask('GET', '/agents/{id}/credentials/{credential_id}', of),
    await ask('DELETE', '/agents/{id}/credentials/{credential_id}', of),
    await ask('POST', '/agents/{id}/credentials/{credential_id}/rotate', { ...of, body: {} }),
    await ask('GET', '/toolsets/{id}', { params: { id: String(toolset.body.id) }, secret }),
    await ask('PATCH', '/toolsets/{id}', {
      params: { id: String(toolset.body.id) },
      secret,
      body: { name: 'x' },
    }),
    await ask('DELETE', '/toolsets/{id}', { params: { id: String(toolset.body.id) }, secret }),
  ])
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
  expect((await ask('GET', '/agents', { secret })).body.data).toEqual([])
  // A credential under another agent of the same organization is none of its.
  const other = await newAgent()
  const crossed = { id: other.id, credential_id: params.credential_id }
  expect((await ask('DELETE', '/agents/{id}/credentials/{credential_id}', { params: crossed })).status).toBe(
    404,
  )
  expect(
    (await ask('POST', '/agents/{id}/credentials/{credential_id}/rotate', { params: crossed, body: {} }))
      .status,
  ).toBe(404)
  expect(await checkAgentSecret(id, String(credential.body.secret))).toBe(true)
})

test('a key that may not execute makes no credential that may', async () => {
  const { id } = await newAgent()
  const credential = await newSecret(id)
  const params = { id, credential_id: String(credential.body.id) }
  const manager = await keyOf(org, ['manage', 'read'])
  expect((await newSecret(id, { secret: manager })).status).toBe(403)
  expect(
    (
      await ask('POST', '/agents/{id}/credentials/{credential_id}/rotate', {
        params,
        body: {},
        secret: manager,
      })
    ).status,
  ).toBe(403)
  expect((await newSecret(id, { secret: await keyOf(org, ['manage', 'execute']) })).status).toBe(201)
  expect((await newSecret(id, { secret: await keyOf(org, ['read']) })).status).toBe(403)
})

test('an agent of the deployment works in an organization that it is let into, by who answers for the deployment', async () => {
  const { body: agent } = await ask('POST', '/agents', { body: { name: 'Everywhere' } })
  expect(agent.org_id).toBeNull()
  const params = { id: String(agent.id), org_id: org }
  const path = '/agents/{id}/orgs/{org_id}'
  expect((await ask('GET', path, { params })).status).toBe(404)
  expect((await ask('PUT', path, { params, secret: await keyOf(org) })).status).toBe(403)
  const admitted = await ask('PUT', path, { params })
  expect(admitted).toMatchObject({ status: 200, body: { agent_id: agent.id, org_id: org } })
  expect((await ask('PUT', path, { params })).body).toEqual(admitted.body)
  expect((await ask('GET', path, { params })).body).toEqual(admitted.body)
  expect((await ask('DELETE', path, { params })).status).toBe(204)
  expect((await ask('DELETE', path, { params })).status).toBe(404)
  // An organization's own agent is let in nowhere else.
  const own = await newAgent()
  expect((await ask('PUT', path, { params: { ...params, id: own.id } })).status).toBe(404)
})

test('a client that registered itself is changed and disabled as any other, but for its addresses', async () => {
  const tenant = await practice.tenant(org)
  const { agentId } = await forOrg(tenant, (tx) =>
    upsertClientAgentIn(tx, tenant, { clientId: 'https://client.test/meta', name: 'Claude' }),
  )
  const params = { id: `ag_${agentId.replaceAll('-', '')}` }
  expect(
    await ask('PATCH', '/agents/{id}', { params, body: { tools: ['sandbox.list_tasks'] } }),
  ).toMatchObject({
    status: 200,
    body: { kind: 'client', client_id: 'https://client.test/meta', tools: ['sandbox.list_tasks'] },
  })
  const moved = { redirect_uris: ['https://evil.test/cb'] }
  expect((await ask('PATCH', '/agents/{id}', { params, body: moved })).status).toBe(409)
  expect((await newSecret(params.id)).status).toBe(409)
})

test('a toolset names a part of the tools, for one agent or for all, at an endpoint of its own', async () => {
  const agent = await newAgent()
  const body = {
    org_id: org,
    name: 'Reading',
    description: 'Only looks',
    agent_id: agent.id,
    tools: ['sandbox.list_tasks'],
  }
  const { status, body: created } = await ask('POST', '/toolsets', { body })
  expect(status).toBe(201)
  const id = String(created.id)
  expect(created).toMatchObject({ ...body, connectors: null, tool_discovery: 'list' })
  expect(created.url).toMatch(new RegExp(`^https?://[^/]+/mcp/toolsets/${id}$`))
  expect((await ask('POST', '/toolsets', { body })).status).toBe(409)
  const changed = await ask('PATCH', '/toolsets/{id}', {
    params: { id },
    body: { agent_id: null, tool_discovery: 'search' },
  })
  expect(changed).toMatchObject({
    status: 200,
    body: { agent_id: null, tool_discovery: 'search', tools: body.tools },
  })
  const other = await ask('POST', '/toolsets', {
    body: { org_id: org, name: 'Writing', connectors: ['sandbox'] },
  })
  const shared = await ask('POST', '/agents', { body: { name: 'of the deployment, not let in' } })
  for (const wrong of [
    { name: 'x', agent_id: String(shared.body.id) },
    { name: 'x', tools: ['sandbox.nothing'] },
    { name: 'x', connectors: ['nothing'] },
    { name: 'x', agent_id: `ag_${'0'.repeat(32)}` },
    { name: 'x', url: 'https://evil.test' },
  ])
    expect(
      (await ask('POST', '/toolsets', { body: { org_id: org, ...wrong } })).status,
      JSON.stringify(wrong),
    ).toBe(422)
  const crossed = { params: { id: String(other.body.id) }, body: { name: 'Reading' } }
  expect((await ask('PATCH', '/toolsets/{id}', crossed)).status).toBe(409)
  const narrowed = { params: { id }, body: { connectors: ['github'] } }
  expect((await ask('PATCH', '/toolsets/{id}', narrowed)).status).toBe(422)
  const listed = await ask('GET', '/toolsets', { query: `?org_id=${org}&limit=1` })
  expect(listed.body).toMatchObject({ has_more: true, data: [{ name: 'Writing' }] })
  expect((await ask('DELETE', '/toolsets/{id}', { params: { id } })).status).toBe(204)
  expect((await ask('GET', '/toolsets/{id}', { params: { id } })).status).toBe(404)
  expect(await actions('toolset.')).toEqual([
    'toolset.created',
    'toolset.changed',
    'toolset.created',
    'toolset.deleted',
  ])
})
