// A frame, tab or page that is loaded again at any step: the flow goes on, or says what to do.
import { approve, chooseIn, expect, test } from './support/host-app.ts'
import { reload } from './support/reload.ts'
import { confirmSession, decideAtSandbox, freshUser, invite } from './support/test.ts'

const connected = /^Connected as ana@acme\.test\.$/

test('the frame alone, at every step: it goes on where it was, by what it kept in its own partition', async ({
  host,
  page,
}) => {
  await host.start('in this page')
  const choose = host.frame.getByRole('button', { name: /^(Connect|Reconnect) Acme Tasks/ })
  const waits = host.frame.getByRole('heading', { name: 'Finish in the window that opened' })
  await expect(choose).toBeVisible()
  await reload(host.frame)
  await expect(choose).toBeVisible()
  const popup = await chooseIn(page, host.frame)
  await expect(waits).toBeVisible()
  await reload(host.frame)
  await expect(waits).toBeVisible()
  await popup.getByRole('button', { name: 'Approve' }).click()
  await expect(popup.getByRole('heading', { name: 'Sign in to Acme Tasks' })).toBeVisible()
  await reload(host.frame)
  await expect(waits).toBeVisible()
  await decideAtSandbox(popup)
  await expect(host.said).toHaveText(connected)
  await reload(host.frame)
  await expect(host.frame.getByRole('heading', { name: 'Connected' })).toBeVisible()
})

test('the page around the frame, while the person decides: taken up with its frame, and told the end', async ({
  host,
  page,
}) => {
  await host.start('in this page')
  const popup = await chooseIn(page, host.frame)
  await expect(popup.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await page.reload()
  await expect(host.frame.getByRole('heading', { name: 'Finish in the window that opened' })).toBeVisible()
  await approve(popup)
  await expect(host.said).toHaveText(connected)
})

test('the page that opened a popup, while the person decides: taken up, and told the end', async ({
  host,
  page,
}) => {
  const popup = await host.popup()
  await expect(popup.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await page.reload()
  await expect(host.said).toHaveText(/^Not finished yet/)
  await approve(popup)
  await expect(host.said).toHaveText(connected)
})

test('the tab of the flow, at every step of it', async ({ page, api, app }) => {
  const user = freshUser()
  const session = await invite(api, {
    org_id: app.org,
    user_id: user,
    connectors: ['sandbox', 'github'],
    scopes: { sandbox: ['tasks:read'] },
  })
  await page.goto(session.url)
  const list = page.getByRole('heading', { level: 1 })
  await expect(page.getByText('Acme Tasks').first()).toBeVisible()
  await page.reload()
  await expect(page.getByText('Acme Tasks').first()).toBeVisible()
  await page.locator('a[href$="/consent/sandbox"]').click()
  const consent = page.getByRole('heading', { level: 1, name: /^Let / })
  await expect(consent).toBeVisible()
  await page.reload()
  await expect(consent).toBeVisible()
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in to Acme Tasks' })).toBeVisible()
  await page.reload()
  await decideAtSandbox(page)
  await page.waitForURL(/\/done$/)
  await page.reload()
  await expect(list).toBeVisible()
  const code = (await page.getByText(/^bhf_cc_/).textContent()) ?? ''
  expect((await confirmSession(api, session, user, code)).status).toBe(200)
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeVisible()
})

test('before its token was traded: the link opens after a reload, and says so in a tab that never had it', async ({
  page,
  api,
  app,
  context,
}) => {
  const session = await invite(api, { org_id: app.org, user_id: freshUser() })
  // The first trade is lost on its way.
  await page.route('**/enter', (route) => route.abort(), { times: 1 })
  await page.goto(session.url)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  expect(page.url()).not.toContain('bhf_')
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  const stranger = await (await context.browser()?.newContext())?.newPage()
  await stranger?.goto(page.url())
  await expect(stranger?.getByRole('heading', { level: 1 }) ?? page.locator('nothing')).toBeVisible()
  expect(await stranger?.getByRole('button', { name: 'Approve' }).count()).toBe(0)
  await stranger?.context().close()
})

test('a copy of the tab resumes nothing that the tab itself has resumed', async ({ host, page }) => {
  await host.start('in this page')
  await expect(host.frame.getByRole('button', { name: /Acme Tasks/ })).toBeVisible()
  const portal = () => page.frames().find((frame) => frame.url().includes('/connect/'))
  const kept = await portal()?.evaluate(() => sessionStorage.getItem('behalf'))
  await reload(host.frame)
  await expect(host.frame.getByRole('button', { name: /Acme Tasks/ })).toBeVisible()
  const id = /cs_\w+/.exec(portal()?.url() ?? '')?.[0]
  const { resume } = (JSON.parse(kept ?? '{}') as { kept: { resume: string } }).kept
  const again = await portal()?.evaluate(
    async ([path, body]) => (await fetch(path ?? '', { method: 'POST', body: body ?? '' })).status,
    [`/connect/${id}/handle`, JSON.stringify({ resume })],
  )
  expect(again).toBe(410)
})
