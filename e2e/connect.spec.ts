// The main job, by hand of a person and of a host product: connect by consent, act, look at the audit, revoke.

import { instance } from '../scripts/testing/instance.ts'
import {
  confirmSession,
  connectedAccount,
  decideAtSandbox,
  expect,
  finishInTab,
  freshUser,
  invite,
  test,
} from './support/test.ts'

const execute = (account: string, tool: string, params: object = {}) => ({
  connected_account_id: account,
  tool_name: tool,
  params,
})

test('connects in one tab, runs a tool, shows it in the audit, and ends it at the provider', async ({
  page,
  api,
  sandbox,
}) => {
  const { id, user } = await connectedAccount(page, api, { org: 'e2e-tab' })
  const account = await api.get(`/connected_accounts/${id}`)
  expect(account.body).toMatchObject({ status: 'active', user_id: user, account: { label: 'ana@acme.test' } })

  const run = await api.post('/tools/execute', execute(id, 'sandbox.list_tasks'))
  expect(run.body).toMatchObject({ status: 'succeeded', output: { tasks: expect.any(Array) } })

  const { body: audit } = await api.get(`/audit_events?org_id=e2e-tab&connected_account_id=${id}`)
  expect((audit.data as { action: string }[]).map(({ action }) => action)).toEqual([
    'tool.executed',
    'connection.created',
  ])

  const accessToken = (await sandbox.state()).last_requests
    .map(({ headers }) => /^Bearer (.+)$/.exec(String(headers.authorization))?.[1])
    .findLast((token) => token !== undefined)
  const revoked = await api.post(`/connected_accounts/${id}/revoke`, { reason: 'e2e' })
  expect(revoked.body).toMatchObject({ status: 'revoked', stopped: true, upstream: 'revoked' })
  const { sandboxUrl, sandboxClientSecret } = instance()
  const introspection = await fetch(`${sandboxUrl}/token/introspection`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`behalf:${sandboxClientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ token: accessToken ?? '' }),
  })
  expect(await introspection.json()).toEqual({ active: false })

  const calls = (await sandbox.state()).api
  const refused = await api.post('/tools/execute', execute(id, 'sandbox.list_tasks'))
  expect(refused).toMatchObject({ status: 409, body: { code: 'reauthorization_required' } })
  expect((await sandbox.state()).api).toEqual(calls)
  expect((await api.get('/audit_events/verify?org_id=e2e-tab')).body).toMatchObject({
    ok: true,
    first_bad: null,
  })
})

test('a permission that the provider did not grant answers insufficient_scope with a link, and nothing leaves', async ({
  page,
  api,
  sandbox,
}) => {
  const { id } = await connectedAccount(page, api, { org: 'e2e-partial', at: { untick: ['tasks:write'] } })
  const { body: account } = await api.get(`/connected_accounts/${id}`)
  expect((account.connection as { scopes: string[] }).scopes).toEqual(['tasks:read', 'projects:read'])
  const before = await sandbox.state()
  const refused = await api.post('/tools/execute', execute(id, 'sandbox.create_task', { title: 'no' }))
  expect(refused).toMatchObject({
    status: 403,
    body: {
      code: 'insufficient_scope',
      required_scopes: [['tasks:write']],
      connect_url: expect.stringContaining('/c/'),
    },
  })
  expect((await sandbox.state()).api).toEqual(before.api)

  await page.goto(String(refused.body.connect_url))
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
})

test('declining at the portal or at the provider connects nothing', async ({ page, api }) => {
  const session = await invite(api, { org_id: 'e2e-decline', user_id: freshUser() })
  await page.goto(session.url)
  await page.getByRole('button', { name: 'Decline' }).click()
  await expect(page.getByRole('heading', { name: 'Nothing was connected' })).toBeVisible()
  expect((await api.get(`/connect_sessions/${session.id}`)).body.status).toBe('declined')

  const another = await invite(api, { org_id: 'e2e-decline', user_id: freshUser() })
  await page.goto(another.url)
  await page.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(page, { deny: true })
  await expect(page.getByRole('heading', { name: 'Nothing was connected' })).toBeVisible()
  expect((await api.get(`/connect_sessions/${another.id}`)).body.status).toBe('declined')
  expect((await api.get('/connected_accounts?org_id=e2e-decline')).body.data).toEqual([])
})

test('a flow that is finished in another browser spends no code and connects nothing', async ({
  page,
  browser,
  api,
  sandbox,
}) => {
  const session = await invite(api, {
    org_id: 'e2e-jar',
    user_id: freshUser(),
    scopes: { sandbox: ['tasks:read'] },
  })
  await page.goto(session.url)
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.waitForURL((url) => url.origin === instance().sandboxUrl)
  const victim = await browser.newPage()
  await victim.goto(page.url())
  // The provider's own page is bound to the browser that began, so the victim begins anew from the same address.
  const authorizeUrl = (await sandbox.state()).last_requests.findLast(({ path }) =>
    path.startsWith('/authorize?'),
  )?.path
  await victim.goto(`${instance().sandboxUrl}${authorizeUrl}`)
  await decideAtSandbox(victim)
  await expect(victim.getByRole('heading', { name: 'This link was for someone else' })).toBeVisible()
  expect((await sandbox.state()).token_authorization_code).toBe(0)
  expect((await api.get(`/connect_sessions/${session.id}`)).body.status).toBe('authorizing')
  await victim.close()
})

test('a person other than the invited one is told so by the host, and the fresh access is thrown away', async ({
  page,
  api,
  sandbox,
}) => {
  const session = await invite(api, { org_id: 'e2e-mismatch', user_id: freshUser() })
  const code = await finishInTab(page, session)
  const wrong = await confirmSession(api, session, 'somebody-else', code)
  expect(wrong).toMatchObject({ status: 403, body: { code: 'user_mismatch' } })
  expect((await sandbox.state()).revocation).toBe(1)
  expect((await api.get('/connected_accounts?org_id=e2e-mismatch')).body.data).toEqual([])
  expect((await confirmSession(api, session, 'somebody-else', code)).status).toBe(410)
})

test('a link that was used, or that ran out, says so and offers the next step', async ({ page, api }) => {
  const user = freshUser()
  const session = await invite(api, { org_id: 'e2e-used', user_id: user })
  const code = await finishInTab(page, session)
  await confirmSession(api, session, user, code)
  await page.goto(session.hosted_url)
  await expect(page.getByRole('heading', { name: 'This link was already used' })).toBeVisible()

  const cancelled = await invite(api, { org_id: 'e2e-used', user_id: user })
  expect((await api.delete(`/connect_sessions/${cancelled.id}`)).status).toBe(204)
  await page.goto(cancelled.hosted_url)
  await expect(page.getByRole('heading', { name: 'This link has expired' })).toBeVisible()
})

test('a hosted link works without JavaScript, and looking at it consumes nothing', async ({
  browser,
  api,
}) => {
  const user = freshUser()
  const session = await invite(api, { org_id: 'e2e-hosted', user_id: user })
  for (let preview = 0; preview < 3; preview++) expect((await fetch(session.hosted_url)).status).toBe(200)
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(session.hosted_url)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await page.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(page)
  await page.waitForURL(/\/done$/)
  const code = (await page.getByText(/^bhf_cc_/).textContent()) ?? ''
  expect((await confirmSession(api, session, user, code)).body.status).toBe('completed')
  await context.close()
})

test('pages of the flow cannot be framed, are not kept and name no referrer', async ({ page, api }) => {
  const session = await invite(api, {
    org_id: 'e2e-headers',
    user_id: freshUser(),
    embed_origins: ['https://app.example.com'],
    return_url: 'https://app.example.com/done',
  })
  const shell = await page.goto(session.url)
  expect(shell?.headers()['content-security-policy']).toContain('frame-ancestors https://app.example.com')
  await expect(page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  const consent = await page.reload()
  const headers = consent?.headers() ?? {}
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers['cache-control']).toContain('no-store')
  expect(headers['referrer-policy']).toBe('no-referrer')
  expect(page.url()).not.toContain('bhf_')
})
