// From a group at the identity provider to a call that is refused: SCIM, the ceiling of the group, the broker.
import { NextRequest } from 'next/server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { createScimTokenIn } from '#lib/identity'
import * as ceilings from '../../app/api/v1/scope_ceilings/route.ts'
import { GET as tools } from '../../app/api/v1/tools/route.ts'
import { DELETE, GET, PATCH, POST, PUT } from '../../app/scim/v2/[...path]/route.ts'
import { type Practice, rootKey, startPractice } from '../../scripts/testing/practice.ts'

let practice: Practice
let org = ''
let made = 0
let token = ''
let account = ''
let group = ''

beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice?.stop())

/** A person with an account that may write, in the group `Interns`, which may read alone. */
beforeEach(async () => {
  org = `scim-${++made}`
  account = (await practice.connectAccount({ org, user: 'ada@acme.test' })).connected_account_id ?? ''
  const tenant = await practice.tenant(org)
  const by = { type: 'system', id: 'test' }
  token = (await forOrg(tenant, (tx) => createScimTokenIn(tx, tenant, { name: 'Okta' }, by))).secret
  await ceiling('Interns', ['tasks:read'])
  group = (await push('POST', '/Groups', { displayName: 'Interns', members: [{ value: await ada() }] })).id
  await practice.reset()
})

const handlers = { GET, POST, PATCH, PUT, DELETE }

async function push(method: keyof typeof handlers, path: string, body?: object) {
  const response = await handlers[method](
    new NextRequest(`http://localhost:3999/scim/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      ...(body && { body: JSON.stringify(body) }),
    }),
  )
  const text = await response.text()
  expect(response.status, text).toBeLessThan(300)
  return text === '' ? {} : JSON.parse(text)
}
const patch = (...operations: object[]) =>
  push('PATCH', `/Groups/${group}`, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: operations,
  })
const ada = async (): Promise<string> => {
  const found = await push('GET', `/Users?filter=${encodeURIComponent('userName eq "ada@acme.test"')}`)
  return found.Resources[0].id
}

async function ceiling(of: string | null, scopes: readonly string[]) {
  const response = await ceilings.PUT(
    new Request('http://localhost/api/v1/scope_ceilings', {
      method: 'PUT',
      headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ org_id: org, connector: 'sandbox', group: of, scopes }),
    }),
    { params: Promise.resolve({}) },
  )
  expect(response.status).toBe(200)
}

const read = () => practice.execute({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })
const write = () =>
  practice.execute({
    connected_account_id: account,
    tool_name: 'sandbox.create_task',
    params: { title: 'x' },
  })
const executed = async () => listAudit(await practice.tenant(org), { action: 'tool.executed' }, null, 10)
const upstream = async () => (await practice.state()).last_requests

/** @returns whether the tool is offered to the person */
async function offered(tool: string): Promise<boolean> {
  const response = await tools(
    new Request(`http://localhost/api/v1/tools?org_id=${org}&user_id=ada@acme.test&connector=sandbox`, {
      headers: { authorization: `Bearer ${rootKey}` },
    }),
    { params: Promise.resolve({}) },
  )
  const { data } = (await response.json()) as { data: { name: string; available: boolean }[] }
  return data.find(({ name }) => name === tool)?.available ?? false
}

async function refused(work: Promise<unknown>) {
  const thrown: unknown = await work.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(AppError)
  return thrown as AppError
}

test('a call above the ceiling of a pushed group is refused with one event, and nothing goes to the provider', async () => {
  const error = await refused(write())
  expect(error).toMatchObject({ code: 'policy_denied', facts: { policy_ids: ['scope_ceiling'] } })
  // Asking for the scopes again would not help.
  expect(error.facts.connect_url).toBeUndefined()
  expect(await upstream()).toEqual([])
  expect(await executed()).toMatchObject([
    {
      ...{ outcome: 'denied', error_code: 'policy_denied', tool_name: 'sandbox.create_task' },
      ...{ connected_account_id: account, policy: { policy_ids: ['scope_ceiling'] } },
    },
  ])
  expect(await offered('sandbox.create_task')).toBe(false)
  expect((await read()).status).toBe('succeeded')
})

test.each([
  ['is taken out of it', async () => patch({ op: 'remove', path: `members[value eq "${await ada()}"]` })],
  ['is left out of it', () => push('PUT', `/Groups/${group}`, { displayName: 'Interns', members: [] })],
  ['loses it, as it is deleted', () => push('DELETE', `/Groups/${group}`)],
])('whoever %s may write on the next call', async (_name, change) => {
  await refused(write())
  await change()
  expect((await write()).status).toBe('succeeded')
  expect((await executed()).map(({ outcome }) => outcome)).toEqual(['allowed', 'denied'])
  expect(await offered('sandbox.create_task')).toBe(true)
})

test('whoever leaves a group is under the ceiling of everyone else, on the next call', async () => {
  await ceiling(null, [])
  expect((await read()).status).toBe('succeeded')
  await push('DELETE', `/Groups/${group}`)
  expect((await refused(read())).code).toBe('policy_denied')
  expect(await upstream()).toHaveLength(1)
})

test('whoever joins a group that may less is held on the next call', async () => {
  const id = await ada()
  await patch({ op: 'remove', path: `members[value eq "${id}"]` })
  expect((await write()).status).toBe('succeeded')
  await patch({ op: 'add', path: 'members', value: [{ value: id }] })
  expect((await refused(write())).code).toBe('policy_denied')
  expect(await upstream()).toHaveLength(1)
})

test('a group that is named anew is under the ceiling of its new name, on the next call', async () => {
  await ceiling('Trainees', ['tasks:read', 'tasks:write'])
  await refused(write())
  await patch({ op: 'replace', path: 'displayName', value: 'Trainees' })
  expect((await write()).status).toBe('succeeded')
  await patch({ op: 'replace', path: 'displayName', value: 'Interns' })
  expect((await refused(write())).code).toBe('policy_denied')
})
