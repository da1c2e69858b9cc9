import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { createApiKeyIn } from '#lib/identity'
import { newId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import * as revoke from '../../../app/api/v1/agent_grants/[id]/revoke/route.ts'
import * as one from '../../../app/api/v1/agent_grants/[id]/route.ts'
import * as many from '../../../app/api/v1/agent_grants/route.ts'
import { origin, type Practice, rootKey, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

type Handler = typeof many.GET
async function call(handler: Handler, method: string, path: string, id = '', secret = rootKey) {
  const response = await handler(
    new Request(`http://localhost/api/v1/agent_grants${path}`, {
      method,
      headers: { authorization: `Bearer ${secret}` },
    }),
    { params: Promise.resolve({ id }) },
  )
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** A person with an account who has let a client in. */
async function letIn(org: string, user: string, account = true) {
  const id = account
    ? ((await practice.connectAccount({ org, user })).connected_account_id ?? '')
    : `ca_${'0'.repeat(32)}`
  const tenant = await practice.tenant(org)
  const uuid = (text: string) => text.replace(/^[a-z]+_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  const [agent, grant] = [newId(), newId()]
  const values = [tenant.orgId, agent, grant, user, uuid(id)]
  await superuser.tamper(
    `INSERT INTO agents (org_id, id, name, kind, client_id) VALUES ($1, $2::uuid, 'Claude', 'client', $2::uuid::text)`,
    values.slice(0, 2),
  )
  await superuser.tamper(
    `INSERT INTO agent_grants (org_id, id, agent_org_id, agent_id, user_id, client_id, oauth_grant_id, resource, scopes,
       account_ids, tools, evidence)
     SELECT $1::uuid, $3::uuid, $1::uuid, $2::uuid, u.id, $2::uuid::text, $3::uuid::text, 'http://localhost/mcp', '{tools:read}', ARRAY[$5::uuid],
       jsonb_build_object($5::uuid::text, '{"sandbox.list_tasks": "read"}'::jsonb),
       '{"text": "what was shown", "locale": "en", "client": {"name": "Claude"}, "hash": "", "left_out": {}}'
     FROM end_users u WHERE u.org_id = $1::uuid AND u.external_id = $4`,
    values,
  )
  return { tenant, account: id, agent: publicId('agent', agent), grant: publicId('agent_grant', grant) }
}

const manage = async (tenant: Tenant, user: string) => {
  const session = await practice.session({
    org_id: tenant.externalId,
    user_id: user,
    kind: 'manage',
    connectors: [],
  })
  return (await practice.connect.enter(session.token)).open
}

test('lists what people let clients do, by user and by agent, and answers another org’s as absent', async () => {
  const ana = await letIn('acme', 'u_1')
  const bob = await letIn('acme', 'u_2')
  await letIn('globex', 'u_1')
  const ids = async (query: string) => {
    const { status, body } = await call(many.GET, 'GET', `?org_id=acme${query}`)
    expect(status).toBe(200)
    return (body.data as { id: string }[]).map(({ id }) => id)
  }
  expect(await ids('')).toEqual([bob.grant, ana.grant])
  expect(await ids('&user_id=u_1')).toEqual([ana.grant])
  expect(await ids(`&agent_id=${bob.agent}`)).toEqual([bob.grant])
  expect(await ids('&user_id=u_nobody')).toEqual([])
  const { body } = await call(one.GET, 'GET', `/${ana.grant}`, ana.grant)
  expect(body).toMatchObject({
    ...{ user_id: 'u_1', agent_id: ana.agent, status: 'active', consent_text: 'what was shown' },
    connected_accounts: [{ id: ana.account, tools: ['sandbox.list_tasks'] }],
  })
  const globex = await practice.tenant('globex')
  const { secret } = await forOrg(globex, (tx) => createApiKeyIn(tx, globex, { name: 'globex', roles: [] }))
  for (const [handler, method, path] of [
    [one.GET, 'GET', `/${ana.grant}`],
    [revoke.POST, 'POST', `/${ana.grant}/revoke`],
  ] as const) {
    const { status, body: refused } = await call(handler, method, path, ana.grant, secret)
    expect({ status, code: refused.code }).toEqual({ status: 404, code: 'not_found' })
  }
})

test('is taken back over the API at once, and twice is as once', async () => {
  const { grant } = await letIn('taken', 'u_1')
  for (let time = 0; time < 2; time++) {
    const { status, body } = await call(revoke.POST, 'POST', `/${grant}/revoke`, grant)
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: 'revoked', revoked_by: { type: 'root_key' } })
  }
})

test('the person sees who they let in, and takes it back; nobody else can', async () => {
  const { tenant, grant } = await letIn('mine', 'u_1')
  const other = await letIn('mine', 'u_2')
  const open = await manage(tenant, 'u_1')
  const seen = async () => (await practice.connect.mine(open, 'en')).letIn
  expect(await seen()).toMatchObject([
    {
      id: grant,
      name: 'Claude',
      ownWord: true,
      accounts: [{ connector: { id: 'sandbox' }, readOnly: true }],
    },
  ])
  for (const id of [other.grant, `gr_${'1'.repeat(32)}`, 'nonsense'])
    await expect(practice.connect.takeBackMine(open, id, origin)).rejects.toMatchObject({ code: 'not_found' })
  await practice.connect.takeBackMine(open, grant, origin)
  expect(await seen()).toEqual([])
  const [left] = await superuser.sql<{ revoked_at: Date | null }>(
    'SELECT revoked_at FROM agent_grants WHERE org_id = $1 AND revoked_at IS NULL',
    [tenant.orgId],
  )
  expect(left).toEqual({ revoked_at: null })
})
