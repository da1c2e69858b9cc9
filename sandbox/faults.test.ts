import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type Rig, startRig, type Tokens } from './rig.ts'
import { startSandbox } from './server.ts'

let rig: Rig
let tokens: Tokens
beforeAll(async () => {
  rig = await startRig()
})
beforeEach(async () => {
  await rig.control('POST', 'reset', { data: true })
  tokens = await rig.connect()
})
afterAll(() => rig.close())

const me = () => rig.api(tokens.access_token, 'me')
const refresh = () => rig.refresh(tokens.refresh_token)
const refreshed = async () => (await (await refresh()).json()) as Tokens
const userOf = async (connected: Tokens) =>
  ((await (await rig.api(connected.access_token, 'me')).json()) as { id: string }).id

test('deny ends the next authorization in access_denied, and only that one', async () => {
  await rig.faults({ deny: true })
  expect((await rig.authorize()).back.searchParams.get('error')).toBe('access_denied')
  expect((await rig.authorize()).back.searchParams.has('code')).toBe(true)
})

test('wrong_account signs in somebody else than was picked, once', async () => {
  await rig.faults({ wrong_account: 'ben' })
  expect(await userOf(await rig.connect({ user: 'ana' }))).toBe('usr_ben')
  expect(await userOf(await rig.connect({ user: 'ana' }))).toBe('usr_ana')
})

test('latency_ms delays the area it names and no other', async () => {
  const timed = async (call: () => Promise<Response>) => {
    const start = performance.now()
    await (await call()).text()
    return performance.now() - start
  }
  await rig.faults({ latency_ms: 400, latency_for: 'api' })
  expect(await timed(me)).toBeGreaterThanOrEqual(395)
  expect(await timed(refresh)).toBeLessThan(395)
  await rig.faults({ latency_for: 'token' })
  expect(await timed(() => rig.refresh('none'))).toBeGreaterThanOrEqual(395)
})

test('next_status fails as many api calls as asked, with Retry-After in seconds', async () => {
  await rig.faults({ next_status: { status: 503, count: 2, retry_after: 7 } })
  expect((await refresh()).status).toBe(200)
  const first = await me()
  expect([first.status, first.headers.get('retry-after')]).toEqual([503, '7'])
  expect((await me()).status).toBe(503)
  expect((await rig.state()).faults.next_status).toBeNull()
})

test('next_status gives Retry-After as a date ahead, a date past, or not at all', async () => {
  const retryAfter = async (retry_after: unknown) => {
    await rig.faults({ next_status: { status: 429, retry_after } })
    return (await me()).headers.get('retry-after')
  }
  expect(Date.parse((await retryAfter('http-date')) ?? '')).toBeGreaterThan(Date.now())
  expect(Date.parse((await retryAfter('past')) ?? '')).toBeLessThan(Date.now())
  expect(await retryAfter(null)).toBeNull()
})

test('next_status on the token endpoint spends no refresh token', async () => {
  await rig.faults({ next_status: { status: 502, scope: 'token' } })
  expect((await refresh()).status).toBe(502)
  expect((await refresh()).status).toBe(200)
  const state = await rig.state()
  expect([state.token_refresh, state.refresh_redemptions_max]).toEqual([2, 1])
})

test('token_error answers exactly what was asked, until cleared with null', async () => {
  await rig.faults({ token_error: { status: 400, body: { error: 'invalid_grant', hint: 'x' } } })
  const refused = await refresh()
  expect([refused.status, await refused.json()]).toEqual([400, { error: 'invalid_grant', hint: 'x' }])
  await rig.faults({ token_error: { status: 500, body: 'oops' } })
  expect(await (await refresh()).text()).toBe('oops')
  await rig.faults({ token_error: null })
  expect((await refresh()).status).toBe(200)
})

test('lost_refresh rotates, then drops the connection without an answer', async () => {
  await rig.faults({ lost_refresh: 1 })
  await expect(refresh()).rejects.toThrow()
  expect((await refresh()).status).toBe(400)
})

test('rotation none keeps one refresh token working', async () => {
  await rig.faults({ rotation: 'none' })
  expect((await refreshed()).refresh_token).toBe(tokens.refresh_token)
  expect((await refreshed()).access_token).toBeTruthy()
})

test('access_ttl_seconds shortens new access tokens, which then expire', async () => {
  await rig.faults({ access_ttl_seconds: 1 })
  const short = await refreshed()
  expect(short.expires_in).toBe(1)
  await vi.waitFor(async () => expect((await rig.api(short.access_token, 'me')).status).toBe(401), 5000)
  expect(await rig.introspect(short.access_token)).toEqual({ active: false })
})

test('omit_refresh_token, omit_expires_in and expires_in_override change the token response', async () => {
  await rig.faults({ rotation: 'none', omit_refresh_token: true, omit_expires_in: true })
  const bare = await refreshed()
  expect([bare.refresh_token, bare.expires_in]).toEqual([undefined, undefined])
  await rig.faults({ omit_refresh_token: false, omit_expires_in: false, expires_in_override: '3600' })
  const odd = await refreshed()
  expect([odd.refresh_token, odd.expires_in]).toEqual([tokens.refresh_token, '3600'])
})

test('rate_limit_per_minute answers 429 with Retry-After, for each token apart', async () => {
  await rig.faults({ rate_limit_per_minute: 2 })
  expect([(await me()).status, (await me()).status]).toEqual([200, 200])
  const limited = await me()
  expect(limited.status).toBe(429)
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
  const other = await rig.connect({ user: 'ben' })
  expect((await rig.api(other.access_token, 'me')).status).toBe(200)
})

test('echo_token puts the Authorization header into api bodies, errors too', async () => {
  await rig.faults({ echo_token: true })
  expect(await (await me()).text()).toContain(`Bearer ${tokens.access_token}`)
  expect(await (await rig.api('made-up', 'me')).text()).toContain('Bearer made-up')
})

test('reset_mid_body sends a status and half a body, then breaks off', async () => {
  await rig.faults({ reset_mid_body: 1 })
  const broken = await me()
  expect(broken.status).toBe(200)
  await expect(broken.text()).rejects.toThrow()
  expect((await me()).status).toBe(200)
})

test('api_drops breaks off calls before or after what they do, as many as its shares say', async () => {
  const create = (title: string) =>
    rig
      .api(tokens.access_token, 'tasks', { method: 'POST', body: JSON.stringify({ title }) })
      .then(({ status }) => status)
      .catch(() => 'dropped')
  await rig.faults({ api_drops: { before: 0, after: 0.5 } })
  expect([await create('one'), await create('two')]).toEqual([201, 'dropped'])
  await rig.faults({ api_drops: { before: 0.5, after: 0 } })
  expect([await create('three'), await create('four')]).toEqual([201, 'dropped'])
  await rig.faults({ api_drops: null })
  const { tasks } = (await (await rig.api(tokens.access_token, 'tasks?limit=100')).json()) as {
    tasks: { title: string }[]
  }
  expect(tasks.slice(-3).map(({ title }) => title)).toEqual(['one', 'two', 'three'])
})

test('api_faults_for leaves the calls of everybody else as they are', async () => {
  const ben = await rig.connect({ user: 'ben' })
  await rig.faults({ api_faults_for: 'ben', next_status: { status: 503, count: 9 } })
  expect([(await me()).status, (await rig.api(ben.access_token, 'me')).status]).toEqual([200, 503])
  await rig.faults({ next_status: null, html_200: true })
  expect((await me()).headers.get('content-type')).toContain('json')
  expect((await rig.api(ben.access_token, 'me')).headers.get('content-type')).toContain('html')
})

test('huge_body_bytes sends a body of that size', async () => {
  await rig.faults({ huge_body_bytes: 3_000_000 })
  const text = await (await me()).text()
  expect(text.length).toBe(3_000_000)
  expect(Object.keys(JSON.parse(text))).toEqual(['filler'])
})

test('huge_body_bytes stops pouring when the reader hangs up', async () => {
  await rig.faults({ huge_body_bytes: 2_000_000_000 })
  const response = await me()
  await response.body?.cancel()
  await rig.faults({ huge_body_bytes: null })
  expect((await me()).status).toBe(200)
})

test('invalid_json, html_200 and redirect_to spoil the answer of the area in body_for', async () => {
  await rig.faults({ invalid_json: true })
  await expect((await me()).json()).rejects.toThrow(SyntaxError)
  await rig.faults({ invalid_json: false, html_200: true })
  const html = await me()
  expect([html.status, html.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  await rig.faults({ html_200: false, redirect_to: 'http://127.0.0.1:4198/' })
  const moved = await me()
  expect([moved.status, moved.headers.get('location')]).toEqual([302, 'http://127.0.0.1:4198/'])
  expect((await refresh()).status).toBe(200)
  await rig.faults({ redirect_to: null, invalid_json: true, body_for: 'token' })
  expect((await me()).status).toBe(200)
  await expect((await rig.refresh('none')).json()).rejects.toThrow(SyntaxError)
})

test('refuses an unknown knob and a value out of range, changing nothing', async () => {
  for (const knobs of [{ dney: true }, { dney: null }, { latency_ms: -1 }, { deny: true, latency_ms: 'x' }]) {
    expect((await rig.control('POST', 'faults', knobs)).status).toBe(422)
  }
  const { faults } = await rig.state()
  expect([faults.deny, faults.latency_ms]).toEqual([0, 0])
})

test('reset clears faults and counters', async () => {
  await rig.faults({ html_200: true, deny: 3 })
  await me()
  await rig.control('POST', 'reset', {})
  const state = await rig.state()
  expect([state.faults.html_200, state.faults.deny, state.api, state.last_requests]).toEqual([
    false,
    0,
    {},
    [],
  ])
})

test('revoke_user ends every grant of that person and of nobody else', async () => {
  const ben = await rig.connect({ user: 'ben' })
  const second = await rig.connect({ user: 'ana' })
  const answer = await rig.control('POST', 'revoke_user', { user: 'ana@acme.test' })
  expect(((await answer.json()) as { revoked: number }).revoked).toBeGreaterThanOrEqual(2)
  expect((await me()).status).toBe(401)
  expect((await rig.api(second.access_token, 'me')).status).toBe(401)
  expect((await refresh()).status).toBe(400)
  expect((await rig.api(ben.access_token, 'me')).status).toBe(200)
})

test('counts every kind of request and keeps the raw ones, refresh tokens by hash only in the counts', async () => {
  await rig.control('POST', 'reset', {})
  const mine = await rig.connect()
  await rig.refresh(mine.refresh_token)
  await rig.introspect(mine.access_token)
  await rig.api(mine.access_token, 'tasks/tsk_ana_1')
  await fetch(`${rig.url}/userinfo`, { headers: { authorization: `Bearer ${mine.access_token}` } })
  await rig.post('/token/revocation', { token: mine.access_token })
  const state = await rig.state()
  expect(state).toMatchObject({
    authorize: 1,
    token_authorization_code: 1,
    token_refresh: 1,
    revocation: 1,
    introspection: 1,
    userinfo: 1,
    api: { 'GET /api/tasks/{id}': 1 },
  })
  const hash = createHash('sha256')
    .update(mine.refresh_token ?? '')
    .digest('hex')
  expect(state.refresh_redemptions).toEqual({ [hash]: 1 })
  const api = state.last_requests.find((request) => request.path === '/api/tasks/tsk_ana_1')
  expect(api?.headers.authorization).toBe(`Bearer ${mine.access_token}`)
  const form = state.last_requests.find((request) => request.body.includes('grant_type=refresh_token'))
  expect(form?.body).toContain(mine.refresh_token)
})

test('keeps only the last 200 requests', async () => {
  for (let i = 0; i < 205; i += 1) await (await fetch(`${rig.url}/?n=${i}`)).text()
  const { last_requests } = await rig.state()
  expect([last_requests.length, last_requests.at(-1)?.path]).toEqual([200, '/?n=204'])
})

test('the control endpoint needs its key', async () => {
  const send = (headers: Record<string, string>) => fetch(`${rig.url}/_control/state`, { headers })
  expect((await send({})).status).toBe(401)
  expect((await send({ 'x-sandbox-control': 'guess' })).status).toBe(401)
})

test('the control endpoint is absent when no key is configured', async () => {
  const bare = await startSandbox({ port: 0, clients: [] })
  const headers = { 'x-sandbox-control': '' }
  expect((await fetch(`${bare.url}/_control/state`, { headers })).status).toBe(404)
  await bare.close()
})

test('coop is what every page says of whoever opened it, and none says anything without', async () => {
  const policy = async () =>
    (await fetch(new URL('/', rig.url), { redirect: 'manual' })).headers.get('cross-origin-opener-policy')
  expect(await policy()).toBeNull()
  await rig.faults({ coop: 'same-origin-allow-popups' })
  expect(await policy()).toBe('same-origin-allow-popups')
  await rig.faults({ coop: null })
  expect(await policy()).toBeNull()
})
