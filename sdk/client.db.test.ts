// The client against the API itself: real handlers over HTTP, a real database, a practice provider.
import { createHash, randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { authorizeByHttp } from '../sandbox/drive.ts'
import { origin, rootKey } from '../scripts/testing/practice.ts'
import { asAgent, onBehalfOf } from './examples/agent.ts'
import { agentToken, type BehalfClient, BehalfError, createClient, type ToolOutcome } from './index.ts'
import { type Api, startApi } from './testing.ts'

let at: Api
let behalf: BehalfClient
let org = ''
let made = 0

beforeAll(async () => {
  at = await startApi()
  behalf = at.behalf
})
afterAll(() => at.close())
beforeEach(async () => {
  org = `client-${++made}`
  await at.practice.reset()
})

const account = async (user = 'u_1') =>
  (await at.practice.connectAccount({ org, user })).connected_account_id ?? ''
const code = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => (error instanceof BehalfError ? error.code : error),
  )
const writes = async () => (await at.practice.state()).api['POST /api/tasks'] ?? 0
const asked = (user_id = 'u_1') => ({ org_id: org, user_id })

test("the README's backend invites, vouches, waits and runs a tool; the consent has a receipt", async () => {
  process.env.BEHALF_URL = at.baseUrl
  process.env.BEHALF_KEY = rootKey
  const { invite, finished, connected, remind } = await import('./examples/quickstart.ts')
  const session = await invite('u_42')
  const waiting = connected(session.id)
  // What the user does in the portal and at the provider.
  const { id, token = '' } = session
  const { location, flow } = await at.practice.approve({ id, token }, ['tasks:read', 'tasks:write'])
  const back = await authorizeByHttp({ authorizeUrl: location, user: 'ana', grant: 'all' })
  const authConfig = back.pathname.split('/').at(-1) ?? ''
  const ended = await at.practice.connect.callback(flow, authConfig, back.searchParams, origin)
  const confirmation = ended.flow.confirmationCode ?? ''
  await finished(session.id, confirmation, { id: 'u_42' })
  const accountId = (await waiting) ?? ''
  expect(await remind('u_42', 'Call')).toMatchObject({ made: { title: 'Call' } })

  const { connection } = await behalf.connectedAccounts.get(accountId)
  const { data } = await behalf.connectedAccounts.connections(accountId)
  expect(data.map(({ id }) => id)).toEqual([connection?.id])
  const receipt = await behalf.connectedAccounts.receipt(connection?.id ?? '')
  expect(receipt).toMatchObject({ signature: expect.any(String) })

  await at.practice.revokeUser('ana')
  expect(await remind('u_42', 'Call')).toMatchObject({ sendTo: expect.stringContaining('/c/') })
  expect(await behalf.connectedAccounts.revoke(accountId)).toMatchObject({ stopped: true })
  const another = await invite('u_42')
  await behalf.connectSessions.cancel(another.id)
  expect(await connected(another.id)).toBeNull()
})

test('credentials of another system are taken over, once, and nothing gives them out', async () => {
  const { access_token, refresh_token } = await at.practice.tokensElsewhere()
  const input = { ...asked(), connector: 'sandbox', tokens: { access_token, refresh_token } }
  const imported = await behalf.connectedAccounts.import(input)
  expect(imported).toMatchObject({ status: 'active', user_id: 'u_1' })
  expect(JSON.stringify(await behalf.connectedAccounts.list({ org_id: org }))).not.toContain(access_token)
})

test('a write whose answer was lost on the way to the client is asked for again and made once', async () => {
  const id = await account()
  let lost = 0
  const lossy = createClient({
    baseUrl: at.baseUrl,
    key: rootKey,
    fetch: async (...request) => {
      const response = await fetch(...request)
      if (lost++ > 0) return response
      await response.body?.cancel()
      throw new TypeError('connection reset')
    },
  })
  const answer = await lossy.tools.execute({
    connected_account_id: id,
    tool_name: 'sandbox.create_task',
    params: { title: org },
  })
  expect([answer.status, lost, await writes()]).toEqual(['succeeded', 2, 1])
})

test('a file goes there and comes back, with its name', async () => {
  const connected_account_id = await account()
  const listed = await behalf.tools.execute({ connected_account_id, tool_name: 'sandbox.list_tasks' })
  const [task] = (listed as { output: { tasks: { id: string }[] } }).output.tasks
  const task_id = task?.id ?? ''
  const bytes = new Uint8Array(randomBytes(100_000))
  const file = { name: 'Rechnung März.bin', media_type: 'application/x-plan', bytes }
  const attach = { connected_account_id, tool_name: 'sandbox.attach_file', params: { task_id } }
  const sent = await behalf.tools.upload(attach, file)
  const { id } = (sent as { output: { id: string } }).output
  const fetch_ = { connected_account_id, tool_name: 'sandbox.download_attachment' }
  const given = await behalf.tools.download({ ...fetch_, params: { task_id, attachment_id: id } })
  expect(given).toMatchObject({ name: file.name, execution_id: expect.stringMatching(/^ex_/) })
  const back = new Uint8Array(await new Response(given.body).arrayBuffer())
  const sha = (of: Uint8Array) => createHash('sha256').update(of).digest('hex')
  expect(sha(back)).toBe(sha(bytes))
  expect(await code(behalf.tools.download({ ...fetch_, params: { task_id, attachment_id: 'none' } }))).toBe(
    'upstream_rejected',
  )
})

test('an agent makes its own tokens, runs what its user lent it and no more, and is over once it is disabled', async () => {
  await at.practice.connectAccount({ org, user: 'u_2', person: 'ben' })
  const agent = await behalf.agents.create({ org_id: org, name: 'Planner', purpose: 'plans', owner: 'u_1' })
  expect((await behalf.agents.list({ org_id: org })).data.map(({ id }) => id)).toEqual([agent.id])
  const { secret = '' } = await behalf.agents.createCredential(agent.id, { kind: 'client_secret' })
  expect(JSON.stringify(await behalf.agents.credentials(agent.id))).not.toContain(secret)
  await at.practice.connectAccount({ org, user: 'u_1', agents: [agent.id] })

  let made = 0
  const counted: typeof fetch = (...request) => {
    made++
    return fetch(...request)
  }
  const facts = { baseUrl: at.baseUrl, clientId: agent.id, fetch: counted }
  const planner = createClient({ baseUrl: at.baseUrl, key: agentToken({ ...facts, credential: secret }) })
  const [own, others] = await Promise.all([
    planner.tools.get({ user_id: 'u_1', connectors: ['sandbox'] }),
    planner.tools.get({ user_id: 'u_2', connectors: ['sandbox'] }),
  ])
  expect(await own.run('sandbox__create_task', { title: org })).toMatchObject({ status: 'succeeded' })
  expect(await others.run('sandbox__create_task', { title: org })).toMatchObject({ code: 'not_found' })
  expect([made, await writes()]).toEqual([1, 1])

  const query = { user_id: 'u_1', connector: 'sandbox' }
  expect((await asAgent(at.baseUrl, agent.id, secret).tools.list(query)).data.length).toBeGreaterThan(3)
  expect(await code(asAgent(at.baseUrl, agent.id, 'guessed').tools.list(query))).toBe('unauthenticated')
  await behalf.agents.disable(agent.id)
  // By its token, or by whom it names, whichever is looked at first.
  const ended = await own.run('sandbox__create_task', { title: org }).catch(({ code }) => ({ code }))
  expect(ended).toMatchObject({ code: expect.stringMatching(/^(unauthenticated|forbidden)$/) })
  expect(await writes()).toBe(1)
})

test('an agent acts on behalf of a user by the word of the host, of that user alone, and the audit names both', async () => {
  await at.practice.connectAccount({ org, user: 'u_2', person: 'ben' })
  const agent = await behalf.agents.create({ org_id: org, name: 'Planner', owner: 'u_1' })
  const { secret = '' } = await behalf.agents.createCredential(agent.id, { kind: 'client_secret' })
  for (const user of ['u_1', 'u_2']) await at.practice.connectAccount({ org, user, agents: [agent.id] })
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const { crv, x, y } = await exportJWK(publicKey)
  const jwks = { keys: [{ kty: 'EC' as const, crv, x, y }] }
  const issuer = 'https://product.example'
  const body = { issuer, jwks, token_exchange: true }
  await behalf.request('createSsoKey', { path: { id: org }, body })

  const assertion = () =>
    new SignJWT({ org })
      .setProtectedHeader({ alg: 'ES256', typ: 'behalf-user+jwt' })
      .setIssuer(issuer)
      .setAudience('http://localhost:3999/oauth/token')
      .setSubject('u_1')
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime('2m')
      .sign(privateKey)
  const planner = onBehalfOf(at.baseUrl, agent.id, secret, assertion)
  const user = await planner.tools.get({ user_id: 'u_1', connectors: ['sandbox'] })
  expect(await user.run('sandbox__create_task', { title: org })).toMatchObject({ status: 'succeeded' })
  const input = { user_id: 'u_2', tool_name: 'sandbox.create_task', params: { title: org } }
  expect(await code(planner.tools.execute(input))).toMatch(/forbidden|not_found/)
  expect(await writes()).toBe(1)
  const { data } = await behalf.auditEvents.list({ org_id: org, action: 'tool.executed', outcome: 'allowed' })
  expect(data).toMatchObject([{ user_id: 'u_1', agent_id: agent.id, actor: { type: 'agent' } }])
})

test('approvals are listed and decided, and whoever asked reads what came of the call', async () => {
  const connected_account_id = await account()
  const source = `@id("ask") @decision("ask") permit (principal, action, resource);`
  const { id } = await behalf.request('createPolicyVersion', { body: { org_id: org, source } })
  await behalf.request('publishPolicyVersion', { path: { id }, body: {} })
  const input = { connected_account_id, tool_name: 'sandbox.create_task', params: { title: org } }
  const { approval_id } = (await behalf.tools.execute(input)) as { approval_id: string }
  expect((await behalf.approvals.list({ org_id: org, status: 'pending' })).data).toMatchObject([
    { id: approval_id },
  ])
  // Nobody decides what they asked for themselves.
  expect(await code(behalf.approvals.approve(approval_id))).toBe('forbidden')
  const { secret = '' } = await behalf.request('createApiKey', { body: { name: 'desk', roles: ['approve'] } })
  const desk = createClient({ baseUrl: at.baseUrl, key: secret })
  await desk.approvals.approve(approval_id, { decided_by: 'u_9' })
  const answer = await behalf.tools.execute({ ...input, approval_id })
  expect([answer.status, await writes()]).toEqual(['succeeded', 1])
  const again = (await behalf.tools.execute(input)) as { approval_id: string }
  expect(await desk.approvals.deny(again.approval_id, { reason: 'No.', decided_by: 'u_9' })).toMatchObject({
    status: 'denied',
  })
})

test('tools.get: of the named connectors, without what is refused whatever is said, or moves files', async () => {
  await account()
  await behalf.request('createPolicy', { body: { org_id: org, name: 'no', effects: ['delete'] } })
  const user = await behalf.tools.get({ ...asked(), connectors: ['sandbox'] })
  const names = user.tools.map(({ name }) => name)
  expect(names).toContain('sandbox.create_task')
  expect(names).not.toContain('sandbox.delete_task')
  expect(names).not.toContain('sandbox.attach_file')
  expect(new Set(user.tools.map(({ connector }) => connector))).toEqual(new Set(['sandbox']))

  const both = await behalf.tools.get({ ...asked(), connectors: ['sandbox', 'github'] })
  expect(new Set(both.tools.map(({ connector }) => connector))).toEqual(new Set(['sandbox', 'github']))
  // More than one page.
  const all = await behalf.tools.get(asked())
  expect(all.tools.length).toBeGreaterThan(both.tools.length)
  const one = await behalf.tools.get({ ...asked(), connectors: ['sandbox'], tools: ['sandbox.get_task'] })
  expect(one.tools.map(({ name }) => name)).toEqual(['sandbox.get_task'])
  expect(await code(behalf.tools.get({ ...asked(), connectors: ['jira'] }))).toBe('not_found')

  // What is not in the set cannot be run by its name either.
  expect(await one.run('sandbox__create_task', { title: 'x' })).toMatchObject({ code: 'not_found' })
  expect(await user.run('sandbox.delete_task', { task_id: 'x' })).toMatchObject({ code: 'not_found' })
  expect(await user.run('sandbox__create_task', '{"title":')).toMatchObject({ code: 'invalid_request' })
  expect(await user.run('sandbox__create_task', '{"title":"x"}')).toMatchObject({ status: 'succeeded' })
  expect(await writes()).toBe(1)
})

test.each(['openai', 'openai_responses', 'anthropic'] as const)(
  'the list that the API answers as %s is the one that the client makes',
  async (format) => {
    await account()
    const user = await behalf.tools.get({ ...asked(), connectors: ['sandbox'] })
    const query = { ...asked(), connector: 'sandbox', format, limit: 100 }
    const { data } = await behalf.request('listTools', { query })
    const moved = new Set(['sandbox__attach_file', 'sandbox__download_attachment'])
    const nameOf = (tool: { name?: unknown; function?: unknown }) =>
      String(tool.name ?? (tool.function as { name: string }).name)
    expect(user.format(format)).toEqual(data.filter((tool) => !moved.has(nameOf(tool))))
  },
)

test('a user with two accounts runs tools on the one that is named', async () => {
  const first = await account()
  const second = (await at.practice.connectAccount({ org, user: 'u_1', person: 'ben' })).connected_account_id
  const who = { ...asked(), connectors: ['sandbox'] }
  const any = await (await behalf.tools.get(who)).run('sandbox__list_tasks', {})
  expect(any).toMatchObject({ status: 'failed', code: 'ambiguous_account' })
  const named = await behalf.tools.get({ ...who, accounts: { sandbox: second ?? '' } })
  expect(await named.run('sandbox__list_tasks', {})).toMatchObject({ status: 'succeeded' })
  const { data } = await behalf.executions.list({ org_id: org })
  expect(data.map(({ connected_account_id }) => connected_account_id)).toEqual([second])
  expect(second).not.toBe(first)
})

test('what nobody can mend by talking is thrown: a key that is none, and an abort', async () => {
  await account()
  let key = rootKey
  const client = createClient({ baseUrl: at.baseUrl, key: () => key })
  const user = await client.tools.get({ ...asked(), connectors: ['sandbox'] })
  const stop = AbortSignal.abort(new Error('enough'))
  await expect(user.run('sandbox__list_tasks', {}, { signal: stop })).rejects.toThrow('enough')
  key = `bhf_sk_${'x'.repeat(43)}`
  expect(await code(user.run('sandbox__list_tasks', {}))).toBe('unauthenticated')
})

test('a call that was not answered in time may have been made: the model is told just that', async () => {
  await account()
  const hurried = createClient({ baseUrl: at.baseUrl, key: rootKey, timeoutMs: 1_500 })
  const user = await hurried.tools.get({ ...asked(), connectors: ['sandbox'] })
  await at.practice.faults({ slow_body_ms: 4_000 })
  const outcome: ToolOutcome = await user.run('sandbox__create_task', { title: org })
  expect(outcome).toMatchObject({ status: 'unknown', code: 'timeout' })
  expect(await writes()).toBe(1)
})

test('one key of yours makes one call of a tool, however often a framework resumes', async () => {
  await account()
  const user = await behalf.tools.get({ ...asked(), connectors: ['sandbox'] })
  const run = () => user.run('sandbox__create_task', { title: org }, { idempotencyKey: `${org}-step-1` })
  const [first, again] = [await run(), await run()]
  expect(again).toEqual(first)
  expect(await writes()).toBe(1)
})
