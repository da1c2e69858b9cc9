// Connections that an administrator approves first: the person's side, the administrator's, and what one says to the other.
import type { Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { axeFindings } from './support/axe.ts'
import { signIn } from './support/console.ts'
import {
  type Api,
  confirmSession,
  decideAtSandbox,
  expect,
  freshUser,
  invite,
  type Session,
  test,
} from './support/test.ts'

const both = ['tasks:read', 'tasks:write']
const needed = 'An administrator has to approve this'

async function clean(page: Page, what: string) {
  expect(await axeFindings(page), what).toEqual([])
  const size = page.viewportSize()
  await page.setViewportSize({ width: 320, height: 800 })
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(wide, `${what} scrolls sideways`).toBeLessThanOrEqual(0)
  if (size) await page.setViewportSize(size)
}

async function demanding(api: Api, org: string) {
  const settings = { connection_approval: [{ connector: 'sandbox' }] }
  expect((await api.put(`/orgs/${org}`, { name: 'Northwind', settings })).status).toBe(200)
  return org
}

const invited = (api: Api, org: string, user: string) =>
  invite(api, { org_id: org, user_id: user, user: { name: 'Ana Souza' }, scopes: { sandbox: both } })

/** Approves on the consent screen. */
async function agree(page: Page, session: Session) {
  await page.goto(session.hosted_url)
  await page.getByRole('button').first().click()
  await page.getByRole('button', { name: 'Approve' }).click()
}

async function ask(page: Page, reason: string) {
  await expect(page.getByRole('heading', { name: needed })).toBeVisible()
  await page.getByLabel('What do you need it for?').fill(reason)
  await page.getByRole('button', { name: 'Send request' }).click()
  await expect(page.getByRole('heading', { name: 'Your request was sent' })).toBeVisible()
}

const open = async (api: Api, org: string) => {
  const { body } = await api.get(`/connection_requests?org_id=${org}&status=pending`)
  return body.data as { id: string; reason: string; user_id: string }[]
}

test.beforeEach(() => test.slow())

test('asks an administrator, is approved in the console, and connects once', async ({
  page,
  browser,
  api,
  sandbox,
}) => {
  const org = await demanding(api, 'e2e-request')
  const user = freshUser()
  const session = await invited(api, org, user)
  await agree(page, session)
  await expect(page.getByRole('heading', { name: needed })).toBeVisible()
  await expect(page.getByText('Create and change your tasks')).toBeVisible()
  await clean(page, 'form')
  await ask(page, 'I plan my week with it.')
  await clean(page, 'waiting')
  expect((await sandbox.state()).last_requests.filter(({ path }) => path.startsWith('/authorize'))).toEqual(
    [],
  )
  expect((await api.get(`/connect_sessions/${session.id}`)).body.status).toBe('open')

  const admin = await (await browser.newContext()).newPage()
  await signIn(admin, 'boss@northwind.example', org)
  await admin.getByRole('link', { name: 'Requests', exact: true }).click()
  await expect(admin.getByRole('heading', { name: 'Ana Souza asks to connect Acme Tasks' })).toBeVisible()
  await expect(admin.getByText('I plan my week with it.')).toBeVisible()
  await clean(admin, 'console')
  await admin.getByLabel('Note').fill('Fine for me.')
  await admin.getByRole('button', { name: 'Approve', exact: true }).click()
  await expect(admin.getByRole('heading', { name: /Ana Souza asks/ })).toContainText('Approved')
  await expect(admin.getByText('Nobody is waiting')).toBeVisible()
  await admin.close()

  await page.getByRole('link', { name: 'Check again' }).click()
  await expect(page.getByRole('heading', { name: 'Your request was approved' })).toBeVisible()
  await expect(page.getByText('Fine for me.')).toBeVisible()
  await clean(page, 'approved')
  await page.getByRole('link', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(page)
  await page.waitForURL(/\/done$/)
  const code = (await page.getByText(/^bhf_cc_/).textContent()) ?? ''
  expect((await confirmSession(api, session, user, code)).body.status).toBe('completed')
  const { body } = await api.get(`/connection_requests?org_id=${org}`)
  expect(body.data).toMatchObject([{ status: 'used', user_id: user, note: 'Fine for me.' }])

  await agree(page, await invited(api, org, user))
  await expect(page.getByRole('heading', { name: needed })).toBeVisible()
})

test('says that it was denied and why, without JavaScript and by keyboard, and lets the person ask again', async ({
  browser,
  api,
}) => {
  const org = await demanding(api, 'e2e-request-no')
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  const session = await invited(api, org, freshUser())
  await page.goto(session.hosted_url)
  await page.getByRole('button').first().press('Enter')
  await page.getByRole('button', { name: 'Approve' }).press('Enter')
  await expect(page.getByRole('heading', { name: needed })).toBeVisible()
  // An empty reason that a browser let through comes back with what is missing.
  await page.getByLabel('What do you need it for?').fill('   ')
  await page.getByRole('button', { name: 'Send request' }).press('Enter')
  await expect(page.getByText('Say in a few words what you need it for.')).toBeVisible()
  await ask(page, 'مراجعة المهام')
  const [request] = await open(api, org)
  expect(request?.reason).toBe('مراجعة المهام')
  const path = `/connection_requests/${request?.id}`
  expect((await api.post(`${path}/deny`, {})).status).toBe(422)
  expect((await api.post(`${path}/approve`, { decided_by: request?.user_id })).status).toBe(403)
  expect((await api.post(`${path}/deny`, { reason: 'Use the shared account.' })).body.status).toBe('denied')
  expect((await api.post(`${path}/approve`)).status).toBe(409)

  await page.getByRole('link', { name: 'Check again' }).press('Enter')
  await expect(page.getByRole('heading', { name: 'Your request was not approved' })).toBeVisible()
  await expect(page.getByText('Use the shared account.')).toBeVisible()
  await page.getByRole('link', { name: 'Ask again' }).press('Enter')
  await ask(page, 'Only for this week.')
  expect(await open(api, org)).toHaveLength(1)
  await context.close()
})

test('demands what the console says, and sends nothing that other sites post', async ({
  page,
  browser,
  api,
}) => {
  await api.put('/orgs/e2e-request-rules', { name: 'Northwind' })
  const admin = await (await browser.newContext()).newPage()
  await signIn(admin, 'rules@northwind.example', 'e2e-request-rules')
  await admin.getByRole('link', { name: 'Requests', exact: true }).click()
  await expect(admin.getByText('Nothing: people connect without asking.')).toBeVisible()
  await admin.getByLabel('Connector').selectOption({ label: 'Acme Tasks' })
  await admin.getByLabel(/^Scopes/).fill('tasks:wirte')
  await admin.getByRole('button', { name: 'Demand approval' }).click()
  await expect(admin.getByText('has no scope tasks:wirte')).toBeVisible()
  await admin.getByLabel('Connector').selectOption({ label: 'Acme Tasks' })
  await admin.getByLabel(/^Scopes/).fill('tasks:write')
  await admin.getByRole('button', { name: 'Demand approval' }).click()
  await expect(admin.getByText('only with tasks:write')).toBeVisible()
  await clean(admin, 'rules')

  const session = await invited(api, 'e2e-request-rules', freshUser())
  await agree(page, session)
  await expect(page.getByRole('heading', { name: needed })).toBeVisible()
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  for (const site of ['cross-site', 'same-site']) {
    const response = await fetch(`${instance().publicUrl}/connect/${session.id}/request/sandbox/send`, {
      method: 'POST',
      headers: { cookie, 'sec-fetch-site': site, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'reason=x&scopes=tasks:read',
    })
    expect(response.status).toBe(403)
  }
  expect(await open(api, 'e2e-request-rules')).toEqual([])
  await admin.getByRole('button', { name: /^Remove the rule/ }).click()
  await expect(admin.getByText('Nothing: people connect without asking.')).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await admin.close()
})
