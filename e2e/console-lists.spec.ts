// The console's lists: a filter is an address, keys do what the mouse does, views are a member's own, and what is done
// with everything that matches reaches what is not on the page.
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { asSuperuser, signIn } from './support/console.ts'
import { look } from './support/look.ts'
import { type Api, connectedAccount, expect, test } from './support/test.ts'

const org = 'e2e-lists'
const many = 62

/** More accounts than a page has, without the provider: brought along unverified, then said to be in use. */
async function fill(api: Api) {
  const known = await asSuperuser(
    `SELECT count(*)::int AS count FROM connected_accounts a JOIN organizations o ON o.id = a.org_id
     WHERE o.external_id = $1`,
    [org],
  )
  if (Number(known[0]?.count ?? 0) >= many) return
  for (let at = 0; at < many; at += 1) {
    const { status, body } = await api.post('/connected_accounts', {
      org_id: org,
      user_id: `person-${at}`,
      connector: 'sandbox',
      tokens: { access_token: `list-access-${at}` },
      validate: 'skip',
    })
    expect(status, JSON.stringify(body)).toBe(201)
  }
  await asSuperuser(
    `UPDATE connected_accounts SET status = 'active' WHERE status = 'unverified'
     AND org_id = (SELECT id FROM organizations WHERE external_id = $1)`,
    [org],
  )
}

const accounts = `/console/${org}/accounts`
const rows = (page: Page) => page.locator('tbody tr')

test.beforeEach(async ({ api }) => fill(api))

test('keys go to the filter, from row to row, select and open, and do nothing while one types or when turned off', async ({
  page,
}) => {
  await signIn(page, 'keys@lists.test', org)
  await page.goto(accounts)
  await expect(rows(page)).toHaveCount(50)
  await page.keyboard.press('/')
  await expect(page.getByRole('textbox', { name: 'User' })).toBeFocused()
  await page.keyboard.type('jx/')
  await expect(page.getByRole('textbox', { name: 'User' })).toHaveValue('jx/')
  await page.getByRole('textbox', { name: 'User' }).fill('')
  await page.getByRole('textbox', { name: 'User' }).blur()

  const opens = (at: number) => rows(page).nth(at).locator('a[data-open]')
  await page.keyboard.press('j')
  await expect(opens(0)).toBeFocused()
  await page.keyboard.press('j')
  await expect(opens(1)).toBeFocused()
  await page.keyboard.press('x')
  await expect(rows(page).nth(1).getByRole('checkbox')).toBeChecked()
  await expect(page.getByText('1 selected')).toBeVisible()
  await page.keyboard.press('k')
  await expect(opens(0)).toBeFocused()

  await page.keyboard.press('?')
  const keys = page.getByRole('dialog', { name: 'Keys' })
  await expect(keys).toBeVisible()
  await keys.getByLabel('Single keys').uncheck()
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  await expect(opens(1)).not.toBeFocused()

  await page.keyboard.press('Control+k')
  const palette = page.getByRole('dialog', { name: 'Go to' })
  await expect(palette.getByRole('combobox')).toBeFocused()
  await page.keyboard.type('activ')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/activity$/)

  await page.goto(accounts)
  const href = (await opens(2).getAttribute('href')) ?? ''
  await page.keyboard.press('Control+k')
  await page.keyboard.type(href.split('/').at(-1) ?? '')
  await page.keyboard.press('Enter')
  await page.waitForURL(`**${href}`)
})

test('a filter, an order and columns are an address that means the same to whoever opens it', async ({
  page,
  browser,
}) => {
  await signIn(page, 'views@lists.test', org)
  await page.goto(accounts)
  await page.getByRole('textbox', { name: 'User' }).fill('person-7')
  await page.getByRole('button', { name: 'Filter', exact: true }).click()
  await page.waitForURL(/user_id=person-7/)
  await expect(rows(page)).toHaveCount(1)

  await page.getByText('Columns', { exact: true }).first().click()
  await page.getByLabel('Id at provider').check()
  await page.getByLabel('Scopes').uncheck()
  await page.getByLabel('Compact rows').check()
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.waitForURL(/columns=/)
  await expect(page.getByRole('columnheader', { name: 'Id at provider' })).toBeVisible()
  await expect(page.getByRole('columnheader', { name: 'Scopes' })).toHaveCount(0)
  await expect(page).toHaveURL(/user_id=person-7/)

  await page.getByText('Views', { exact: true }).click()
  await page.getByLabel('Save this view as').fill('Seven')
  await page.getByRole('button', { name: 'Save view' }).click()
  await expect(page.getByText('View: Seven')).toBeVisible()
  await page.goto(accounts)
  // Remembered: the columns that were chosen last, and not the filter.
  await expect(page.getByRole('columnheader', { name: 'Id at provider' })).toBeVisible()
  await expect(rows(page)).toHaveCount(50)
  await page.getByText('Views', { exact: true }).click()
  await page.getByRole('link', { name: 'Seven' }).click()
  await expect(rows(page)).toHaveCount(1)
  await expect(page.getByText('View: Seven')).toBeVisible()

  // Another member: the address shares it, the views stay their own.
  const other = await browser.newContext({ baseURL: new URL(page.url()).origin })
  const theirs = await other.newPage()
  await signIn(theirs, 'others@lists.test', org)
  await theirs.goto(page.url())
  await expect(rows(theirs)).toHaveCount(1)
  await expect(theirs.getByRole('columnheader', { name: 'Id at provider' })).toBeVisible()
  await theirs.getByText('Views', { exact: true }).click()
  await expect(theirs.getByText('Set a filter and columns, and keep them here')).toBeVisible()
  await other.close()

  await page.goto(`${accounts}?user_id=nobody`)
  await expect(page.getByText('Nothing matches')).toBeVisible()
  await page.getByRole('link', { name: 'Clear the filter' }).click()
  await expect(rows(page)).toHaveCount(50)
  await page.getByRole('link', { name: 'Older' }).click()
  await expect(rows(page)).toHaveCount(many - 50)
})

test('the export has every row that matches and not only the page, and the audit says who took it', async ({
  page,
  api,
}) => {
  await signIn(page, 'export@lists.test', org)
  await page.goto(accounts)
  await page.getByText('Export', { exact: true }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'CSV, for spreadsheets' }).click(),
  ])
  const text = readFileSync(await download.path(), 'utf8')
  expect(text.trimEnd().split('\r\n')).toHaveLength(many + 1)
  const one = await page.request.get(`${accounts}/export?format=ndjson&user_id=person-3`)
  expect(
    (await one.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ user: 'person-3', status: 'active' }])
  const { body } = await api.get(`/audit_events?org_id=${org}&action=records.exported`)
  expect((body.data as unknown[]).length).toBeGreaterThanOrEqual(2)
  expect(body.data).toMatchObject([
    { actor: { type: 'member' }, details: { list: 'accounts', format: 'ndjson', filter: 'user_id' } },
    { details: { format: 'csv' } },
  ])
  expect((await page.request.get(`${accounts}/export?format=csv&status=gone`)).status()).toBe(422)
  const stranger = await page.context().browser()?.newContext()
  const refused = await stranger?.request.get(`${new URL(page.url()).origin}${accounts}/export?format=csv`, {
    maxRedirects: 0,
  })
  expect([303, 307]).toContain(refused?.status())
  await stranger?.close()
})

test('what is done with all that match reaches what is not on the page', async ({ page }) => {
  await signIn(page, 'bulk@lists.test', org)
  await page.goto(accounts)
  await page.getByLabel('Select all on this page').check()
  await expect(page.getByText('50 selected')).toBeVisible()
  await page.getByRole('button', { name: `Select all ${many} that match` }).click()
  await expect(page.getByText(`All ${many} that match are selected`)).toBeVisible()
  await page.getByRole('button', { name: 'Pause' }).click()
  await expect(page.getByText(`${many} accounts are paused now`)).toBeVisible()
  await page.goto(`${accounts}?status=active`)
  await expect(page.getByText('Nothing matches')).toBeVisible()
  await asSuperuser(
    `UPDATE connected_accounts SET status = 'active', paused_by = '{}' WHERE status = 'paused'
     AND org_id = (SELECT id FROM organizations WHERE external_id = $1)`,
    [org],
  )
})

test('without scripts a list is read, filtered, looked at page by page and acted upon', async ({
  page,
  browser,
}) => {
  await signIn(page, 'plain@lists.test', org)
  const plain = await browser.newContext({
    javaScriptEnabled: false,
    storageState: await page.context().storageState(),
    baseURL: new URL(page.url()).origin,
  })
  const bare = await plain.newPage()
  await bare.goto(accounts)
  await expect(rows(bare)).toHaveCount(50)
  await bare.getByRole('link', { name: 'Older' }).click()
  await expect(rows(bare)).toHaveCount(many - 50)
  await bare.getByRole('textbox', { name: 'User' }).fill('person-9')
  await bare.getByRole('button', { name: 'Filter', exact: true }).click()
  await expect(rows(bare)).toHaveCount(1)
  await rows(bare).getByRole('checkbox').check()
  await bare.getByRole('button', { name: 'Pause' }).click()
  await expect(bare.getByText('1 account is paused now')).toBeVisible()
  await bare.setViewportSize({ width: 320, height: 640 })
  await bare.locator('summary', { hasText: 'Connections' }).click()
  await bare.getByRole('link', { name: 'People' }).click()
  await expect(bare.getByRole('heading', { name: 'People' })).toBeVisible()
  await plain.close()
  await asSuperuser(
    `UPDATE connected_accounts SET status = 'active', paused_by = '{}' WHERE status = 'paused'
     AND org_id = (SELECT id FROM organizations WHERE external_id = $1)`,
    [org],
  )
})

test('calls, people, receipts, keys and connectors are told; no page has a finding of WCAG 2.2 AA or scrolls sideways', async ({
  page,
  api,
}) => {
  test.setTimeout(240_000)
  const shown = 'e2e-lists-shown'
  const { id, user } = await connectedAccount(page, api, { org: shown })
  await api.post('/tools/execute', { connected_account_id: id, tool_name: 'sandbox.list_tasks' })
  await api.post('/tools/execute', {
    connected_account_id: id,
    tool_name: 'sandbox.delete_task',
    params: { task_id: 'no' },
  })
  await asSuperuser(
    `UPDATE connected_accounts SET status = 'needs_reauth', status_reason = 'invalid_grant'
     WHERE org_id = (SELECT id FROM organizations WHERE external_id = $1)`,
    [shown],
  )
  await signIn(page, 'shown@lists.test')
  const pages: Record<string, (page: Page) => Promise<void>> = {
    '': async () => {
      await expect(page.getByRole('link', { name: /account needs its user to sign in again/ })).toBeVisible()
    },
    '/accounts': async () => {
      await page.getByText('Columns', { exact: true }).first().click()
      await expect(page.getByRole('button', { name: 'Apply' })).toBeVisible()
    },
    '/people': async () => {
      await expect(page.getByRole('link', { name: user })).toBeVisible()
    },
    '/activity': async () => {
      await expect(page.getByRole('link', { name: 'sandbox.list_tasks' })).toBeVisible()
    },
    '/activity?status=refused': async () => {},
    '/receipts': async () => {
      await expect(page.getByRole('link', { name: 'Page', exact: true })).toBeVisible()
    },
    '/connectors': async () => {
      await expect(page.getByRole('region', { name: 'Connectors' })).toBeVisible()
    },
    '/api-keys': async () => {
      await expect(page.getByRole('heading', { name: 'New key' })).toBeVisible()
    },
  }
  const looked = async (name: string) => {
    await look(page, name)
    const folder = process.env.PICTURES
    if (folder) await page.screenshot({ path: `${folder}/${name.replace(/\W+/g, '-') || 'overview'}.png` })
  }
  for (const [path, ready] of Object.entries(pages)) {
    await page.goto(`/console/${shown}${path}`)
    await ready(page)
    await looked(path)
  }
  await page.goto(`/console/${shown}/people`)
  await page.getByRole('link', { name: user }).click()
  await expect(page.getByRole('heading', { name: user })).toBeVisible()
  await looked('/person')
  await page.getByRole('link', { name: /ran sandbox\.list_tasks/ }).click()
  await expect(page.getByText('Masked.')).toBeVisible()
  await looked('/call')
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
  await looked('/keys-help')
  // Faster than anybody types: the box opens before the browser has told that the other one is closed.
  await page.evaluate(() => {
    document.querySelector<HTMLDialogElement>('dialog[open]')?.close()
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }))
  })
  await expect(page.getByRole('combobox')).toBeFocused()
  await looked('/palette')
})

test('a key is made with its roles, shown once, and revoked: its next call is refused', async ({
  page,
  api,
}) => {
  await api.post('/connect_sessions', { org_id: 'e2e-lists-keys', user_id: 'u1' })
  await signIn(page, 'keys@lists-keys.test', 'e2e-lists-keys')
  await asSuperuser(`UPDATE members SET role = 'owner' WHERE email = 'keys@lists-keys.test'`)
  await page.goto('/console/e2e-lists-keys/api-keys')
  await page.getByLabel('Name').fill('reporting')
  await page.getByRole('button', { name: 'Create key' }).click()
  await expect(page.getByText(/choose at least one/)).toBeVisible()
  await page.getByLabel('Name').fill('reporting')
  await page.getByLabel('Read', { exact: true }).check()
  await page.getByRole('button', { name: 'Create key' }).click()
  const secret = (await page.getByText(/^bhf_sk_/).textContent()) ?? ''
  const call = () =>
    page.request.get('/api/v1/connected_accounts', { headers: { authorization: `Bearer ${secret}` } })
  expect((await call()).status()).toBe(200)
  await page.reload()
  await expect(page.getByText(secret)).toHaveCount(0)
  await page.getByRole('button', { name: 'Revoke', exact: true }).click()
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await expect(page.getByRole('cell', { name: 'Revoked' })).toBeVisible()
  expect((await call()).status()).toBe(401)
})
