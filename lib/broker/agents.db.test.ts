import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { getAgentGrant } from '#lib/connect'
import { hashOf } from '#lib/connector-kit'
import { forOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { createAgentIn } from '#lib/identity'
import { newId, parseId, publicId } from '#lib/ids'
import { type Pin, pinOf } from '#lib/scopes'
import { type Asked, issueToken, newHolder } from '../../scripts/testing/access-tokens.ts'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

type Route = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>

let practice: Practice
let superuser: Superuser
let routes: Record<
  'tools' | 'execute' | 'requirements' | 'executions' | 'execution' | 'accounts' | 'account',
  Route
>

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  const [tools, execute, requirements, executions, execution, accounts, account] = await Promise.all([
    import('../../app/api/v1/tools/route.ts'),
    import('../../app/api/v1/tools/execute/route.ts'),
    import('../../app/api/v1/tools/requirements/route.ts'),
    import('../../app/api/v1/executions/route.ts'),
    import('../../app/api/v1/executions/[id]/route.ts'),
    import('../../app/api/v1/connected_accounts/route.ts'),
    import('../../app/api/v1/connected_accounts/[id]/route.ts'),
  ])
  routes = {
    tools: tools.GET,
    execute: execute.POST,
    requirements: requirements.POST,
    executions: executions.GET,
    execution: execution.GET,
    accounts: accounts.GET,
    account: account.GET,
  }
  for (const org of ['acme', 'globex']) {
    const agents = []
    for (const name of ['mira', 'otto']) {
      await practice.session({ org_id: org, user_id: 'nobody' })
      const tenant = await practice.tenant(org)
      const { id } = await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name }))
      agents.push(id)
      for (const user of ['u_1', 'u_2']) {
        const done = await practice.connectAccount({
          ...{ org, user, agents: [id], person: name === 'mira' ? 'ana' : 'ben' },
        })
        world.push({ org, name, agent: id, user, account: done.connected_account_id ?? '', usr: '' })
      }
    }
  }
  for (const one of world) {
    const tenant = await practice.tenant(one.org)
    const row = await forOrg(tenant, (tx) =>
      tx.end_users.findFirstOrThrow({ where: { external_id: one.user } }),
    )
    one.usr = publicId('end_user', row.id)
  }
}, 120_000)
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

const world: { org: string; name: string; agent: string; user: string; account: string; usr: string }[] = []
const one = (org: string, name: string, user: string) => {
  const found = world.find((w) => w.org === org && w.name === name && w.user === user)
  if (!found) throw new Error('not in this world')
  return found
}

async function call(
  what: keyof typeof routes,
  token: string,
  {
    body,
    query = '',
    id = '',
    headers = {},
  }: { body?: object; query?: string; id?: string; headers?: object } = {},
) {
  const request = new Request(`http://localhost:3999/api/v1/${what}${query}`, {
    method: body ? 'POST' : 'GET',
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const response = await routes[what](request, { params: Promise.resolve({ id }) })
  return {
    status: response.status,
    body: await response.json(),
    challenge: response.headers.get('www-authenticate'),
  }
}

const upstream = async () =>
  (await practice.state()).last_requests.filter(({ path }) => path.startsWith('/api/')).length
const lastEvent = async (org: string) => (await listAudit(await practice.tenant(org), {}, null, 1))[0]
const list = (account: string, more: object = {}) => ({
  connected_account_id: account,
  tool_name: 'sandbox.list_tasks',
  params: {},
  ...more,
})
const create = (account: string, more: object = {}) =>
  list(account, { tool_name: 'sandbox.create_task', params: { title: 'Water the plants' }, ...more })
const mira = () => one('acme', 'mira', 'u_1')
const token = (more: Partial<Asked> = {}) => issueToken({ org: 'acme', agent: mira().agent, ...more })

test('two orgs, two agents, two users, all pairs: each sees and calls its own alone', async () => {
  for (const who of world) {
    const own = world.filter(({ org, name }) => org === who.org && name === who.name)
    const bearer = await issueToken({ org: who.org, agent: who.agent })
    const onBehalf = await issueToken({ org: who.org, agent: who.agent, user: who.usr })
    const seen = async (t: string) =>
      (await call('accounts', t)).body.data.map(({ id }: { id: string }) => id).sort()
    expect(await seen(bearer)).toEqual(own.map(({ account }) => account).sort())
    expect(await seen(onBehalf)).toEqual([who.account])
    for (const other of world) {
      const mine = own.includes(other)
      const read = await call('account', bearer, { id: other.account })
      const run = await call('execute', bearer, { body: list(other.account) })
      expect([who, other.account, read.status, run.status]).toEqual([
        ...[who, other.account],
        ...(mine ? [200, 200] : [404, 404]),
      ])
      const readFor = await call('account', onBehalf, { id: other.account })
      const runFor = await call('execute', onBehalf, { body: list(other.account) })
      expect([readFor.status, runFor.status]).toEqual(other === who ? [200, 200] : [404, 404])
    }
  }
}, 120_000)

test("another user's, another agent's and another org's account are told of as one that is not there", async () => {
  const bearer = await token({ user: mira().usr })
  const told = async (account: string) => {
    const { status, body } = await call('execute', bearer, { body: list(account) })
    return { status, ...body, trace_id: '' }
  }
  const absent = await told(publicId('connected_account', newId()))
  expect(absent.status).toBe(404)
  for (const other of [one('acme', 'mira', 'u_2'), one('acme', 'otto', 'u_1'), one('globex', 'mira', 'u_1')])
    expect(await told(other.account)).toEqual(absent)
  expect(await upstream()).toBe(0)
  for (const user of ['u_2', 'who'])
    expect((await call('accounts', bearer, { query: `?user_id=${user}` })).status).toBe(404)
  expect((await call('accounts', bearer, { query: '?org_id=globex' })).status).toBe(404)
})

test('the event of a call names the agent, whom it acts for, and every agent in between', async () => {
  const otto = one('acme', 'otto', 'u_1')
  const act = { sub: mira().agent, act: { sub: otto.agent } }
  const { status, body } = await call('execute', await token({ user: mira().usr, act }), {
    body: create(mira().account),
  })
  expect(status).toBe(200)
  const event = await lastEvent('acme')
  expect(event).toMatchObject({
    action: 'tool.executed',
    outcome: 'allowed',
    actor: { type: 'agent', id: parseId('agent', mira().agent) },
    agent_id: mira().agent,
    user_id: 'u_1',
    connected_account_id: mira().account,
    details: {
      execution_id: body.execution_id,
      actors: [mira().agent, otto.agent],
      on_behalf_of: mira().usr,
    },
  })
  expect(event?.connection_id).toMatch(/^cn_/)
  expect(event?.scopes_granted).toContain('tasks:write')
  const shown = await call('execution', await token(), { id: body.execution_id })
  expect(shown.body.actors).toEqual([mira().agent, otto.agent])
})

test('an agent sees its own executions, and on behalf of somebody those for them', async () => {
  const ran = async (who: (typeof world)[number]) =>
    (await call('execute', await issueToken({ org: who.org, agent: who.agent }), { body: list(who.account) }))
      .body.execution_id
  const first = await ran(one('acme', 'mira', 'u_1'))
  const second = await ran(one('acme', 'mira', 'u_2'))
  const other = await ran(one('acme', 'otto', 'u_1'))
  const seen = async (t: string) =>
    (await call('executions', t)).body.data.map(({ id }: { id: string }) => id)
  const all = await seen(await token())
  expect(all).toEqual(expect.arrayContaining([first, second]))
  expect(all).not.toContain(other)
  const onBehalf = await token({ user: mira().usr })
  expect(await seen(onBehalf)).toContain(first)
  expect(await seen(onBehalf)).not.toContain(second)
  expect((await call('execution', onBehalf, { id: first })).status).toBe(200)
  for (const id of [second, other]) expect((await call('execution', onBehalf, { id })).status).toBe(404)
})

test('a token without the scope of a tool is refused it with the least that would do, and nothing leaves', async () => {
  const reader = await token({ scope: 'tools:read' })
  expect((await call('execute', reader, { body: list(mira().account) })).status).toBe(200)
  await practice.reset()
  const refused = await call('execute', reader, { body: create(mira().account) })
  expect([refused.status, refused.body.code]).toEqual([403, 'insufficient_scope'])
  expect(refused.body.connect_url).toBeUndefined()
  expect(refused.challenge).toContain('error="insufficient_scope"')
  expect(refused.challenge).toContain('scope="tools:write"')
  expect(await upstream()).toBe(0)
  expect(await lastEvent('acme')).toMatchObject({
    outcome: 'denied',
    error_code: 'insufficient_scope',
    details: { actors: [mira().agent] },
  })
  const writer = await token({ scope: 'tools:write' })
  expect((await call('execute', writer, { body: create(mira().account) })).status).toBe(200)
  expect((await call('execute', writer, { body: list(mira().account) })).challenge).toContain(
    'scope="tools:read"',
  )
  expect((await call('tools', writer)).challenge).toContain('scope="tools:read"')
  expect((await call('accounts', reader)).challenge).toContain('scope="accounts:read"')
  expect((await call('executions', reader)).challenge).toContain('scope="executions:read"')
})

test('a token is no secret key: other routes do not take it', async () => {
  const bearer = await token()
  const [{ GET: agents }, { POST: sessions }] = await Promise.all([
    import('../../app/api/v1/agents/route.ts'),
    import('../../app/api/v1/connect_sessions/route.ts'),
  ])
  const ask = (route: Route, method: string) =>
    route(
      new Request('http://localhost:3999/api/v1/agents', {
        method,
        headers: { authorization: `Bearer ${bearer}` },
      }),
      { params: Promise.resolve({}) },
    )
  expect((await ask(agents, 'GET')).status).toBe(401)
  expect((await ask(sessions, 'POST')).status).toBe(401)
})

test('what an admin lets an agent use holds for its calls and its lists, and for whoever it passes a call on to', async () => {
  const otto = one('acme', 'otto', 'u_1')
  const limit = (tools: string[] | null) =>
    superuser.sql('UPDATE agents SET tools = $1::jsonb WHERE id = $2', [
      tools && JSON.stringify(tools),
      parseId('agent', otto.agent),
    ])
  await limit(['sandbox.list_tasks'])
  const own = await token({ agent: otto.agent })
  const passedOn = await token({ user: mira().usr, act: { sub: mira().agent, act: { sub: otto.agent } } })
  for (const [bearer, account] of [
    [own, otto.account],
    [passedOn, mira().account],
  ] as const) {
    expect((await call('execute', bearer, { body: list(account) })).status).toBe(200)
    await practice.reset()
    const refused = await call('execute', bearer, { body: create(account) })
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    expect(await upstream()).toBe(0)
    const { body } = await call('tools', bearer, { query: '?user_id=u_1&limit=100' })
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual(['sandbox.list_tasks'])
  }
  await limit(null)
  expect((await call('execute', own, { body: create(otto.account) })).status).toBe(200)
})

test('what a token was narrowed to holds beside what a call brings along', async () => {
  const details = [{ type: 'behalf_tool_call', tools: ['sandbox.create_task'] }]
  const bearer = await token({ authorization_details: details })
  expect((await call('execute', bearer, { body: create(mira().account) })).status).toBe(200)
  expect((await call('execute', bearer, { body: list(mira().account) })).body.code).toBe('forbidden')
  const wider = [{ type: 'behalf_tool_call', tools: ['sandbox.*'] }]
  const both = (input: object) =>
    call('execute', bearer, { body: { ...input, authorization_details: wider } })
  expect((await both(list(mira().account))).body.code).toBe('forbidden')
  expect((await both(create(mira().account))).status).toBe(200)
})

test("a person's consent to a client lends the tools and the accounts that they saw, until it ends", async () => {
  const otto = one('acme', 'otto', 'u_1')
  const id = newId()
  const tenant = await practice.tenant('acme')
  const account = parseId('connected_account', mira().account) ?? ''
  await forOrg(tenant, (tx) =>
    tx.agent_grants.create({
      data: {
        ...{
          org_id: tenant.orgId,
          id,
          agent_org_id: tenant.orgId,
          agent_id: parseId('agent', otto.agent) ?? '',
        },
        ...{ user_id: parseId('end_user', otto.usr) ?? '', client_id: otto.agent, oauth_grant_id: 'og' },
        ...{
          resource: 'r',
          evidence: {},
          account_ids: [account],
          tools: { [account]: { 'sandbox.list_tasks': 'read' } },
        },
      },
    }),
  )
  const without = await token({ agent: otto.agent, user: otto.usr })
  const bearer = await token({ agent: otto.agent, user: otto.usr, grant_id: publicId('agent_grant', id) })
  const passedOn = await token({
    user: otto.usr,
    act: { sub: mira().agent, act: { sub: otto.agent } },
    grant_id: publicId('agent_grant', id),
  })
  expect((await call('execute', without, { body: list(mira().account) })).status).toBe(404)
  for (const one of [bearer, passedOn]) {
    const { status, body } = await call('execute', one, { body: list(mira().account) })
    expect([body.code, status]).toEqual([undefined, 200])
  }
  expect(await lastEvent('acme')).toMatchObject({ details: { grant_id: publicId('agent_grant', id) } })
  await practice.reset()
  expect((await call('execute', bearer, { body: create(mira().account) })).body.code).toBe('forbidden')
  expect(await upstream()).toBe(0)
  const { body: seen } = await call('accounts', bearer)
  expect(seen.data.map(({ id: account }: { id: string }) => account)).toContain(mira().account)
  await superuser.sql(`UPDATE agent_grants SET revoked_at = now(), revoked_by = '{}' WHERE id = $1`, [id])
  // Long before what is known of the token is looked up again.
  expect((await call('execute', bearer, { body: list(mira().account) })).status).toBeGreaterThanOrEqual(401)
})

test('a tool that changed since the person agreed to it is not offered, and refused until they are asked again; admins are told once', async () => {
  const { connectors } = await import('#runtime')
  const otto = one('acme', 'otto', 'u_1')
  const tenant = await practice.tenant('acme')
  const account = parseId('connected_account', mira().account) ?? ''
  const tools = connectors.sandbox?.tools ?? {}
  const [listing, creating] = [tools['sandbox.list_tasks'], tools['sandbox.create_task']]
  if (!listing || !creating) throw new Error('no such tools')
  const granted = async (pins: Record<string, string | Pin>) => {
    const id = newId()
    const about = { agent_org_id: tenant.orgId, agent_id: parseId('agent', otto.agent) ?? '' }
    await forOrg(tenant, (tx) =>
      tx.agent_grants.create({
        data: {
          ...{ org_id: tenant.orgId, id, ...about, user_id: parseId('end_user', otto.usr) ?? '' },
          ...{ client_id: otto.agent, oauth_grant_id: 'og', resource: 'r', account_ids: [account] },
          tools: { [account]: pins },
          evidence: { text: '', hash: '', locale: 'en', client: {}, left_out: {} },
        },
      }),
    )
    const grant_id = publicId('agent_grant', id)
    return { id, grant_id, bearer: await token({ agent: otto.agent, user: otto.usr, grant_id }) }
  }
  const before = { effect: listing.effect, hash: hashOf({ ...listing, description: 'Lists tasks.' }) }
  const { id, grant_id, bearer } = await granted({
    'sandbox.list_tasks': before,
    'sandbox.create_task': pinOf(creating),
  })
  const ready = async () =>
    (await call('requirements', bearer, { body: { user_id: 'u_1', tools: ['sandbox.list_tasks'] } })).body
      .tools
  expect(await ready()).toMatchObject([{ available: false, blocked: 'changed' }])
  for (let time = 0; time < 2; time++) {
    const refused = await call('execute', bearer, { body: list(mira().account) })
    expect(refused).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
    expect(refused.body.detail).toContain('sandbox.list_tasks changed since the user agreed to it')
    const challenge = refused.challenge ?? ''
    expect(challenge).toContain('error="insufficient_scope"')
    expect(challenge).toContain('scope="tools:read tools:write accounts:read executions:read"')
    expect(challenge).toContain('/.well-known/oauth-protected-resource/api/v1"')
  }
  expect(await upstream()).toBe(0)
  // What did not change goes on.
  expect((await call('execute', bearer, { body: create(mira().account) })).status).toBe(200)
  const audited = await listAudit(tenant, { action: 'agent_grant.tools_changed' }, null, 9)
  expect(audited).toMatchObject([
    { outcome: 'denied', user_id: 'u_1', details: { agent_grant_id: grant_id, tools: 'sandbox.list_tasks' } },
  ])
  const events = await listEvents(tenant, { type: 'agent_grant.tools_changed' }, null, 9)
  expect(events.map(({ data }) => data)).toEqual([
    { agent_grant_id: grant_id, agent_id: otto.agent, user_id: 'u_1', tools: ['sandbox.list_tasks'] },
  ])
  expect((await getAgentGrant(tenant, id)).changed_tools).toEqual(['sandbox.list_tasks'])
  // Asked again, and told from before tools were pinned: both go by what there is now.
  const anew = await granted({ 'sandbox.list_tasks': pinOf(listing) })
  const old = await granted({ 'sandbox.list_tasks': 'read', 'sandbox.create_task': 'read' })
  for (const { bearer: good } of [anew, old])
    expect((await call('execute', good, { body: list(mira().account) })).status).toBe(200)
  // Another effect is a change to those, too.
  expect((await call('execute', old.bearer, { body: create(mira().account) })).body.code).toBe(
    'insufficient_scope',
  )
})

test('what a person chose for a client goes before what the connections of that time say of it', async () => {
  const tenant = await practice.tenant('acme')
  const { agent, usr } = mira()
  const account = parseId('connected_account', mira().account) ?? ''
  const id = newId()
  const about = { agent_org_id: tenant.orgId, agent_id: parseId('agent', agent) ?? '', client_id: agent }
  const lent = { account_ids: [account], tools: { [account]: { 'sandbox.list_tasks': 'read' } } }
  await forOrg(tenant, (tx) =>
    tx.agent_grants.create({
      data: {
        ...{ org_id: tenant.orgId, id, ...about, ...lent, user_id: parseId('end_user', usr) ?? '' },
        ...{ oauth_grant_id: 'og', resource: 'r', evidence: {} },
      },
    }),
  )
  const bearer = await token({ user: usr, grant_id: publicId('agent_grant', id) })
  expect((await call('execute', bearer, { body: list(mira().account) })).status).toBe(200)
  await practice.reset()
  expect((await call('execute', bearer, { body: create(mira().account) })).body.code).toBe('forbidden')
  const none = newId()
  await superuser.sql(
    `INSERT INTO agent_grants SELECT (jsonb_populate_record(g, jsonb_build_object('id', $2::text,
    'account_ids', '[]'::jsonb, 'tools', '{}'::jsonb))).* FROM agent_grants g WHERE g.id = $1`,
    [id, none],
  )
  const nothing = await token({ user: usr, grant_id: publicId('agent_grant', none) })
  expect((await call('execute', nothing, { body: list(mira().account) })).status).toBe(404)
  expect((await call('accounts', nothing)).body.data).toEqual([])
  expect(await upstream()).toBe(0)
  // By itself it is what the connection says.
  expect((await call('execute', await token(), { body: create(mira().account) })).status).toBe(200)
})

test('disabling an agent holds for the very next call', async () => {
  const otto = one('globex', 'otto', 'u_1')
  const bearer = await issueToken({ org: 'globex', agent: otto.agent })
  expect((await call('execute', bearer, { body: list(otto.account) })).status).toBe(200)
  await practice.reset()
  await superuser.sql('UPDATE agents SET disabled_at = now() WHERE id = $1', [parseId('agent', otto.agent)])
  const refused = await call('execute', bearer, { body: list(otto.account) })
  expect([401, 403]).toContain(refused.status)
  expect(await upstream()).toBe(0)
  await expect.poll(async () => (await call('tools', bearer)).status, { timeout: 1_000 }).toBe(401)
  await superuser.sql('UPDATE agents SET disabled_at = NULL WHERE id = $1', [parseId('agent', otto.agent)])
})

test('a key of the caller’s own is another for another user, and for another chain', async () => {
  const headers = { 'idempotency-key': 'same' }
  const ran = async (more: Partial<Asked>) =>
    (await call('execute', await token(more), { body: create(mira().account), headers })).body.execution_id
  const act = { sub: mira().agent, act: { sub: one('acme', 'otto', 'u_1').agent } }
  const ids = [await ran({}), await ran({ user: mira().usr }), await ran({ user: mira().usr, act })]
  expect(new Set(ids).size).toBe(3)
  expect(await ran({ user: mira().usr, act })).toBe(ids[2])
})

test('a token that names its user needs no account to be named, where one fits', async () => {
  const bearer = await token({
    user: one('acme', 'otto', 'u_2').usr,
    agent: one('acme', 'otto', 'u_2').agent,
  })
  const body = { tool_name: 'sandbox.list_tasks', params: {} }
  expect((await call('execute', bearer, { body })).status).toBe(200)
  expect((await call('execute', await token(), { body })).status).toBe(422)
})

test('a token that is bound to a key is refused over REST without its proof', async () => {
  const holder = await newHolder()
  const bound = await token({ cnf: { jkt: holder.jkt } })
  expect((await call('tools', bound)).challenge).toContain('DPoP')
  const proof = await holder.prove(bound, { method: 'GET', url: 'http://localhost:3999/api/v1/tools' })
  const headers = { authorization: `DPoP ${bound}`, dpop: proof }
  expect((await call('tools', bound, { headers })).status).toBe(200)
  expect((await call('tools', bound, { headers })).challenge).toContain('invalid_dpop_proof')
})
