// The audit explorer: what happened, found by time and field, opened with what the chain says of it, and taken along as
// evidence that proves itself elsewhere.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { root } from '../scripts/install.mjs'
import { instance } from '../scripts/testing/instance.ts'
import { asSuperuser, signIn } from './support/console.ts'
import { look } from './support/look.ts'
import { type Api, expect, test } from './support/test.ts'

test.use({ baseURL: instance().publicUrl })

/** Events of an org that is one test's own: invitations, each of a user. */
async function happen(api: Api, org: string, users: readonly string[]): Promise<void> {
  for (const user of users) {
    const { status } = await api.post('/connect_sessions', {
      org_id: org,
      user_id: user,
      connectors: ['sandbox'],
    })
    expect(status).toBe(201)
  }
}

/** Signs in, and waits for the page that it leads to: a page that is still on its way is not gone from. */
async function enter(page: Page, email: string, org: string): Promise<void> {
  await signIn(page, email, org)
  await page.waitForURL(({ pathname }) => pathname.startsWith(`/console/${org}`))
  await page.waitForLoadState()
}

const rows = (page: Page) => page.getByRole('region', { name: 'Audit events' }).getByRole('row')

test('an event is found by search and facet, opened by a link, and read with what the chain says of it', async ({
  page,
  api,
}) => {
  const org = 'e2e-explorer'
  await happen(api, org, ['ana', 'ben', 'cleo'])
  await enter(page, 'explorer@acme.test', org)
  await page.goto(`/console/${org}/audit`)
  await expect(page.getByRole('heading', { name: 'Audit', exact: true })).toBeVisible()
  await look(page)

  await page.getByRole('searchbox', { name: 'Search' }).fill('user:ben')
  await page.getByRole('button', { name: 'Search' }).click()
  await expect(page).toHaveURL(/q=user%3Aben/)
  await expect(rows(page)).toHaveCount(2)
  await page.getByRole('link', { name: /invited ben/ }).click()
  await expect(page).toHaveURL(/event=ae_/)
  const panel = page.getByRole('complementary', { name: 'Event' })
  await expect(panel.getByText(/^Chain verified up to/)).toBeVisible()
  await expect(panel.getByRole('link', { name: 'The connect session' })).toBeVisible()
  await look(page)

  // The address alone is enough, on another page of the same browser.
  const link = page.url()
  await page.goto(`/console/${org}/reports`)
  await page.goto(link)
  await expect(panel.getByRole('heading', { name: /invited ben/ })).toBeVisible()
  await panel.getByRole('link', { name: 'Close' }).click()
  await expect(panel).toHaveCount(0)

  await page.goto(`/console/${org}/audit`)
  await page.getByRole('navigation', { name: 'Narrow down' }).getByRole('link', { name: /cleo/ }).click()
  await expect(page).toHaveURL(/user=cleo/)
  await expect(rows(page)).toHaveCount(2)
  await page.getByRole('list', { name: 'Narrowed to' }).getByRole('link', { name: /cleo/ }).click()
  await expect(page).not.toHaveURL(/user=cleo/)

  await page.goto(`/console/${org}/audit?view=changes`)
  await expect(page.getByText('invited')).toHaveCount(0)
})

test('a byte that a superuser changes turns the badge of the event, which it names', async ({
  page,
  api,
}) => {
  const org = 'e2e-explorer-tamper'
  await happen(api, org, ['u1', 'u2', 'u3'])
  await enter(page, 'explorer-tamper@acme.test', org)
  const { body } = await api.get(`/audit_events?org_id=${org}&user_id=u2`)
  const [event] = body.data as { id: string; sequence: number }[]
  await asSuperuser(
    `DO $$ BEGIN SET LOCAL session_replication_role = 'replica';
     UPDATE audit_events SET user_agent = 'Node' WHERE sequence = ${event?.sequence}
       AND org_id = (SELECT id FROM organizations WHERE external_id = '${org}'); END $$`,
  )
  await page.goto(`/console/${org}/audit?event=${event?.id}`)
  const alert = page.getByRole('alert').filter({ hasText: 'Chain broken' })
  await expect(alert).toContainText(event?.id ?? '')
})

test('a range is picked by keyboard, and each bar is a link', async ({ page, api }) => {
  const org = 'e2e-explorer-brush'
  await happen(api, org, ['u1', 'u2'])
  await enter(page, 'explorer-brush@acme.test', org)
  await page.goto(`/console/${org}/audit?range=24h`)
  const from = page.getByRole('slider', { name: 'Range from' })
  await from.focus()
  await expect(from).toBeVisible()
  for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/since=.*until=/)
  await expect(rows(page).filter({ hasText: 'invited' })).toHaveCount(2)
  await page.getByText('As a table').click()
  await page
    .getByRole('region', { name: 'Events over time, as a table' })
    .getByRole('row')
    .filter({ hasText: /[1-9]/ })
    .getByRole('link')
    .last()
    .click()
  await expect(page).toHaveURL(/since=.*until=/)
})

test('a live view counts what is written, and shows it when asked', async ({ page, api }) => {
  const org = 'e2e-explorer-live'
  await happen(api, org, ['u1'])
  await enter(page, 'explorer-live@acme.test', org)
  await page.goto(`/console/${org}/audit`)
  await page.getByRole('button', { name: 'Live view' }).click()
  await expect(page.getByText('Live: new events', { exact: false })).toBeVisible()
  await happen(api, org, ['fresh'])
  const show = page.getByRole('button', { name: /^Show 1 new event/ })
  await show.click()
  await expect(
    page.getByRole('list', { name: 'New events' }).getByText('invited fresh', { exact: false }),
  ).toBeVisible()
  await look(page)
  await page.getByRole('button', { name: 'Stop live view' }).click()
  await expect(page.getByRole('button', { name: 'Live view', exact: true })).toBeVisible()
})

test('evidence is downloaded and proves itself offline, and the download is in the audit', async ({
  page,
  api,
}, info) => {
  const org = 'e2e-explorer-evidence'
  await happen(api, org, ['u1', 'u2'])
  await enter(page, 'explorer-evidence@acme.test', org)
  await page.goto(`/console/${org}/audit?range=all`)
  const started = page.waitForEvent('download')
  await page.getByRole('link', { name: 'JSON with proof' }).click()
  const file = info.outputPath('evidence.json')
  await (await started).saveAs(file)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, 'scripts/behalf.ts'), 'verify-audit', file],
    // Offline: no database, no keys.
    { env: { PATH: process.env.PATH, NODE_ENV: 'production', LOG_LEVEL: 'silent' } },
  )
  expect(stdout).toContain('none was changed')
  expect(stdout).toContain('nothing is left out')
  const { body } = await api.get(`/audit_events?org_id=${org}&action=report.exported`)
  expect(body.data).toMatchObject([
    { actor: { type: 'member' }, details: { kind: 'evidence', format: 'json' } },
  ])
})

test('reports, holds and streams are on one page, and an auditor changes none of them', async ({
  page,
  api,
}) => {
  const org = 'e2e-explorer-reports'
  await happen(api, org, ['u1'])
  await enter(page, 'explorer-reports@acme.test', org)
  await page.goto(`/console/${org}/reports`)
  await expect(page.getByRole('heading', { name: 'Reports' })).toBeVisible()
  await page.getByText('Place a legal hold').click()
  await page.getByLabel('Reason').fill('Case 12')
  await page.getByRole('button', { name: 'Place the hold' }).click()
  await expect(page.getByRole('cell', { name: 'Case 12' })).toBeVisible()
  await page.getByRole('button', { name: 'Sign the head now' }).click()
  await expect(page.getByRole('region', { name: 'Signed heads' }).getByRole('row')).toHaveCount(2)
  await look(page)
  await asSuperuser(`UPDATE members SET role = 'auditor' WHERE email = 'explorer-reports@acme.test'`)
  await page.reload()
  await expect(page.getByRole('cell', { name: 'Case 12' })).toBeVisible()
  await expect(page.getByText('Place a legal hold')).toHaveCount(0)
})

test.describe('narrow, and without a script', () => {
  test('all can be read, filtered and opened', async ({ browser, api }) => {
    const org = 'e2e-explorer-plain'
    await happen(api, org, ['u1', 'u2'])
    // Signing in needs a script; reading does not.
    const first = await browser.newContext({ baseURL: instance().publicUrl, javaScriptEnabled: true })
    await enter(await first.newPage(), 'explorer-plain@acme.test', org)
    const plain = await browser.newContext({
      baseURL: instance().publicUrl,
      javaScriptEnabled: false,
      viewport: { width: 320, height: 640 },
      storageState: await first.storageState(),
    })
    const page = await plain.newPage()
    await page.goto(`/console/${org}/audit`)
    await page.getByRole('searchbox', { name: 'Search' }).fill('user:u2')
    await page.getByRole('button', { name: 'Search' }).click()
    await expect(rows(page)).toHaveCount(2)
    await page.getByRole('link', { name: /invited u2/ }).click()
    await expect(page.getByText(/^Chain verified up to/)).toBeVisible()
    expect(await page.locator('html').evaluate((html) => html.scrollWidth)).toBeLessThanOrEqual(320)
    await plain.close()
    await first.close()
  })
})
