// The TypeScript client against a running instance, as a product's backend uses it.
import { instance } from '../scripts/testing/instance.ts'
import { BehalfError, createClient } from '../sdk/index.ts'
import { expect, finishInTab, freshUser, type Session, test } from './support/test.ts'

const org = 'e2e-sdk'
const client = () => createClient({ baseUrl: instance().publicUrl, key: instance().rootKey })

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (error: unknown) => error,
  )

test('a backend connects, runs a tool, learns what is missing, reads the audit and revokes', async ({
  page,
}) => {
  const behalf = client()
  const user = freshUser()
  const session = await behalf.connectSessions.create({
    org_id: org,
    user_id: user,
    connectors: ['sandbox'],
    scopes: { sandbox: ['tasks:read'] },
  })
  const waiting = behalf.waitForConnection(session.id, { intervalMs: 100, timeoutMs: 30_000 })
  const code = await finishInTab(page, session as Session)
  await behalf.connectSessions.confirm(session.id, { user_id: user, confirmation_code: code })
  const ended = await waiting
  expect(ended.status).toBe('completed')
  const account = await behalf.connectedAccounts.get(ended.connected_account_id ?? '')
  expect(account).toMatchObject({ status: 'active', user_id: user, connection: { scopes: ['tasks:read'] } })
  expect((await behalf.connectedAccounts.list({ org_id: org, user_id: user })).data).toEqual([account])

  const { data: tools } = await behalf.tools.list({ org_id: org, user_id: user, connector: 'sandbox' })
  const able = Object.fromEntries(tools.map(({ name, available }) => [name, available]))
  expect(able).toMatchObject({ 'sandbox.list_tasks': true, 'sandbox.create_task': false })
  const run = await behalf.tools.execute({ org_id: org, user_id: user, tool_name: 'sandbox.list_tasks' })
  expect(run).toMatchObject({ status: 'succeeded', output: { tasks: expect.any(Array) } })

  const denied = await failure(
    behalf.tools.execute({
      connected_account_id: account.id,
      tool_name: 'sandbox.create_task',
      params: { title: 'no' },
    }),
  )
  expect(denied).toBeInstanceOf(BehalfError)
  expect(denied).toMatchObject({
    code: 'insufficient_scope',
    status: 403,
    requiredScopes: [['tasks:write']],
    grantedScopes: ['tasks:read'],
    connectUrl: expect.stringContaining(`${instance().publicUrl}/c/`),
  })

  const first = await behalf.auditEvents.list({ org_id: org, connected_account_id: account.id, limit: 1 })
  expect(first).toMatchObject({ data: [{ action: 'tool.executed', outcome: 'denied' }], has_more: true })
  const rest = await behalf.auditEvents.list({
    org_id: org,
    connected_account_id: account.id,
    cursor: first.next_cursor ?? '',
  })
  expect(rest.data.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'tool.executed allowed',
    'connection.created allowed',
  ])

  const revoked = await behalf.connectedAccounts.revoke(account.id, 'the end of the test')
  expect(revoked).toMatchObject({ status: 'revoked', stopped: true, upstream: 'revoked' })
  const after = await failure(
    behalf.tools.execute({ connected_account_id: account.id, tool_name: 'sandbox.list_tasks' }),
  )
  expect(after).toMatchObject({ code: 'reauthorization_required' })
})

test('says what is wrong with a key, a body and an id as their own codes', async () => {
  const stranger = createClient({ baseUrl: instance().publicUrl, key: `bhf_sk_${'x'.repeat(43)}` })
  expect(await failure(stranger.tools.list())).toMatchObject({ code: 'unauthenticated', status: 401 })
  const unfit = client().connectSessions.create({ org_id: org, user_id: 'not an id' })
  expect(await failure(unfit)).toMatchObject({
    code: 'invalid_request',
    errors: [{ path: 'user_id', message: expect.any(String) }],
  })
  expect(await failure(client().connectedAccounts.get(`ca_${'0'.repeat(32)}`))).toMatchObject({
    code: 'not_found',
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
})
