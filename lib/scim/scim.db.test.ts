import { NextRequest } from 'next/server'
import { Schemas } from 'scimmy'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

type Body = Record<string, unknown>
type Answer = { status: number; body: Body & { Resources?: Body[]; id: string }; headers: Headers }

const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const groupCore = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const base = 'http://localhost:3999/scim/v2'

let practice: Practice
let superuser: Superuser
let call: (method: string, path: string, body?: unknown, token?: string) => Promise<Answer>
let acme: string
let globex: string

beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  const route = await import('../../app/scim/v2/[...path]/route.ts')
  const { createScimTokenIn } = await import('#lib/identity')
  const { forOrg } = await import('#lib/db')
  const by = { type: 'system', id: 'test' }
  const tokenOf = async (org: string) => {
    await practice.session({ org_id: org, user_id: 'u_first' })
    const tenant = await practice.tenant(org)
    return (await forOrg(tenant, (tx) => createScimTokenIn(tx, tenant, { name: 'Okta' }, by))).secret
  }
  acme = await tokenOf('acme')
  globex = await tokenOf('globex')
  call = async (method, path, body, token = acme) => {
    const handler = route[method as 'GET']
    const response = await handler(
      new NextRequest(`${base}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : JSON.parse(text), headers: response.headers }
  }
})
afterAll(() => practice?.stop())

const create = async (userName: string, more: Body = {}): Promise<string> => {
  const made = await call('POST', '/Users', { schemas: [core], userName, ...more })
  expect(made.status).toBe(201)
  return made.body.id
}
const patch = (path: string, ...Operations: Body[]) => call('PATCH', path, { schemas: [patchOp], Operations })
const find = async (filter: string, kind = 'Users') =>
  (await call('GET', `/${kind}?filter=${encodeURIComponent(filter)}`)).body
const groupsOf = async (userName: string) =>
  (
    await superuser.sql<{ groups: string[] }>(
      `SELECT u.groups FROM end_users u JOIN organizations o ON o.id = u.org_id
       WHERE o.external_id = 'acme' AND u.external_id = $1 AND u.deleted_at IS NULL`,
      [userName],
    )
  )[0]?.groups

test('answers the published sequence of Okta’s SCIM 2.0 spec test', async () => {
  const first = await call('GET', '/Users?count=1&startIndex=1')
  expect(first.status).toBe(200)
  expect(first.headers.get('content-type')).toBe('application/scim+json')
  expect(first.body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:ListResponse'])
  expect(first.body).toMatchObject({ itemsPerPage: 1, startIndex: 1, totalResults: expect.any(Number) })
  const known = first.body.Resources?.[0] as Body
  expect(known).toMatchObject({ id: expect.any(String), userName: 'u_first', active: true })
  expect(await call('GET', `/Users/${known.id}`)).toMatchObject({ status: 200, body: { id: known.id } })
  expect(await find('userName eq "nobody@example.com"')).toMatchObject({ totalResults: 0, Resources: [] })
  expect(await call('GET', '/Users/010101001010101011001010101011')).toMatchObject({
    status: 404,
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '404',
      detail: expect.any(String),
    },
  })
  const okta = {
    schemas: [core],
    userName: 'runscope@atko.com',
    name: { givenName: 'Runscope', familyName: 'Tester' },
    emails: [{ primary: true, value: 'runscope@atko.com', type: 'work' }],
    displayName: 'Runscope Tester',
    locale: 'en-US',
    externalId: '00u-runscope',
    groups: [],
    password: '1mz050nq',
    active: true,
  }
  const made = await call('POST', '/Users', okta)
  expect(made).toMatchObject({
    status: 201,
    body: { schemas: [core], active: true, name: okta.name, userName: okta.userName, emails: okta.emails },
  })
  expect(JSON.stringify(made.body)).not.toContain(okta.password)
  expect(made.headers.get('location')).toBe(`${base}/Users/${made.body.id}`)
  expect(made.body.meta).toMatchObject({ location: `${base}/Users/${made.body.id}`, resourceType: 'User' })
  // Another implementation of RFC 7643 finds nothing wrong with it.
  expect(new Schemas.User(made.body, 'out')).toMatchObject({ userName: okta.userName, name: okta.name })
  expect(await call('GET', `/Users/${made.body.id}`)).toMatchObject({ status: 200, body: made.body })
  expect(await call('POST', '/Users', okta)).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } })
  expect(await find('userName eq "RUNSCOPE@ATKO.COM"')).toMatchObject({ totalResults: 1 })
  expect(await call('POST', '/Users', { ...okta, userName: 'RunScope@atko.com' })).toMatchObject({
    status: 409,
  })
  const put = { ...made.body, name: { givenName: 'Other', familyName: 'Tester' } }
  expect(await call('PUT', `/Users/${made.body.id}`, put)).toMatchObject({
    status: 200,
    body: { name: { givenName: 'Other' } },
  })
  expect(await call('GET', '/Groups')).toMatchObject({ status: 200, body: { totalResults: 0 } })
  expect(await call('GET', '/Groups/abcdefgh123456789')).toMatchObject({ status: 404 })
})

test('revokes a deactivated person’s accounts at the provider, ends their agent grants, and lets them in again', async () => {
  await practice.reset()
  const { connected_account_id } = await practice.connectAccount({ org: 'acme', user: 'ana@acme.test' })
  expect(connected_account_id).toMatch(/^ca_/)
  const id = (await find('userName eq "ana@acme.test"')).Resources?.[0]?.id as string
  const [user] = await superuser.sql<{ id: string; org_id: string }>(
    `SELECT id, org_id FROM end_users WHERE external_id = 'ana@acme.test'`,
  )
  const { createAgentIn } = await import('#lib/identity')
  const { forOrg } = await import('#lib/db')
  const tenant = await practice.tenant('acme')
  await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Client' }))
  const granted = await superuser.tamper(
    `INSERT INTO agent_grants (org_id, id, agent_org_id, agent_id, user_id, client_id, oauth_grant_id, resource, evidence)
     SELECT $1, gen_random_uuid(), org_id, id, $2, 'client', 'grant', 'https://resource.test', '{}'
     FROM agents WHERE org_id = $1 LIMIT 1`,
    [user?.org_id, user?.id],
  )
  expect(granted).toBe(1)
  const before = (await practice.state()).revocation
  // Entra says it in words, with a capital.
  expect(await patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' })).toMatchObject({
    status: 200,
    body: { active: false },
  })
  const [mass] = await superuser.sql<{ id: string }>(
    `SELECT payload->>'revocation_id' AS id FROM graphile_worker._private_jobs
     WHERE payload->>'revocation_id' IS NOT NULL ORDER BY id DESC LIMIT 1`,
  )
  await practice.connect.settleMassRevocation(tenant, mass?.id ?? '', AbortSignal.timeout(10_000))
  expect((await practice.state()).revocation).toBe(before + 1)
  const alive = `SELECT count(*)::int AS alive FROM agent_grants WHERE user_id = $1 AND revoked_at IS NULL`
  expect(await superuser.sql(alive, [user?.id])).toEqual([{ alive: 0 }])
  await expect(practice.session({ org_id: 'acme', user_id: 'ana@acme.test' })).rejects.toThrow(/deactivated/)
  expect(await find('active eq false')).toMatchObject({ totalResults: 1 })
  // Okta puts the whole resource back.
  const whole = (await call('GET', `/Users/${id}`)).body
  expect(await call('PUT', `/Users/${id}`, { ...whole, active: true })).toMatchObject({
    body: { active: true },
  })
  await practice.session({ org_id: 'acme', user_id: 'ana@acme.test' })
  const told = await superuser.sql<{ action: string; type: string }>(
    `SELECT action, actor->>'type' AS type FROM audit_events WHERE action LIKE 'user.%activated' ORDER BY occurred_at`,
  )
  expect(told).toEqual([
    { action: 'user.deactivated', type: 'scim_token' },
    { action: 'user.reactivated', type: 'scim_token' },
  ])
})

test('revokes and forgets a person who is deleted, and makes them free for another', async () => {
  await practice.reset()
  await practice.connectAccount({ org: 'acme', user: 'ben@acme.test', person: 'ben' })
  const id = (await find('userName eq "ben@acme.test"')).Resources?.[0]?.id as string
  expect(await call('DELETE', `/Users/${id}`)).toMatchObject({ status: 204 })
  expect((await practice.state()).revocation).toBe(1)
  expect(await call('GET', `/Users/${id}`)).toMatchObject({ status: 404 })
  expect(await call('DELETE', `/Users/${id}`)).toMatchObject({ status: 404 })
  expect(await create('ben@acme.test')).not.toBe(id)
})

test('takes the requests that Entra sends: dotted names without a path, values picked by type, what is not kept', async () => {
  const id = await create('entra@acme.test', { externalId: 'e-1' })
  const answer = await patch(
    `/Users/${id}`,
    {
      op: 'Add',
      value: {
        'name.givenName': 'Eva',
        DISPLAYNAME: 'Eva E.',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department': 'Sales',
      },
    },
    { op: 'Add', path: 'emails[type eq "work"].value', value: 'eva@acme.test' },
    { op: 'Replace', path: 'emails[type eq "work"].primary', value: 'True' },
    { op: 'Add', path: 'title', value: 'Head' },
    { op: 'Replace', path: 'urn:ietf:params:scim:schemas:core:2.0:User:name.familyName', value: 'Ek' },
  )
  expect(answer).toMatchObject({
    status: 200,
    body: {
      name: { givenName: 'Eva', familyName: 'Ek' },
      displayName: 'Eva E.',
      emails: [{ type: 'work', value: 'eva@acme.test', primary: true }],
    },
  })
  expect(
    await patch(`/Users/${id}`, {
      op: 'Replace',
      path: 'emails[type eq "work"].value',
      value: 'e@acme.test',
    }),
  ).toMatchObject({ body: { emails: [{ value: 'e@acme.test' }] } })
  const [row] = await superuser.sql('SELECT email, name FROM end_users WHERE external_id = $1', [
    'entra@acme.test',
  ])
  expect(row).toEqual({ email: 'e@acme.test', name: 'Eva E.' })
  const cleared = await patch(
    `/Users/${id}`,
    { op: 'Remove', path: 'displayName' },
    { op: 'remove', path: 'emails' },
  )
  expect(cleared.body).not.toHaveProperty('displayName')
  expect(cleared.body).not.toHaveProperty('emails')
  const renamed = await patch(`/Users/${id}`, { op: 'Replace', path: 'userName', value: 'eva@acme.test' })
  expect(renamed.body).toMatchObject({ id, userName: 'eva@acme.test' })
})

test('changes nothing where one operation of a PATCH cannot be done, and says which kind of mistake it is', async () => {
  const id = await create('atomic@acme.test', { displayName: 'Before' })
  const first = { op: 'replace', path: 'displayName', value: 'After' }
  const cases: [Body, number, string][] = [
    [{ op: 'replace', path: 'nosuch', value: 1 }, 400, 'invalidPath'],
    [{ op: 'replace', path: 'id', value: 'usr_1' }, 400, 'mutability'],
    [{ op: 'remove' }, 400, 'noTarget'],
    [{ op: 'move', path: 'displayName' }, 400, 'invalidSyntax'],
    [{ op: 'replace', path: 'emails[type eq', value: 1 }, 400, 'invalidPath'],
    [{ op: 'replace', path: 'emails[type co "w"].value', value: 'a@b.test' }, 400, 'noTarget'],
    [{ op: 'replace', path: 'active', value: 'perhaps' }, 400, 'invalidValue'],
    [{ op: 'replace', path: 'userName', value: 'has space' }, 400, 'invalidValue'],
    [{ op: 'replace', path: 'userName', value: 'U_FIRST' }, 409, 'uniqueness'],
  ]
  for (const [operation, status, scimType] of cases)
    expect(await patch(`/Users/${id}`, first, operation)).toMatchObject({ status, body: { scimType } })
  expect((await call('GET', `/Users/${id}`)).body.displayName).toBe('Before')
})

test('keeps groups for the ceilings: members come and go, a product’s session takes none away', async () => {
  const [ada, bo] = [await create('ada'), await create('bo')]
  const made = await call('POST', '/Groups', {
    schemas: [groupCore],
    displayName: 'Finance',
    members: [{ value: ada }],
  })
  expect(made).toMatchObject({
    status: 201,
    body: { displayName: 'Finance', members: [{ value: ada, display: 'ada' }] },
  })
  expect(new Schemas.Group(made.body, 'out')).toMatchObject({ displayName: 'Finance' })
  const path = `/Groups/${made.body.id}`
  expect(await call('POST', '/Groups', { displayName: 'FINANCE' })).toMatchObject({ status: 409 })
  expect(await patch(path, { op: 'Add', path: 'members', value: [{ $ref: null, value: bo }] })).toMatchObject(
    { status: 204 },
  )
  expect([await groupsOf('ada'), await groupsOf('bo')]).toEqual([['Finance'], ['Finance']])
  expect((await call('GET', `/Users/${bo}`)).body.groups).toEqual([
    { value: made.body.id, $ref: `${base}${path}`, display: 'Finance' },
  ])
  await practice.session({ org_id: 'acme', user_id: 'bo', user: { groups: ['eu'] } })
  expect(await groupsOf('bo')).toEqual(['eu', 'Finance'])
  // Okta names a group anew without a path, with its id beside.
  await patch(path, { op: 'replace', value: { id: made.body.id, displayName: 'Money' } })
  expect(await groupsOf('bo')).toEqual(['eu', 'Money'])
  await patch(path, { op: 'remove', path: `members[value eq "${bo}"]` })
  await patch(path, { op: 'Remove', path: 'members', value: [{ value: ada }] })
  expect([await groupsOf('ada'), await groupsOf('bo')]).toEqual([[], ['eu']])
  await patch(path, { op: 'replace', path: 'members', value: [{ value: ada }] })
  expect((await call('GET', `${path}?excludedAttributes=members`)).body).not.toHaveProperty('members')
  expect(await find('displayName eq "money"', 'Groups')).toMatchObject({ totalResults: 1 })
  expect(await find(`members eq "${ada}"`, 'Groups')).toMatchObject({ totalResults: 1 })
  const { body: kept } = await call('PUT', path, { displayName: 'Money' })
  expect(kept.members).toMatchObject([{ value: ada }])
  expect((await call('PUT', path, { displayName: 'Money', members: [] })).body.members).toEqual([])
  await patch(path, { op: 'add', path: 'members', value: [{ value: ada }] })
  expect(await call('DELETE', path)).toMatchObject({ status: 204 })
  expect(await groupsOf('ada')).toEqual([])
})

test('finds by filters as the RFC reads them, and answers page by page', async () => {
  await create('p1', {
    name: { givenName: 'Pia' },
    externalId: 'X1',
    emails: [{ value: 'p1@x.test', type: 'work' }],
  })
  await create('p2', { name: { givenName: 'Per' }, externalId: 'x1' })
  const names = async (filter: string) => (await find(filter)).Resources?.map(({ userName }) => userName)
  expect(await names('externalId eq "X1"')).toEqual(['p1'])
  expect(await names('userName sw "P" and (externalId eq "X1" or externalId eq "x1")')).toEqual(['p1', 'p2'])
  expect(await names('userName sw "p" and not (name.givenName eq "pia")')).toEqual(['p2'])
  expect(await names('emails[type eq "work" and value co "@X.TEST"]')).toEqual(['p1'])
  expect(await names(`${core}:userName Eq "P2"`)).toEqual(['p2'])
  expect(await names('userName eq "a\\"b" or userName eq "p1"')).toEqual(['p1'])
  expect(await names('meta.created gt "2000-01-01T00:00:00Z" and userName eq "p1"')).toEqual(['p1'])
  for (const bad of [
    'userName',
    'userName eq',
    '((',
    'password eq "x"',
    '__proto__ eq "x"',
    'userName eq "\\u0000"',
  ])
    expect(await find(bad)).toMatchObject({ status: '400', scimType: 'invalidFilter' })
  const all = (await call('GET', '/Users')).body
  const seen: unknown[] = []
  for (let at = 1; at <= Number(all.totalResults); at += 2)
    for (const { id } of (await call('GET', `/Users?startIndex=${at}&count=2`)).body.Resources ?? [])
      seen.push(id)
  expect(seen).toEqual(all.Resources?.map(({ id }) => id))
  expect((await call('GET', '/Users?count=0')).body).toMatchObject({
    totalResults: all.totalResults,
    Resources: [],
  })
  expect(await call('GET', '/Users?count=x')).toMatchObject({ status: 400 })
  expect((await call('GET', '/Users?count=1&attributes=userName')).body.Resources?.[0]).toEqual({
    schemas: [core],
    id: expect.any(String),
    userName: expect.any(String),
  })
})

test('shows an org nothing of another, and nobody anything without a token in force', async () => {
  const id = await create('own@acme.test')
  const group = (await call('POST', '/Groups', { displayName: 'Own', members: [{ value: id }] })).body.id
  for (const path of [`/Users/${id}`, `/Groups/${group}`]) {
    for (const method of ['GET', 'DELETE'])
      expect(await call(method, path, undefined, globex)).toMatchObject({ status: 404 })
    const body = { schemas: [patchOp], Operations: [{ op: 'replace', path: 'displayName', value: 'x' }] }
    expect(await call('PATCH', path, body, globex)).toMatchObject({ status: 404 })
  }
  expect(
    await call('POST', '/Groups', { displayName: 'Theirs', members: [{ value: id }] }, globex),
  ).toMatchObject({
    status: 400,
    body: { scimType: 'invalidValue' },
  })
  for (const token of ['bhf_scim_wrong_wrong_wrong', practice.secretKey, `${acme}x`]) {
    const refused = await call('GET', '/Users', undefined, token)
    expect(refused).toMatchObject({ status: 401, body: { status: '401' } })
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
  }
  const { listScimTokens, revokeScimTokenIn } = await import('#lib/identity')
  const { forOrg } = await import('#lib/db')
  const tenant = await practice.tenant('globex')
  const [token] = await listScimTokens(tenant)
  expect(token?.last_used_at).not.toBeNull()
  await forOrg(tenant, (tx) => revokeScimTokenIn(tx, tenant, token?.id ?? ''))
  expect(await call('GET', '/Users', undefined, globex)).toMatchObject({ status: 401 })
})

test('says what it can do, and refuses what it cannot in SCIM’s words', async () => {
  const config = (await call('GET', '/ServiceProviderConfig')).body
  expect(config).toMatchObject({
    patch: { supported: true },
    bulk: { supported: false },
    sort: { supported: false },
    etag: { supported: false },
    filter: { supported: true, maxResults: 200 },
  })
  expect((await call('GET', '/ResourceTypes')).body.Resources?.map(({ id }) => id)).toEqual(['User', 'Group'])
  expect((await call('GET', `/Schemas/${core}`)).body).toMatchObject({ id: core, name: 'User' })
  expect(await call('GET', '/Schemas?filter=id%20eq%20%22x%22')).toMatchObject({ status: 403 })
  expect(await call('POST', '/Bulk', {})).toMatchObject({ status: 405 })
  expect(await call('PUT', '/Users', {})).toMatchObject({ status: 405 })
  expect(await call('GET', '/Nothing')).toMatchObject({ status: 404 })
  expect(await call('POST', '/Users', {})).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } })
  expect(await call('POST', '/Users', { userName: 'x', displayName: 'y'.repeat(300_000) })).toMatchObject({
    status: 413,
    body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'] },
  })
})
