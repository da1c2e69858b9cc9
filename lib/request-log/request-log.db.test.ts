import { afterAll, beforeAll, expect, it } from 'vitest'
import { exploreAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { createApiKeyIn } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { type Practice, rootKey, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { callsOf, flushRequests, getRequest, listRequests, spanAround, sweepRequestLog } from './index.ts'

let practice: Practice
let superuser: Superuser
let acme: Tenant
let globex: Tenant
let account = ''
let secret = ''
const canary = 'a canary in a body'

beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  account = (await practice.connectAccount({ org: 'acme', user: 'ana' })).connected_account_id ?? ''
  await practice.connectAccount({ org: 'globex', user: 'ana' })
  acme = await practice.tenant('acme')
  globex = await practice.tenant('globex')
  const made = await forOrg(acme, (tx) => createApiKeyIn(tx, acme, { name: 'Backend', roles: [] }))
  secret = made.secret
})
afterAll(() => practice.stop())

async function execute(key: string, params: object, tool_name = 'sandbox.list_tasks') {
  const { POST } = await import('../../app/api/v1/tools/execute/route.ts')
  const request = new Request('http://localhost/api/v1/tools/execute', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ connected_account_id: account, tool_name, params }),
  })
  return POST(request, { params: Promise.resolve({}) })
}
async function list(key: string, query: string) {
  const { GET } = await import('../../app/api/v1/events/route.ts')
  const headers = { authorization: `Bearer ${key}` }
  return GET(new Request(`http://localhost/api/v1/events?${query}`, { headers }), {
    params: Promise.resolve({}),
  })
}
const lines = async (tenant: Tenant, filter = {}) => {
  await flushRequests()
  return listRequests(tenant, filter, null, 50)
}

it('lists what keys asked, whose org it turned out to be, and nothing that a body held', async () => {
  const answer = await execute(secret, { limit: 1 })
  expect(answer.status).toBe(200)
  await execute(secret, { cursor: canary })
  await list(rootKey, 'org_id=acme&limit=1')
  await list('bhf_sk_nobody_knows_this_key_0123456789012', 'org_id=acme')
  await list(rootKey, 'org_id=globex')
  const found = await lines(acme)
  expect(found.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
    'GET /api/v1/events 200',
    'POST /api/v1/tools/execute 422',
    'POST /api/v1/tools/execute 200',
  ])
  const [read, refused, made] = found
  expect(read).toMatchObject({ query: 'org_id=acme&limit=1', actor: { type: 'root_key' }, key: null })
  expect(refused).toMatchObject({ error_code: 'invalid_request' })
  expect(made).toMatchObject({
    key: { name: 'Backend' },
    tool_name: 'sandbox.list_tasks',
    fields: ['connected_account_id', 'tool_name', 'params'],
    trace_id: answer.headers.get('x-request-id'),
  })
  expect(JSON.stringify(await superuser.sql('SELECT * FROM request_log'))).not.toContain(canary)

  expect((await lines(acme, { status_class: 4 })).map(({ id }) => id)).toEqual([refused?.id])
  expect((await lines(acme, { method: 'GET' })).map(({ id }) => id)).toEqual([read?.id])
  expect(await lines(acme, { path: '/api/v1/tools' })).toHaveLength(2)
  expect(await lines(acme, { actor: made?.actor.id })).toHaveLength(2)
  expect(await lines(globex)).toHaveLength(1)
  await expect(getRequest(globex, made?.id ?? '')).rejects.toMatchObject({ code: 'not_found' })

  if (!made) throw new Error('not listed')
  const { execution_id } = (await answer.json()) as { execution_id: string }
  expect(await callsOf(acme, made)).toMatchObject([{ id: execution_id, status: 'succeeded' }])
  expect(await callsOf(globex, made)).toEqual([])
  const asked = { ...spanAround(made), trace: [made.trace_id] }
  const { events } = await exploreAudit(acme, asked, null, 20)
  expect(events).toMatchObject([{ action: 'tool.executed', outcome: 'allowed' }])
})

it('a call waits for none of it, and what is too much is counted and said', async () => {
  const { noteRequest } = await import('./buffer.ts')
  const { withTrace } = await import('#lib/log')
  const ended = { route: '/api/v1/events', status: 200, errorCode: null, seconds: 0 }
  const request = new Request('http://localhost/api/v1/events')
  const before = (await lines(globex)).length
  withTrace({ tenant: globex, actor: { type: 'root_key', id: 'root' } }, () => {
    for (let n = 0; n < 5_003; n++) noteRequest(request, ended)
  })
  await flushRequests()
  const [counted] = await superuser.sql<{ n: number; dropped: number }>(
    'SELECT count(*)::int AS n, sum(dropped)::int AS dropped FROM request_log WHERE org_id = $1',
    [globex.orgId],
  )
  expect(counted).toEqual({ n: before + 5_000, dropped: 3 })
})

it('forgets what is older than a week, of this org alone, and nothing younger', async () => {
  const kept = (await lines(acme)).length
  expect(await sweepRequestLog(acme)).toBe(0)
  expect(await sweepRequestLog(acme, Date.now() + 6.9 * 86_400_000)).toBe(0)
  expect(await sweepRequestLog(acme, Date.now() + 7.1 * 86_400_000)).toBe(kept)
  expect(await lines(acme)).toEqual([])
  expect(await lines(globex)).not.toEqual([])
})

it('a handle that a path holds is not listed', async () => {
  const { POST } = await import('../../app/api/v1/sign_ins/[handle]/confirm/route.ts')
  const handle = 'c2VjcmV0LWhhbmRsZS1vZi1hLXNpZ24taW4'
  const request = new Request(`http://localhost/api/v1/sign_ins/${handle}/confirm`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ user_id: 'ana' }),
  })
  await POST(request, { params: Promise.resolve({ handle }) })
  const [line] = await lines(acme)
  expect(line?.path).toBe('/api/v1/sign_ins/{handle}/confirm')
})

it('the request that makes an org is listed with it, and so is each invitation', async () => {
  const { POST } = await import('../../app/api/v1/connect_sessions/route.ts')
  for (const user_id of ['ana', 'bob']) {
    const request = new Request('http://localhost/api/v1/connect_sessions', {
      method: 'POST',
      headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ org_id: 'made-by-it', user_id, connectors: ['sandbox'] }),
    })
    expect((await POST(request, { params: Promise.resolve({}) })).status).toBe(201)
  }
  const found = await lines(await practice.tenant('made-by-it'))
  expect(found.map(({ path }) => path)).toEqual(Array(2).fill('/api/v1/connect_sessions'))
})
