import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { BehalfError, createClient } from './index.ts'

type Asked = { method: string; url: string; headers: IncomingMessage['headers']; body: unknown }

let server: Server
let baseUrl: string
let asked: Asked[] = []
let answer: (response: ServerResponse, nth: number) => void

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const { method = '', url = '', headers } = request
    asked.push({ method, url, headers, body: text === '' ? null : JSON.parse(text) })
    answer(response, asked.length)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked = []
  answer = (response) => response.end('{}')
})

const client = () => createClient({ baseUrl, key: 'bhf_sk_test', timeoutMs: 2_000 })

const failure = async (call: Promise<unknown>): Promise<BehalfError> => {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof BehalfError)) throw new Error(`no BehalfError but ${error}`)
  return error
}

test('sends the key, the body and only the filters that are given', async () => {
  await client().tools.execute({ connected_account_id: 'ca_1', tool_name: 'sandbox.list_tasks' })
  await client().connectedAccounts.list({ org_id: 'acme', user_id: undefined, limit: 5 })
  await client().connectedAccounts.revoke('ca_1', 'left')
  expect(asked.map(({ method, url, body }) => [method, url, body])).toEqual([
    ['POST', '/api/v1/tools/execute', { connected_account_id: 'ca_1', tool_name: 'sandbox.list_tasks' }],
    ['GET', '/api/v1/connected_accounts?org_id=acme&limit=5', null],
    ['POST', '/api/v1/connected_accounts/ca_1/revoke', { reason: 'left' }],
  ])
  for (const { headers } of asked) expect(headers.authorization).toBe('Bearer bhf_sk_test')
})

test('approvals are listed, read, decided and taken back; a call under a key says so', async () => {
  const { approvals, tools } = client()
  await approvals.list({ org_id: 'acme', status: 'pending' })
  await approvals.get('ap_1')
  await approvals.approve('ap_1', { decided_by: 'u_7' })
  await approvals.deny('ap_1', { reason: 'No.' })
  await approvals.withdraw('ap_1')
  await tools.execute({ connected_account_id: 'ca_1', tool_name: 'x.y' }, { idempotencyKey: 'order-7' })
  expect(asked.map(({ method, url, body }) => [method, url, body])).toEqual([
    ['GET', '/api/v1/approvals?org_id=acme&status=pending', null],
    ['GET', '/api/v1/approvals/ap_1', null],
    ['POST', '/api/v1/approvals/ap_1/approve', { decided_by: 'u_7' }],
    ['POST', '/api/v1/approvals/ap_1/deny', { reason: 'No.' }],
    ['DELETE', '/api/v1/approvals/ap_1', null],
    ['POST', '/api/v1/tools/execute', { connected_account_id: 'ca_1', tool_name: 'x.y' }],
  ])
  expect(asked.map(({ headers }) => headers['idempotency-key'])).toEqual([
    ...Array(5).fill(undefined),
    'order-7',
  ])
})

test.each(['ca_1/../..', 'a?b#c', '%2e%2e', '...'])(
  'an id such as %j stays one segment of the path',
  async (id) => {
    await client().connectedAccounts.get(id)
    const segments = asked[0]?.url.split('/') ?? []
    expect(segments.slice(0, 4)).toEqual(['', 'api', 'v1', 'connected_accounts'])
    expect(segments).toHaveLength(5)
  },
)

test.each(['', '.', '..'])('an id of %j is refused before anything is sent', async (id) => {
  expect(await failure(client().connectedAccounts.get(id))).toMatchObject({ code: 'invalid_request' })
  expect(asked).toEqual([])
})

test('a problem becomes an error with its code and all that it carries', async () => {
  answer = (response) =>
    response.writeHead(403, { 'content-type': 'application/problem+json' }).end(
      JSON.stringify({
        type: `${baseUrl}/docs/errors#insufficient_scope`,
        title: 'Scope not granted',
        status: 403,
        detail: 'The user has not granted this.',
        code: 'insufficient_scope',
        trace_id: 'f'.repeat(32),
        retryable: false,
        connect_url: `${baseUrl}/c/x`,
        required_scopes: [['tasks:write']],
        granted_scopes: ['tasks:read'],
      }),
    )
  const error = await failure(client().tools.execute({ user_id: 'u', tool_name: 'sandbox.create_task' }))
  expect(error).toMatchObject({
    code: 'insufficient_scope',
    status: 403,
    detail: 'The user has not granted this.',
    retryable: false,
    retryAfterSeconds: null,
    connectUrl: `${baseUrl}/c/x`,
    requiredScopes: [['tasks:write']],
    grantedScopes: ['tasks:read'],
    traceId: 'f'.repeat(32),
  })
})

test("another server's page is an unexpected answer, whatever its status", async () => {
  for (const status of [200, 502]) {
    answer = (response) => response.writeHead(status).end('<h1>proxy</h1>')
    expect(await failure(client().tools.list())).toMatchObject({ code: 'unexpected_answer', status })
  }
})

test('never follows a redirect with the key', async () => {
  answer = (response) => response.writeHead(307, { location: '/elsewhere' }).end()
  expect(await failure(client().tools.list())).toMatchObject({ code: 'unreachable', status: 0 })
  expect(asked).toHaveLength(1)
})

test('says apart that nobody answers and that the answer is late', async () => {
  const nobody = createClient({ baseUrl: 'http://127.0.0.1:9', key: 'k' })
  expect(await failure(nobody.tools.list())).toMatchObject({ code: 'unreachable', retryable: true })
  answer = () => {}
  const hurried = createClient({ baseUrl, key: 'k', timeoutMs: 50 })
  expect(await failure(hurried.tools.list())).toMatchObject({ code: 'timeout', retryable: false })
})

test('waits for a connection until its session has ended, however it ends', async () => {
  const statuses = ['open', 'authorizing', 'awaiting_confirmation', 'declined']
  answer = (response, nth) => response.end(JSON.stringify({ id: 'cs_1', status: statuses[nth - 1] }))
  const ended = await client().waitForConnection('cs_1', { intervalMs: 1 })
  expect(ended.status).toBe('declined')
  expect(asked).toHaveLength(statuses.length)
})

test('waits no longer than asked, and stops when told to', async () => {
  answer = (response) => response.end(JSON.stringify({ id: 'cs_1', status: 'open' }))
  const waiting = client().waitForConnection('cs_1', { intervalMs: 10, timeoutMs: 25 })
  expect(await failure(waiting)).toMatchObject({ code: 'timeout', detail: 'the session is still open' })

  const stop = new AbortController()
  answer = (response) => {
    response.end(JSON.stringify({ id: 'cs_1', status: 'open' }))
    stop.abort(new Error('enough'))
  }
  const stopped = client().waitForConnection('cs_1', { intervalMs: 60_000, signal: stop.signal })
  await expect(stopped).rejects.toThrow('enough')
})
