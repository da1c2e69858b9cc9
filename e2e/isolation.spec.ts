// Two organizations, the same user ids, every route that takes an id (THREATS.md T1).

import { parseId } from '#lib/ids'
import { instance } from '../scripts/testing/instance.ts'
import { asSuperuser } from './support/console.ts'
import { type Api, apiWith, connectedAccount, expect, test } from './support/test.ts'

type Operation = { operationId: string; parameters: { name: string; in: string }[] }

/** Every operation with an id in its path, as the published document lists them. */
async function idOperations(api: Api): Promise<{ method: string; path: string; operationId: string }[]> {
  const { body } = await api.get('/openapi.json')
  const paths = body.paths as Record<string, Record<string, Operation>>
  return Object.entries(paths).flatMap(([path, methods]) =>
    path.includes('{id}')
      ? Object.entries(methods).map(([method, { operationId }]) => ({
          method: method.toUpperCase(),
          path,
          operationId,
        }))
      : [],
  )
}

/** What stands at each place that takes an id of a tenant's. */
const prefixOf: Record<string, string> = {
  agent_grants: 'gr',
  agents: 'ag',
  api_keys: 'key',
  approvals: 'ap',
  audit_streams: 'as',
  auth_configs: 'ac',
  connect_sessions: 'cs',
  connected_accounts: 'ca',
  connections: 'cn',
  executions: 'ex',
  limits: 'lim',
  members: 'mem',
  policies: 'pol',
  policy_cases: 'pc',
  policy_versions: 'pv',
  revocations: 'rev',
  scope_ceilings: 'sc',
  sso_connections: 'ssoc',
  stops: 'stp',
  toolsets: 'ts',
}

/** Ids that the caller gave, or that are the same for everybody; requests are tried in lib/connect/flow. */
const otherIds = new Set(['connection_requests', 'connectors', 'orgs', 'provider_events', 'users'])

const absentId = (prefix: string) => `${prefix}_0190a0b0c0d070e0800000000000dead`

/** Bodies that fit, so that only the id can be what is refused. */
const bodies: Record<string, object> = {
  confirmConnectSession: { user_id: 'same', confirmation_code: 'x' },
  revokeConnectedAccount: { reason: 'x' },
  changeAuthConfig: { name: 'x' },
  changeAgent: { name: 'x' },
  changeToolset: { name: 'x' },
  createAgentCredential: { kind: 'client_secret' },
  denyApproval: { reason: 'x' },
  changeAuditStream: { name: 'x' },
  changeLimit: { most: 5 },
  changeMember: { role: 'support' },
  changePolicyCase: { name: 'x' },
  changePolicyVersion: { note: 'x' },
  changeSsoConnection: { name: 'x' },
}

/** Publishes a policy of an org. @returns its version */
async function policy(api: Api, org: string, source: string): Promise<string> {
  const { body } = await api.post('/policy_versions', { org_id: org, source })
  const published = await api.post(`/policy_versions/${body.id}/publish`, {})
  expect(published.status, JSON.stringify(published.body)).toBe(200)
  return String(body.id)
}

/** A person's consent to a client; how one comes about is tried in authorize.spec. @returns its id */
async function agentGrant(account: string, agent: string): Promise<string> {
  const [row] = await asSuperuser(
    `INSERT INTO agent_grants (org_id, id, agent_org_id, agent_id, user_id, client_id, oauth_grant_id, resource,
       account_ids, evidence)
     SELECT a.org_id, gen_random_uuid(), a.org_id, $2::uuid, a.user_id, 'x', 'x', 'x', ARRAY[a.id], '{}'
     FROM connected_accounts a WHERE a.id = $1::uuid RETURNING replace(id::text, '-', '') AS id`,
    [parseId('connected_account', account), parseId('agent', agent)],
  )
  return `gr_${row?.id}`
}

test('every route that takes an id answers for another org as for an absent id', async ({ page, api }) => {
  const keys: Record<string, string> = {}
  for (const org of ['iso-a', 'iso-b']) {
    await api.put(`/orgs/${org}`, { name: org })
    const { body } = await api.post('/api_keys', { name: 'iso', org_id: org })
    keys[org] = String(body.secret)
  }
  const theirs = await connectedAccount(page, api, { org: 'iso-b', user: 'same' })
  await connectedAccount(page, api, { org: 'iso-a', user: 'same' })
  const made = async (path: string, data: object) => String((await api.post(path, data)).body.id)
  const revocations = await api.post('/revocations', { org_id: 'iso-b', connector: 'github', reason: 'x' })
  const call = { connected_account_id: theirs.id, tool_name: 'sandbox.list_tasks' }
  const run = await api.post('/tools/execute', call)
  const account = await api.get(`/connected_accounts/${theirs.id}`)
  const foreign: Record<string, string> = {
    ca: theirs.id,
    cs: await made('/connect_sessions', { org_id: 'iso-b', user_id: 'same' }),
    ac: await made('/auth_configs', {
      org_id: 'iso-b',
      connector: 'sandbox',
      client_id: 'x',
      client_secret: 'y',
    }),
    ag: await made('/agents', { org_id: 'iso-b', name: 'agent' }),
    pol: await made('/policies', { org_id: 'iso-b', name: 'p', tools: ['github.create_issue'] }),
    key: await made('/api_keys', { org_id: 'iso-b', name: 'k' }),
    ex: String(run.body.execution_id),
    rev: (revocations.body.data as { id: string }[])[0]?.id ?? '',
    cn: String((account.body.connection as { id: string }).id),
    mem: await made('/members', { org_id: 'iso-b', email: 'iso@b.test', role: 'auditor' }),
    lim: await made('/limits', { org_id: 'iso-b', name: 'l', kind: 'daily_calls', most: 1_000 }),
    stp: await made('/stops', {
      org_id: 'iso-b',
      subject: { type: 'tool', id: 'github.create_issue' },
      reason: 'x',
    }),
    sc: await made('/scope_ceilings', { org_id: 'iso-b', connector: 'github', group: 'g', scopes: [] }),
    pc: await made('/policy_cases', {
      org_id: 'iso-b',
      name: 'c',
      call: { tool_name: 'sandbox.list_tasks' },
      expected: { decision: 'ask' },
    }),
    ssoc: await made('/sso_connections', {
      ...{
        org_id: 'iso-b',
        name: 'IdP',
        issuer: 'https://login.b.test',
        client_id: 'x',
        client_auth: 'none',
      },
    }),
    as: await made('/audit_streams', {
      org_id: 'iso-b',
      name: 's',
      kind: 'https',
      url: 'https://siem.example/in',
    }),
    pv: await policy(api, 'iso-b', '@id("ask") @decision("ask") permit(principal, action, resource);'),
    ts: await made('/toolsets', { org_id: 'iso-b', name: 't' }),
    gr: '',
    ap: '',
  }
  foreign.gr = await agentGrant(theirs.id, foreign.ag ?? '')
  foreign.ap = String((await api.post('/tools/execute', call)).body.approval_id)
  const own = apiWith(keys['iso-a'] ?? '')
  const without = (body: object) => ({ ...body, trace_id: null })
  let compared = 0
  for (const { method, path, operationId } of await idOperations(api)) {
    const [, , , place = ''] = path.split('/')
    // Whoever answers for the deployment alone has a say in which orgs its agents are let into (app/api/v1/agents).
    if (otherIds.has(place) || path.includes('{org_id}')) continue
    const prefix = prefixOf[place] ?? ''
    expect(prefix, `${path} takes an id that is not tried here`).not.toBe('')
    const ask = (id: string | undefined) =>
      own.call(
        method,
        path.replace('{id}', id ?? '').replace('{credential_id}', absentId('agc')),
        method === 'GET' || method === 'DELETE' ? undefined : (bodies[operationId] ?? {}),
      )
    const toForeign = await ask(foreign[prefix])
    const toAbsent = await ask(absentId(prefix))
    expect(toForeign.status, `${method} ${path}`).toBe(404)
    expect(without(toForeign.body), `${method} ${path}`).toEqual(without(toAbsent.body))
    compared++
  }
  expect(compared).toBeGreaterThan(15)

  // What was asked for is untouched.
  expect((await api.get(`/connected_accounts/${theirs.id}`)).body.status).toBe('active')
  for (const [prefix, id] of Object.entries({ cs: foreign.cs, ag: foreign.ag })) {
    const route = prefix === 'cs' ? 'connect_sessions' : 'agents'
    expect((await api.get(`/${route}/${id}`)).body.status).toBe(prefix === 'cs' ? 'open' : 'active')
  }
})

test('a restricted key reaches its own org and cannot name another', async ({ api }) => {
  for (const org of ['key-a', 'key-b']) await api.put(`/orgs/${org}`, {})
  const { body } = await api.post('/api_keys', { name: 'k', org_id: 'key-a' })
  const own = apiWith(String(body.secret))
  expect((await own.get('/connected_accounts')).status).toBe(200)
  for (const path of [
    '/connected_accounts',
    '/audit_events',
    '/executions',
    '/policies',
    '/audit_events/verify',
    '/audit_events/export',
  ]) {
    expect((await own.get(`${path}?org_id=key-b`)).status, path).toBe(404)
  }
  expect((await own.post('/connect_sessions', { org_id: 'key-b', user_id: 'x' })).status).toBe(404)
  expect((await own.put('/orgs/key-new', {})).status).toBe(404)
  expect(((await own.get('/orgs')).body.data as { id: string }[]).map(({ id }) => id)).toEqual(['key-a'])
  await api.delete(`/api_keys/${body.id}`)
  expect((await own.get('/connected_accounts')).status).toBe(401)
})

test('no header chooses or changes the tenant, and a doubled credential is none', async () => {
  const ask = (headers: [string, string][]) =>
    fetch(new URL('/api/v1/connected_accounts?org_id=iso-a', instance().publicUrl), { headers }).then(
      ({ status }) => status,
    )
  const key: [string, string] = ['authorization', `Bearer ${instance().rootKey}`]
  expect(await ask([key])).toBe(200)
  expect(await ask([])).toBe(401)
  expect(await ask([key, key])).toBe(401)
  expect(await ask([['authorization', `Basic ${instance().rootKey}`]])).toBe(401)
  expect(await ask([['x-api-key', instance().rootKey]])).toBe(401)
  for (const name of ['x-org-id', 'x-tenant-id', 'x-behalf-org', 'x-middleware-subrequest']) {
    expect(await ask([[name, 'iso-b']]), name).toBe(401)
    expect(await ask([key, [name, 'iso-b']]), name).toBe(200)
  }
})

test('a key hands out no more than it has, and lists end where their cursors do', async ({ api }) => {
  await api.put('/orgs/key-roles', {})
  const { body } = await api.post('/api_keys', { name: 'm', org_id: 'key-roles', roles: ['manage', 'read'] })
  const manager = apiWith(String(body.secret))
  for (const roles of [[], ['execute'], ['read', 'connect']]) {
    expect((await manager.post('/api_keys', { name: 'wider', roles })).status, roles.join()).toBe(403)
  }
  expect((await manager.post('/api_keys', { name: 'narrower', roles: ['read'] })).status).toBe(201)

  const first = await api.get('/connectors?limit=1')
  expect(first.body).toMatchObject({ data: [{ id: 'sandbox' }], has_more: true })
  const second = await api.get(`/connectors?limit=1&cursor=${first.body.next_cursor}`)
  expect(second.body).toMatchObject({ data: [{ id: 'github' }] })
  expect((await api.get('/tools?cursor=enp6')).status).toBe(422)
})
