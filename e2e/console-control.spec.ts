// Stopping and limiting from the console: each act is proven on the page that it leads to, and by the next call.
import type { Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { axeFindings } from './support/axe.ts'
import { asSuperuser, signIn as byLink } from './support/console.ts'
import { type Api, connectedAccount, expect, freshUser, plantCanary, test } from './support/test.ts'

const org = 'e2e-control'
const base = `/console/${org}`

const listTasks = (api: Api, account: string) =>
  api.post('/tools/execute', { connected_account_id: account, tool_name: 'sandbox.list_tasks', params: {} })

/** Signing in leads on to the overview: only there it is over. */
async function signIn(page: Page, email: string, to: string) {
  await byLink(page, email, to)
  await expect(page.getByRole('heading', { name: 'What needs attention' })).toBeVisible()
}

async function look(page: Page, name: string) {
  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 1280],
    ['light', 320],
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    await page.setViewportSize({ width, height: 900 })
    expect(await axeFindings(page), `${name}, ${scheme}, ${width}`).toEqual([])
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      `${name} fits ${width}`,
    ).toBe(true)
    if (process.env.BEHALF_E2E_LOOK)
      await page.screenshot({
        path: `${process.env.BEHALF_E2E_LOOK}/${name}-${scheme}-${width}.png`,
        fullPage: true,
      })
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 900 })
}

test('a person is stopped from their own page, the stop is proven, and its release lets calls go on', async ({
  page,
  api,
}) => {
  const user = freshUser()
  const { id } = await connectedAccount(page, api, { org, user })
  expect((await listTasks(api, id)).status).toBe(200)

  await signIn(page, 'stops@control.test', org)
  await page.goto(`${base}/people`)
  await page.getByRole('link', { name: user }).first().click()
  await page.getByRole('link', { name: 'Stop', exact: true }).click()
  await expect(page.getByText('1 such call was made in the last 7 days.')).toBeVisible()
  await page.getByLabel('Reason').fill('Lost laptop')
  await look(page, 'stop-new')
  await page.getByRole('button', { name: 'Stop now' }).click()

  await expect(page.getByRole('heading', { name: `Calls for ${user}` })).toBeVisible()
  await expect(page.getByText('None yet: nobody tried')).toBeVisible()
  const refused = await listTasks(api, id)
  expect(refused.status).toBe(409)
  expect(refused.body).toMatchObject({ code: 'account_paused' })
  await page.reload()
  await look(page, 'stop')
  await page.locator('dd').getByRole('link', { name: '1', exact: true }).click()
  await page.waitForURL(/activity\?.*status=refused/)
  await expect(page.locator('tbody tr')).toHaveCount(1)

  await page.goto(`${base}/stops`)
  await look(page, 'stops')
  await page.getByRole('link', { name: `Calls for ${user}` }).click()
  await page.getByLabel('Why calls may go on').fill('It was found')
  await page.getByRole('button', { name: 'Release this stop' }).click()
  await expect(page.getByText('Released', { exact: true }).first()).toBeVisible()
  expect((await listTasks(api, id)).status).toBe(200)
})

test('everything of an organization stops for its typed id alone', async ({ page, api }) => {
  await connectedAccount(page, api, { org: 'e2e-control-all' })
  await signIn(page, 'all@control.test', 'e2e-control-all')
  await page.goto('/console/e2e-control-all/stops/new?type=org')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Reason').fill('Drill')
  await page.getByLabel(/^Type/).fill('another')
  await page.getByRole('button', { name: 'Stop now' }).click()
  await expect(page.getByText('Type e2e-control-all to confirm.')).toBeVisible()
  await expect(page.getByLabel('Reason')).toHaveValue('Drill')
  await page.getByLabel(/^Type/).fill('e2e-control-all')
  await page.getByRole('button', { name: 'Stop now' }).click()
  await expect(page.getByRole('heading', { name: 'All calls of this organization' })).toBeVisible()
})

test('a revocation says what it reaches, and its report proves itself and can be taken along', async ({
  page,
  api,
}) => {
  const user = freshUser()
  const { id } = await connectedAccount(page, api, { org, user })
  expect((await listTasks(api, id)).status).toBe(200)
  await signIn(page, 'revokes@control.test', org)
  await page.goto(`${base}/revocations/new?step=confirm&user_id=${user}`)
  await expect(page.getByRole('heading', { name: 'What it reaches' })).toBeVisible()
  await expect(page.getByText('the product itself')).toBeVisible()
  await look(page, 'revocation-new')
  await page.getByLabel('Reason').fill('Left')
  await page.getByRole('button', { name: 'Stop these accounts now' }).click()
  await page.waitForURL(/revocations\/rev_/)
  await page.getByRole('button', { name: 'Try a call now' }).click()
  await expect(page.getByText('Refused, as it should be')).toBeVisible()
  await expect(page.getByText('reauthorization_required')).toBeVisible()
  await look(page, 'revocation')
  const file = await page.request.get(`${new URL(page.url()).pathname}/accounts`)
  expect(file.headers()['content-type']).toContain('text/csv')
  expect(await file.text()).toContain(`${id},${user},sandbox,`)
})

test('a limit is set, shows its use, holds, and is taken away', async ({ page, api }) => {
  const user = freshUser()
  const { id } = await connectedAccount(page, api, { org: 'e2e-control-limits', user })
  await signIn(page, 'limits@control.test', 'e2e-control-limits')
  await page.goto('/console/e2e-control-limits/limits')
  await page.getByLabel('Name').fill('reads of a day')
  await page.getByLabel('Kind').selectOption('daily_calls')
  await page.getByLabel('At most', { exact: true }).fill('1')
  await page.getByLabel('Tool', { exact: true }).fill('sandbox.nothing')
  await page.getByRole('button', { name: 'Set limit' }).click()
  await expect(page.getByText(/is no tool/)).toBeVisible()
  await expect(page.getByLabel('Name')).toHaveValue('reads of a day')
  await page.getByLabel('Tool', { exact: true }).fill('sandbox.list_tasks')
  await page.getByRole('button', { name: 'Set limit' }).click()
  await expect(page.getByText('Set. It holds from the next call on.')).toBeVisible()
  expect((await listTasks(api, id)).status).toBe(200)
  expect((await listTasks(api, id)).status).toBe(429)
  await page.reload()
  await expect(page.getByText('1 of 1', { exact: true })).toBeVisible()
  await look(page, 'limits')
  await page.getByLabel('At most, of reads of a day').fill('5')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('1 of 5', { exact: true })).toBeVisible()
  expect((await listTasks(api, id)).status).toBe(200)
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByRole('button', { name: 'Remove limit' }).click()
  await expect(page.getByText('reads of a day')).toHaveCount(0)
})

test('who only reads finds no form and no way around it', async ({ page }) => {
  await signIn(page, 'reader@control.test', org)
  await asSuperuser(`UPDATE members SET role = 'auditor' WHERE email = 'reader@control.test'`)
  for (const path of ['stops', 'limits', 'revocations']) {
    await page.goto(`${base}/${path}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.getByRole('button', { name: /Stop|Set|Save|Remove/ })).toHaveCount(0)
  }
  expect((await page.goto(`${base}/stops/new`))?.status()).toBe(403)
})

test('a policy is drafted with its faults shown, tested, replayed, put in force, and decides the next call', async ({
  page,
  api,
}) => {
  const own = 'e2e-control-policies'
  const user = freshUser()
  const { id } = await connectedAccount(page, api, { org: own, user })
  expect((await listTasks(api, id)).status).toBe(200)
  await signIn(page, 'policies@control.test', own)
  await page.goto(`/console/${own}/policies`)
  const cases = page.getByRole('region', { name: 'Cases' })
  await page.getByLabel('Name', { exact: true }).fill('Reading is denied')
  await page.getByLabel('Tool', { exact: true }).selectOption('sandbox.list_tasks')
  await page.getByLabel('Is to be').selectOption('denied')
  await page.getByRole('button', { name: 'Add case' }).click()
  await expect(page.getByRole('cell', { name: 'Reading is denied' })).toBeVisible()
  await look(page, 'policies')

  await page.getByRole('textbox', { name: 'Policies' }).fill('permit(principal, action, resource)')
  await page.getByRole('button', { name: 'Make draft' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Version 1' })).toContainText('Draft')
  await expect(page.getByRole('region', { name: 'What is wrong with it' })).toContainText(/line 1/i)
  await page
    .getByRole('textbox', { name: 'Policies' })
    .fill(
      'permit(principal, action, resource);\nforbid(principal, action in Action::"effect:read", resource);',
    )
  await page.getByRole('button', { name: 'Save draft' }).click()
  await expect(page.getByText('Saved. Nothing changes until it is published.')).toBeVisible()
  expect((await listTasks(api, id)).status).toBe(200)

  await page.getByRole('button', { name: 'Run cases' }).click()
  await expect(cases.getByText('Passes')).toBeVisible()
  await page.getByRole('button', { name: 'Replay' }).click()
  await expect(page.getByText('2 of 2 calls would be decided otherwise.')).toBeVisible()
  await expect(page.getByText(/allow becomes/).first()).toBeVisible()
  await look(page, 'policy')
  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Version 1' })).toContainText('In force')
  expect((await listTasks(api, id)).status).toBe(403)
  await page.getByRole('button', { name: 'Withdraw', exact: true }).click()
  await page.getByRole('button', { name: 'Withdraw now' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Version 1' })).not.toContainText('In force')
  expect((await listTasks(api, id)).status).toBe(200)
})

test('a token of a directory is made, told this once, works, and ends', async ({ page, api }) => {
  const own = 'e2e-control-scim'
  await api.put(`/orgs/${own}`, { name: 'Directory' })
  await signIn(page, 'scim@control.test', own)
  await page.goto(`/console/${own}/sign-in-settings`)
  await page.getByLabel('Name of the token').fill('Staff list')
  await page.getByRole('button', { name: 'Create SCIM token' }).click()
  const told = page.getByRole('status').filter({ hasText: 'Copy the token “Staff list” now' }).locator('code')
  const secret = await told.innerText()
  plantCanary('token of a directory', secret, true)
  const users = () =>
    fetch(`${instance().publicUrl}/scim/v2/Users`, { headers: { authorization: `Bearer ${secret}` } })
  expect((await users()).status).toBe(200)
  await page.reload()
  expect(await page.content()).not.toContain(secret)
  await look(page, 'scim')
  await page.getByRole('button', { name: 'Revoke', exact: true }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Revoke/ })
    .click()
  await expect(page.getByText('Staff list')).toHaveCount(0)
  expect((await users()).status).toBe(401)
})
