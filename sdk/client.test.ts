import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { BehalfError, type ClientOptions, createClient } from './index.ts'

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

const client = (more: Partial<ClientOptions> = {}) =>
  createClient({ baseUrl, key: 'bhf_sk_test', timeoutMs: 2_000, ...more })

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
  const [, , approved, denied, withdrawn, executed] = asked.map(({ headers }) => headers['idempotency-key'])
  expect(approved).toMatch(/^[0-9a-f-]{36}$/)
  expect(denied).not.toBe(approved)
  expect([withdrawn, executed]).toEqual([undefined, 'order-7'])
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
    expect(await failure(client({ retries: 0 }).tools.list())).toMatchObject({
      code: 'unexpected_answer',
      status,
    })
  }
})

test('never follows a redirect with the key', async () => {
  answer = (response) => response.writeHead(307, { location: '/elsewhere' }).end()
  expect(await failure(client().tools.list())).toMatchObject({ code: 'unexpected_answer', status: 307 })
  expect(asked).toHaveLength(1)
})

test('says apart that nobody answers and that the answer is late', async () => {
  const nobody = createClient({ baseUrl: 'http://127.0.0.1:9', key: 'k', retries: 0 })
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

/** Gives up the connection, so that nobody knows what became of the request. */
const breakOff = (response: ServerResponse) => response.destroy()
const problem = (response: ServerResponse, status: number, code: string, more: object = {}) =>
  response
    .writeHead(status, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify({ code, status, title: code, detail: code, trace_id: '', retryable: true, ...more }))
const keys = () => asked.map(({ headers }) => headers['idempotency-key'])

test('what changes nothing, or is done once under its key, is sent again when it was not answered', async () => {
  answer = (response, nth) =>
    nth === 1 ? breakOff(response) : response.end('{"data":[],"next_cursor":null}')
  await client().tools.list()
  expect(asked).toHaveLength(2)

  asked = []
  answer = (response, nth) =>
    nth === 1
      ? breakOff(response)
      : nth === 2
        ? problem(response, 409, 'idempotency_in_progress')
        : response.end('{}')
  await client().tools.execute({ connected_account_id: 'ca_1', tool_name: 'x.y' })
  expect(keys()).toEqual([keys()[0], keys()[0], keys()[0]])
  expect(keys()[0]).toMatch(/^[0-9a-f-]{36}$/)
})

test('two calls have two keys', async () => {
  await client().tools.execute({ connected_account_id: 'ca_1', tool_name: 'x.y' })
  await client().tools.execute({ connected_account_id: 'ca_1', tool_name: 'x.y' })
  expect(new Set(keys()).size).toBe(2)
})

test('what tells something once, or has no key, is never sent again', async () => {
  answer = breakOff
  const { connectSessions, approvals } = client()
  expect(await failure(connectSessions.create({ user_id: 'u' }))).toMatchObject({ code: 'unreachable' })
  expect(await failure(approvals.withdraw('ap_1'))).toMatchObject({ code: 'unreachable' })
  expect(asked).toHaveLength(2)
})

test.each([
  'upstream_error',
  'upstream_rate_limited',
  'policy_denied',
  'idempotency_mismatch',
  'circuit_open',
])('an answer is an answer: %s is not asked for again', async (code) => {
  answer = (response) => problem(response, 503, code)
  const executed = client().tools.execute({ connected_account_id: 'ca_1', tool_name: 'x.y' })
  expect(await failure(executed)).toMatchObject({ code })
  expect(asked).toHaveLength(1)
})

test('waits as long as it is told to, and not at all where the call would be over by then', async () => {
  const seen: number[] = []
  answer = (response, nth) => {
    seen.push(performance.now())
    if (nth === 1) problem(response, 429, 'rate_limited', { retry_after_seconds: 1 })
    else response.end('{"data":[],"next_cursor":null}')
  }
  await client().tools.list()
  expect((seen[1] ?? 0) - (seen[0] ?? 0)).toBeGreaterThanOrEqual(990)

  answer = (response) => problem(response, 429, 'rate_limited', { retry_after_seconds: 60 })
  expect(await failure(client().tools.list())).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 60 })
  expect(asked).toHaveLength(3)
})

test('gives up after as many repetitions as it was told', async () => {
  answer = breakOff
  expect(await failure(client({ retries: 1 }).tools.list())).toMatchObject({ code: 'unreachable' })
  expect(asked).toHaveLength(2)
})

test('an abort ends a call while it is answered and while it waits, with its own reason', async () => {
  const stop = new AbortController()
  answer = () => stop.abort(new Error('enough'))
  await expect(client().tools.list({}, { signal: stop.signal })).rejects.toThrow('enough')
  const late = new AbortController()
  answer = (response) => {
    problem(response, 429, 'rate_limited', { retry_after_seconds: 1 })
    setTimeout(() => late.abort(new Error('later')), 20)
  }
  await expect(client().tools.list({}, { signal: late.signal })).rejects.toThrow('later')
  expect(asked).toHaveLength(2)
})

test('an answer that stops in the middle is no answer: the call is over in time and sent again', async () => {
  answer = (response, nth) => {
    if (nth > 1) return response.end('{"data":[],"next_cursor":null}')
    response.writeHead(200, { 'content-length': '100' }).write('{"data":')
    setTimeout(() => response.destroy(), 10)
  }
  await client().tools.list()
  expect(asked).toHaveLength(2)
  answer = (response) => response.writeHead(200).write('{')
  expect(await failure(client({ timeoutMs: 100 }).tools.list())).toMatchObject({ code: 'timeout' })
})

test('a credential that runs out is asked for before every request', async () => {
  let made = 0
  answer = (response, nth) => (nth === 1 ? problem(response, 503, 'unavailable') : response.end('{}'))
  await client({ key: async () => `token-${++made}` }).connectedAccounts.get('ca_1')
  expect(asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2'])
})

test('an answer without a body is one, and any operation of the reference can be asked for', async () => {
  answer = (response) => response.writeHead(204).end()
  expect(await client().request('deleteApiKey', { path: { id: 'key_1' } })).toBeUndefined()
  answer = (response) => response.end('{"id":"st_1"}')
  await client().request('liftStop', { path: { id: 'st_1' } })
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'DELETE /api/v1/api_keys/key_1',
    'POST /api/v1/stops/st_1/lift',
  ])
})
