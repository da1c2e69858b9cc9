// The tenant admin: who may act on whose behalf, what was agreed, what was done, and how to stop it.
import { Client } from 'pg'
import { instance } from '../scripts/testing/instance.ts'
import { signInLink } from './support/console.ts'
import { connectedAccount, expect, test } from './support/test.ts'

test('an admin signs in once by link, reads a consent, ends it, proves the audit, and leaves no usable cookie', async ({
  page,
  browser,
  api,
}) => {
  const org = 'e2e-console'
  const { id, user } = await connectedAccount(page, api, { org })
  await api.post('/tools/execute', { connected_account_id: id, tool_name: 'sandbox.list_tasks' })

  // As the first start prints one; that one is good for a quarter of an hour, which a whole run may take to get here.
  const link = await signInLink('admin@localhost')
  await page.goto(link)
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  // The page takes it out of its address as soon as its script runs.
  await expect(page).not.toHaveURL(/bhf_al_/)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(/\/console$/)

  await page.goto(`/console/${org}/accounts`)
  await expect(page.getByRole('heading', { name: 'Connected accounts' })).toBeVisible()
  await expect(page.getByRole('cell', { name: user, exact: true })).toBeVisible()
  await page.getByRole('link', { name: 'ana@acme.test' }).click()
  await expect(page.getByText('read your tasks', { exact: false }).first()).toBeVisible()

  await page.goto(`/console/${org}/audit`)
  await expect(page.getByRole('heading', { name: 'Audit' })).toBeVisible()
  await page.getByRole('button', { name: 'Verify chain' }).click()
  await expect(page.getByText('Chain verified')).toBeVisible()

  await page.goto(`/console/${org}/accounts/${id}`)
  await page.getByText('Revoke access').first().click()
  await page.getByLabel('Reason').fill('left the company')
  await page.getByRole('button', { name: 'Revoke now' }).click()
  await expect(page.getByText('Stopped here')).toBeVisible()
  await expect(page.getByText('Revoked at the provider', { exact: false }).first()).toBeVisible()
  expect((await api.get(`/connected_accounts/${id}`)).body).toMatchObject({
    status: 'revoked',
    status_reason: 'left the company',
  })
  const { body } = await api.get(`/audit_events?org_id=${org}&action=connected_account.revoked`)
  expect(body.data).toMatchObject([{ actor: { type: 'member' }, connected_account_id: id }])

  // Another browser gets a copy of the cookies; signing out ends both.
  const thief = await browser.newContext({ storageState: await page.context().storageState() })
  const copy = await thief.newPage()
  await copy.goto(`/console/${org}/accounts`)
  await expect(copy.getByRole('heading', { name: 'Connected accounts' })).toBeVisible()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await copy.goto(`/console/${org}/accounts`)
  await expect(copy.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await thief.close()

  await page.goto(link)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert').first()).toBeVisible()
})

test('a byte that a superuser changes in an audit row makes the verification name that row', async ({
  api,
}) => {
  const org = 'e2e-tamper'
  for (const user of ['u1', 'u2', 'u3']) await api.post('/connect_sessions', { org_id: org, user_id: user })
  expect((await api.get(`/audit_events/verify?org_id=${org}`)).body).toMatchObject({ ok: true, events: 3 })
  const { body } = await api.get(`/audit_events?org_id=${org}&user_id=u2`)
  const [event] = body.data as { id: string; sequence: number }[]

  const superuser = new Client({ connectionString: instance().databaseAdminUrl })
  await superuser.connect()
  await superuser.query("SET session_replication_role = 'replica'")
  const changed = await superuser.query(
    `UPDATE audit_events SET user_agent = 'Node' WHERE sequence = $1
     AND org_id = (SELECT id FROM organizations WHERE external_id = $2)`,
    [event?.sequence, org],
  )
  await superuser.end()
  expect(changed.rowCount).toBe(1)
  expect((await api.get(`/audit_events/verify?org_id=${org}`)).body).toMatchObject({
    ok: false,
    first_bad: event?.id,
  })
})

test('a page of the console is for the signed-in alone, whatever headers say of middleware', async ({
  request,
}) => {
  for (const headers of [
    {},
    { 'x-middleware-subrequest': 'middleware:middleware:middleware' },
    { rsc: '1' },
  ]) {
    const answer = await request.get('/console/e2e-console/accounts', { headers, maxRedirects: 0 })
    const text = await answer.text()
    expect(text).not.toContain('ana@acme.test')
    expect([303, 307, 401]).toContain(answer.status())
  }
})
