import { afterAll, beforeAll, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { createApiKeyIn } from '#lib/identity'
import { connectors } from '#runtime'
import * as one from '../../app/api/v1/scope_ceilings/[id]/route.ts'
import * as many from '../../app/api/v1/scope_ceilings/route.ts'
import { POST as requirements } from '../../app/api/v1/tools/requirements/route.ts'
import { GET as tools } from '../../app/api/v1/tools/route.ts'
import { type Practice, rootKey, startPractice } from '../../scripts/testing/practice.ts'
import { useSuperuser } from '../../scripts/testing/superuser.ts'
import { ceilingFact, ceilingFrom } from './ceilings.ts'
import { alternativesUnder } from './grant.ts'
import type { ScopeCeiling } from './schema.ts'

let practice: Practice
let org = ''
beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice.stop())

type Handler = typeof many.PUT
async function call(
  handler: Handler,
  method: string,
  path: string,
  body?: object,
  id = '',
  secret = rootKey,
) {
  const response = await handler(
    new Request(`http://localhost/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    }),
    { params: Promise.resolve({ id }) },
  )
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

const put = (group: string | null, scopes: readonly string[]) =>
  call(many.PUT, 'PUT', 'scope_ceilings', { org_id: org, connector: 'sandbox', group, scopes })
const lift = async (ceiling: ScopeCeiling) =>
  expect(
    (await call(one.DELETE, 'DELETE', `scope_ceilings/${ceiling.id}?org_id=${org}`, undefined, ceiling.id))
      .status,
  ).toBe(204)

const groups = (names: readonly string[], user = 'u_1') =>
  practice.session({ org_id: org, user_id: user, user: { groups: names } })

async function connected(named: string): Promise<string> {
  org = named
  const { connected_account_id } = await practice.connectAccount({ org, user: 'u_1' })
  await practice.reset()
  return connected_account_id ?? ''
}

const refusal = (work: Promise<unknown>): Promise<AppError> =>
  work.then(
    () => expect.unreachable('it was not refused'),
    (error: AppError) => {
      expect(error).toBeInstanceOf(AppError)
      return error
    },
  )

const write = (account: string) => ({
  connected_account_id: account,
  tool_name: 'sandbox.create_task',
  params: { title: 'x' },
})
const read = (account: string) => ({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })

test('takes the union of the bound groups, else the row without a group, else no ceiling', () => {
  expect(ceilingFrom(null)).toBeNull()
  expect(ceilingFrom([])).toBeNull()
  expect(ceilingFrom([['', ['a']]])).toEqual(['a'])
  expect(
    ceilingFrom([
      ['', ['a']],
      ['staff', ['b']],
      ['ops', ['c', 'b']],
    ]),
  ).toEqual(['b', 'c'])
  expect(
    ceilingFrom([
      ['', ['a']],
      ['interns', []],
    ]),
  ).toEqual([])
})

test('a ceiling of nothing is over tools that need no scope, too', () => {
  const connector = connectors.sandbox
  if (!connector) throw new Error('no practice provider')
  expect(alternativesUnder(connector, { scopes: [] }, [])).toBeNull()
  expect(alternativesUnder(connector, { scopes: [] }, ['tasks:read'])).toEqual([])
  expect(alternativesUnder(connector, { scopes: [] }, null)).toEqual([])
})

test('holds a call under the ceiling of the user’s groups, whatever was consented to, and says who can change it', async () => {
  const account = await connected('c-call')
  await groups(['interns'])
  await put('interns', ['tasks:read'])
  const error = await refusal(practice.execute(write(account)))
  expect(error).toMatchObject({
    code: 'policy_denied',
    facts: { policy_ids: ['scope_ceiling'], detail: expect.stringContaining('administrator') },
  })
  expect(error.facts.connect_url).toBeUndefined()
  expect((await practice.state()).last_requests).toEqual([])
  const [denied] = await listAudit(await practice.tenant(org), { action: 'tool.executed' }, null, 10)
  expect(denied).toMatchObject({ outcome: 'denied', error_code: 'policy_denied' })
  expect((await practice.execute(read(account))).status).toBe('succeeded')
  // Of several groups, the most that any of them may; it holds from the next call on.
  await put('staff', ['tasks:write'])
  expect((await refusal(practice.execute(write(account)))).code).toBe('policy_denied')
  await groups(['interns', 'staff'])
  expect((await practice.execute(write(account))).status).toBe('succeeded')
  // A ceiling is no grant.
  await groups(['staff'])
  expect((await refusal(practice.execute(read(account)))).code).toBe('policy_denied')
})

test('is over everyone in no bound group by the row without one, and over nobody when it is lifted', async () => {
  const account = await connected('c-default')
  await groups(['unbound'])
  const { body: ceiling } = await put(null, ['tasks:read'])
  expect((await refusal(practice.execute(write(account)))).code).toBe('policy_denied')
  await put('unbound', ['tasks:read', 'tasks:write'])
  expect((await practice.execute(write(account))).status).toBe('succeeded')
  await groups([])
  expect((await refusal(practice.execute(write(account)))).code).toBe('policy_denied')
  await lift(ceiling)
  expect((await practice.execute(write(account))).status).toBe('succeeded')
})

test('a user whose group has an empty name is no less under the ceiling of everyone else', async () => {
  const account = await connected('c-empty')
  await groups([''])
  await put(null, [])
  expect((await refusal(practice.execute(read(account)))).code).toBe('policy_denied')
})

test('what a call reads beside its account says the same as the reads of lists', async () => {
  await connected('c-fact')
  await groups(['interns', 'staff'])
  await put('interns', ['tasks:read'])
  await put('staff', ['tasks:write', 'tasks:read'])
  await put(null, ['tasks:delete'])
  const superuser = await useSuperuser()
  const rows = await superuser.sql(
    `SELECT ${ceilingFact.select} AS ceiling FROM connected_accounts a
     JOIN end_users u ON u.org_id = a.org_id AND u.id = a.user_id JOIN organizations o ON o.id = a.org_id
     WHERE o.external_id = $1`,
    [org],
  )
  expect(rows.map(({ ceiling }) => ceilingFact.parse(ceiling)?.toSorted())).toEqual([
    ['tasks:read', 'tasks:write'],
  ])
})

test('is left out of the consent screen, and a connector of which nothing is left is not offered', async () => {
  org = 'c-consent'
  await groups(['interns'])
  await put('interns', ['tasks:read'])
  const session = await practice.session({
    org_id: org,
    user_id: 'u_1',
    scopes: { sandbox: ['tasks:read', 'tasks:write'] },
  })
  const { open } = await practice.connect.enter(session.token)
  const { view } = await practice.connect.consentView(open, 'sandbox')
  expect(view.groups.flatMap(({ scopes }) => scopes.map(({ scope }) => scope))).toEqual(['tasks:read'])
  await expect(practice.approve(session, ['tasks:read', 'tasks:write'])).rejects.toMatchObject({
    code: 'invalid_request',
  })
  await put('interns', [])
  const again = await practice.session({ org_id: org, user_id: 'u_1' })
  const entered = await practice.connect.enter(again.token)
  await expect(practice.connect.consentView(entered.open, 'sandbox')).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('lists of tools and of what is missing know of it, and never ask a person for what lies above it', async () => {
  await connected('c-tools')
  await groups(['interns'])
  await put('interns', ['tasks:read'])
  const { body } = await call(tools, 'GET', `tools?org_id=${org}&user_id=u_1&connector=sandbox&limit=100`)
  const of = (name: string) => body.data.find((tool: { name: string }) => tool.name === `sandbox.${name}`)
  expect(of('list_tasks')).toMatchObject({ available: true, missing: [] })
  expect(of('create_task')).toMatchObject({ available: false, missing: [] })
  expect(Object.keys(of('create_task')).sort()).toEqual(
    [
      ...[
        'available',
        'blocked',
        'connector',
        'description',
        'effect',
        'file',
        'idempotent',
        'input_schema',
        'missing',
        'name',
      ],
      ...['output_schema', 'scopes', 'title'],
    ].sort(),
  )
  const asked = (user: string) =>
    call(requirements, 'POST', 'tools/requirements', {
      org_id: org,
      user_id: user,
      tools: ['sandbox.list_tasks', 'sandbox.create_task'],
    })
  expect((await asked('u_1')).body).toEqual({
    ready: false,
    tools: [
      { name: 'sandbox.list_tasks', available: true, missing: [], blocked: null },
      { name: 'sandbox.create_task', available: false, missing: [], blocked: 'ceiling' },
    ],
    connectors: [],
  })
  // One who is not known yet is in no group.
  await put(null, ['tasks:write'])
  expect((await asked('u_new')).body.connectors).toEqual([{ connector: 'sandbox', scopes: ['tasks:write'] }])
})

test('the API sets one ceiling per group and connector, lists them, and audits each change', async () => {
  org = 'c-api'
  await groups([])
  expect((await put('a', ['tasks:write', 'tasks:write'])).body).toMatchObject({
    group: 'a',
    scopes: ['tasks:write'],
  })
  const { body: second } = await put('a', ['tasks:read'])
  await put(null, [])
  const list = (query = '') => call(many.GET, 'GET', `scope_ceilings?org_id=${org}${query}`)
  expect((await list()).body.data.map(({ group, scopes }: ScopeCeiling) => [group, scopes])).toEqual([
    [null, []],
    ['a', ['tasks:read']],
  ])
  expect((await list('&group=a')).body.data).toHaveLength(1)
  expect((await list('&connector=github')).body.data).toEqual([])
  for (const [body, param] of [
    [{ connector: 'nowhere', scopes: [] }, 'connector'],
    [{ connector: 'sandbox', scopes: ['tasks:fly'] }, 'scopes'],
    [{ connector: 'sandbox', scopes: [], tenant_id: 'x' }, undefined],
    [{ connector: 'sandbox', scopes: [], group: '' }, 'group'],
  ] as const) {
    const { status, body: problem } = await call(many.PUT, 'PUT', 'scope_ceilings', { org_id: org, ...body })
    expect([status, problem.code]).toEqual([422, 'invalid_request'])
    if (param) expect(problem.param).toBe(param)
  }
  const audit = await listAudit(await practice.tenant(org), { action: 'scope_ceiling.changed' }, null, 10)
  expect(audit.map(({ changed_fields }) => changed_fields)).toEqual([['scopes'], ['scopes'], ['scopes']])
  // Another org's key finds neither the list nor the row.
  await practice.session({ org_id: 'c-other', user_id: 'u_1' })
  const other = await practice.tenant('c-other')
  const { secret } = await forOrg(other, (tx) => createApiKeyIn(tx, other, { name: 'other', roles: [] }))
  expect((await call(many.GET, 'GET', 'scope_ceilings', undefined, '', secret)).body.data).toEqual([])
  for (const query of ['', `?org_id=${org}`]) {
    const path = `scope_ceilings/${second.id}${query}`
    expect((await call(one.DELETE, 'DELETE', path, undefined, second.id, secret)).status).toBe(404)
  }
  await lift(second)
  expect(
    await listAudit(await practice.tenant(org), { action: 'scope_ceiling.deleted' }, null, 10),
  ).toHaveLength(1)
  expect((await list()).body.data).toHaveLength(1)
})
