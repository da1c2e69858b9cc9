import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { deployment, disconnect, forOrg } from '#lib/db'
import { createApiKeyIn } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { operator } from '../../../../scripts/commands/here.ts'
import { type Superuser, useSuperuser } from '../../../../scripts/testing/superuser.ts'
import * as one from './[id]/route.ts'
import * as all from './route.ts'

const rootKey = 'bhf_sk_root_key_of_the_single_sign_on_tests_0123'
process.env.BEHALF_ROOT_KEY = rootKey
const clientSecret = 'kanarie-client-secret'

let superuser: Superuser
let acme: Tenant
let globex: Tenant
let keys: { acme: string; globex: string; manager: string; reader: string }
let made = 0

const keyOf = (tenant: Tenant, roles: ('read' | 'manage')[]) =>
  forOrg(tenant, async (tx) => (await createApiKeyIn(tx, tenant, { name: 'test', roles })).secret)

beforeAll(async () => {
  superuser = await useSuperuser()
  await ensureOrg(operator, 'first', prepareOrgKeys)
})
beforeEach(async () => {
  made++
  acme = await ensureOrg(operator, `acme-${made}`, prepareOrgKeys)
  globex = await ensureOrg(operator, `globex-${made}`, prepareOrgKeys)
  keys = {
    acme: await keyOf(acme, []),
    globex: await keyOf(globex, []),
    manager: await keyOf(acme, ['read', 'manage']),
    reader: await keyOf(acme, ['read']),
  }
})
afterAll(disconnect)

type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>
type Asked = { body?: object; params?: Record<string, string>; query?: string; idempotencyKey?: string }

async function ask(
  secret: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  { body, params = {}, query = '', idempotencyKey }: Asked = {},
) {
  const handler: Handler = (params.id === undefined ? all : one)[method]
  const headers = {
    authorization: `Bearer ${secret}`,
    'content-type': 'application/json',
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  }
  const at = `http://localhost/api/v1/sso_connections${query}`
  const request = new Request(at, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  const response = await handler(request, { params: Promise.resolve(params) })
  const text = await response.text()
  return { status: response.status, body: (text ? JSON.parse(text) : null) as Record<string, unknown> }
}

const input = {
  ...{ name: 'Okta', issuer: 'https://acme.okta.test', client_id: 'behalf', client_secret: clientSecret },
  role_bindings: { staff: 'developer' },
}
const post = (secret: string, more: object = {}) => ask(secret, 'POST', { body: { ...input, ...more } })
const patch = (secret: string, id: unknown, body: object) =>
  ask(secret, 'PATCH', { params: { id: String(id) }, body })
const events = async (tenant: Tenant) =>
  (await listAudit(tenant, {}, null, 50)).filter(({ action }) => action.startsWith('sso_')).reverse()
const actions = async (tenant: Tenant) => (await events(tenant)).map(({ action }) => action)
const sealed = async (id: unknown) =>
  (
    await superuser.sql('SELECT sealed_client_secret AS s FROM sso_connections WHERE id = $1::uuid', [
      String(id).slice('ssoc_'.length),
    ])
  )[0]?.s as Buffer | null | undefined

test('a connection is made switched off, read, changed, switched on and deleted; its secret is never shown, and each step is audited', async () => {
  const created = await post(keys.acme)
  expect(created).toMatchObject({
    status: 201,
    body: {
      ...{ org_id: acme.externalId, status: 'off', has_client_secret: true, groups_claim: 'groups' },
      ...{
        creates_members: false,
        role_bindings: { staff: 'developer' },
        client_auth: 'client_secret_basic',
      },
      redirect_uri: expect.stringContaining(String(created.body.id)),
    },
  })
  const { id } = created.body
  const changed = await patch(keys.acme, id, {
    ...{ name: 'Okta EU', status: 'on', creates_members: true },
    role_bindings: { security: 'security_admin' },
  })
  expect(changed).toMatchObject({
    status: 200,
    body: { name: 'Okta EU', status: 'on', role_bindings: { security: 'security_admin' } },
  })
  expect((await ask(keys.acme, 'GET', { params: { id: String(id) } })).body).toEqual(changed.body)
  const list = await ask(keys.acme, 'GET')
  expect(list.body).toMatchObject({ data: [changed.body], has_more: false })
  expect(await ask(keys.acme, 'DELETE', { params: { id: String(id) } })).toMatchObject({ status: 204 })
  expect((await ask(keys.acme, 'GET', { params: { id: String(id) } })).status).toBe(404)
  const told = await events(acme)
  expect(told.map(({ action, changed_fields }) => [action, ...changed_fields])).toEqual([
    ['sso_connection.created'],
    ['sso_connection.group_bound', 'role_bindings'],
    ['sso_connection.changed', 'name', 'creates_members'],
    ['sso_connection.group_unbound', 'role_bindings'],
    ['sso_connection.group_bound', 'role_bindings'],
    ['sso_connection.switched_on', 'status'],
    ['sso_connection.deleted'],
  ])
  expect(JSON.stringify([created, changed, list, told])).not.toContain(clientSecret)
})

test('the same key makes one connection, however often it is asked; what changes nothing is no event', async () => {
  const asked = { body: input, idempotencyKey: `make-${made}` }
  const [first, again] = [await ask(keys.acme, 'POST', asked), await ask(keys.acme, 'POST', asked)]
  expect(again.body).toEqual(first.body)
  expect((await patch(keys.acme, first.body.id, { name: 'Okta', status: 'off' })).status).toBe(200)
  expect(await actions(acme)).toEqual(['sso_connection.created', 'sso_connection.group_bound'])
})

test('another organization’s connection is absent, and is not listed', async () => {
  const { body } = await post(keys.acme)
  const params = { id: String(body.id) }
  expect((await ask(keys.globex, 'GET', { params })).status).toBe(404)
  expect((await patch(keys.globex, body.id, { status: 'on' })).status).toBe(404)
  expect((await ask(keys.globex, 'DELETE', { params })).status).toBe(404)
  expect((await ask(keys.globex, 'GET')).body.data).toEqual([])
  expect((await post(keys.globex, { org_id: acme.externalId })).status).toBe(404)
  expect((await ask(keys.globex, 'GET', { query: `?org_id=${acme.externalId}` })).status).toBe(404)
  expect((await ask(rootKey, 'GET', { params })).status).toBe(200)
})

test('the deployment’s own is for unrestricted keys', async () => {
  const { status, body } = await post(rootKey)
  expect({ status, body }).toMatchObject({ status: 201, body: { org_id: null } })
  const params = { id: String(body.id) }
  expect((await ask(keys.acme, 'GET', { params })).status).toBe(404)
  expect(await actions(deployment)).toContain('sso_connection.created')
  expect((await ask(rootKey, 'DELETE', { params })).status).toBe(204)
})

test('a key that may only read changes nothing', async () => {
  const { body } = await post(keys.acme)
  const params = { id: String(body.id) }
  expect((await ask(keys.reader, 'GET', { params })).status).toBe(200)
  expect((await post(keys.reader)).status).toBe(403)
  expect((await patch(keys.reader, body.id, { name: 'x' })).status).toBe(403)
  expect((await ask(keys.reader, 'DELETE', { params })).status).toBe(403)
})

test('a key leads nobody to a role that reaches further than itself, neither by a group nor by another issuer', async () => {
  expect((await post(keys.manager, { role_bindings: { staff: 'owner' } })).status).toBe(403)
  const own = await post(keys.manager, { role_bindings: { staff: 'support' } })
  expect(own.status).toBe(201)
  expect((await patch(keys.manager, own.body.id, { role_bindings: { staff: 'owner' } })).status).toBe(403)
  const owners = await post(keys.acme, { role_bindings: { admins: 'owner' }, creates_members: true })
  for (const change of [
    { issuer: 'https://evil.test', client_secret: 'x' },
    { groups_claim: 'email' },
    { creates_members: true },
    { role_bindings: {} },
    { status: 'on' },
  ])
    expect(await patch(keys.manager, owners.body.id, change), JSON.stringify(change)).toMatchObject({
      status: 403,
    })
  expect((await patch(keys.acme, owners.body.id, { status: 'on' })).status).toBe(200)
  expect(await patch(keys.manager, owners.body.id, { status: 'off' })).toMatchObject({ status: 200 })
  expect(await actions(acme)).not.toContain('sso_connection.changed')
})

test('a secret stays until another is given, goes with its issuer, and is destroyed for a public client', async () => {
  const { body } = await post(keys.acme)
  const first = await sealed(body.id)
  expect(first).toBeInstanceOf(Buffer)
  await patch(keys.acme, body.id, { name: 'Another name' })
  expect(await sealed(body.id)).toEqual(first)
  expect(await patch(keys.acme, body.id, { issuer: 'https://other.test' })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'client_secret' }] },
  })
  await patch(keys.acme, body.id, { client_secret: 'another' })
  expect(await sealed(body.id)).not.toEqual(first)
  expect((await patch(keys.acme, body.id, { client_auth: 'none' })).body).toMatchObject({
    has_client_secret: false,
  })
  expect(await sealed(body.id)).toBeNull()
})

test('two changes at the same moment both hold', async () => {
  const { body } = await post(keys.acme)
  const first = await sealed(body.id)
  await Promise.all([
    patch(keys.acme, body.id, { client_secret: 'another' }),
    patch(keys.acme, body.id, { name: 'Renamed' }),
    patch(keys.acme, body.id, { groups_claim: 'roles' }),
  ])
  const after = await ask(keys.acme, 'GET', { params: { id: String(body.id) } })
  expect(after.body).toMatchObject({ name: 'Renamed', groups_claim: 'roles' })
  expect(await sealed(body.id)).not.toEqual(first)
})

test('one connection is on at a time, whoever switches on at the same moment', async () => {
  const [a, b] = [await post(keys.acme), await post(keys.acme)]
  const answers = await Promise.all([a, b].map(({ body }) => patch(keys.acme, body.id, { status: 'on' })))
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  const { data } = (await ask(keys.acme, 'GET')).body as { data: { status: string }[] }
  expect(data.map(({ status }) => status).sort()).toEqual(['off', 'on'])
})

test('where single sign-on is required, its connection neither goes nor moves', async () => {
  const { body } = await post(keys.acme)
  await patch(keys.acme, body.id, { status: 'on' })
  await superuser.sql(
    `INSERT INTO sign_in_rules (org_id, sso_required_since, changed_by) VALUES ($1, now(), '{}')`,
    [acme.orgId],
  )
  const moved = { issuer: 'https://other.test', client_secret: 'x' }
  expect((await patch(keys.acme, body.id, { status: 'off' })).status).toBe(409)
  expect((await patch(keys.acme, body.id, moved)).status).toBe(409)
  expect((await ask(keys.acme, 'DELETE', { params: { id: String(body.id) } })).status).toBe(409)
  expect((await patch(keys.acme, body.id, { name: 'Renamed' })).status).toBe(200)
})

test('a required connection is put off by none of another issuer, and by none of a key that reaches less far', async () => {
  const { body } = await post(keys.acme, { role_bindings: {} })
  await patch(keys.acme, body.id, { status: 'on' })
  await superuser.sql(
    `INSERT INTO members (org_id, id, email, role, iss, sub) VALUES ($1, gen_random_uuid(), $2, 'owner', $3, 'ana')`,
    [acme.orgId, `ana@${acme.externalId}.test`, input.issuer],
  )
  await superuser.sql(
    `INSERT INTO sign_in_rules (org_id, sso_required_since, changed_by) VALUES ($1, now(), '{}')`,
    [acme.orgId],
  )
  const other = await post(keys.manager, { issuer: 'https://evil.test', role_bindings: {} })
  expect((await patch(keys.manager, other.body.id, { status: 'on' })).status).toBe(409)
  expect((await patch(keys.acme, other.body.id, { status: 'on' })).status).toBe(409)
  const same = await post(keys.manager, { client_id: 'another', role_bindings: {} })
  expect((await patch(keys.manager, same.body.id, { status: 'on' })).status).toBe(403)
  expect((await patch(keys.acme, same.body.id, { status: 'on' })).status).toBe(200)
})

test('a key changes no connection that members with a role beyond its own sign in by', async () => {
  const { body } = await post(keys.manager, { role_bindings: {} })
  expect((await patch(keys.manager, body.id, { client_id: 'another' })).status).toBe(200)
  const [ana] = await superuser.sql<{ id: string }>(
    `INSERT INTO members (org_id, id, email, role, iss, sub) VALUES ($1, gen_random_uuid(), $2, 'owner', $3, 'ana')
     RETURNING id`,
    [acme.orgId, `ana@${acme.externalId}.test`, input.issuer],
  )
  expect((await patch(keys.manager, body.id, { client_id: 'evil' })).status).toBe(403)
  const moved = await post(keys.manager, { issuer: 'https://evil.test', role_bindings: {} })
  const back = { issuer: input.issuer, client_secret: 'x' }
  expect((await patch(keys.manager, moved.body.id, back)).status).toBe(403)
  expect((await patch(keys.acme, body.id, { client_id: 'behalf' })).status).toBe(200)
  await superuser.sql('UPDATE members SET disabled_at = now() WHERE id = $1', [ana?.id])
  expect((await patch(keys.manager, body.id, { client_id: 'third' })).status).toBe(200)
})

test('the connection that goes off for another stands in the audit as well', async () => {
  const [a, b] = [await post(keys.acme), await post(keys.acme)]
  await patch(keys.acme, a.body.id, { status: 'on' })
  await patch(keys.acme, b.body.id, { status: 'on' })
  const told = (await events(acme)).slice(-3)
  expect(told.map(({ action, details }) => [action, details.connection])).toEqual([
    ['sso_connection.switched_on', a.body.id],
    ['sso_connection.switched_off', a.body.id],
    ['sso_connection.switched_on', b.body.id],
  ])
})

test('there are five connections at most, however many are made at the same moment', async () => {
  const answers = await Promise.all(Array.from({ length: 7 }, () => post(keys.acme)))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 201, 409, 409])
})

test.each([
  [{ issuer: 'https://acme.okta.test?x=1' }, 'issuer'],
  [{ issuer: 'ftp://acme.okta.test' }, 'issuer'],
  [{ client_auth: 'none' }, 'client_secret'],
  [{ client_secret: undefined }, 'client_secret'],
  [{ role_bindings: { staff: 'emperor' } }, 'role_bindings.staff'],
  [{ status: 'on' }, 'status'],
])('refuses %j', async (more, path) => {
  const answer = await post(keys.acme, more)
  expect(answer.status).toBe(422)
  expect((answer.body.errors as { path: string }[])[0]?.path).toBe(path)
})

test('lists page by page, the newest first', async () => {
  const ids: unknown[] = []
  for (let n = 0; n < 3; n++) ids.unshift((await post(keys.acme)).body.id)
  const seen: unknown[] = []
  for (let cursor: unknown = null; ; ) {
    const query = `?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`
    const { body } = await ask(keys.acme, 'GET', { query })
    seen.push(...(body.data as { id: string }[]).map(({ id }) => id))
    if (!body.has_more) break
    cursor = body.next_cursor
  }
  expect(seen).toEqual(ids)
})
