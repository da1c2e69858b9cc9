// The embed contract (CONNECT.md) from a page of another site, with storage partitioned as browsers do: every mode,
// and what goes wrong with windows and networks.
import { instance } from '../scripts/testing/instance.ts'
import { approve, chooseIn, expect, signedIn, startHostApp, test } from './support/host-app.ts'
import { decideAtSandbox, freshUser, invite } from './support/test.ts'

const connected = /^Connected as ana@acme\.test\.$/
const types = (events: Record<string, unknown>[]) =>
  events.map(({ type, state, decision }) => [type, state ?? decision].filter(Boolean).join(' '))

test('popup: the page hears how it ended from the server, and no token, code or address by message', async ({
  host,
}) => {
  const window = await host.popup()
  const closed = window.waitForEvent('close')
  await approve(window)
  await closed
  await expect(host.said).toHaveText(connected)
  // The window closes by itself: the page may see that before the server has told it the end.
  expect(types(await host.events()).filter((type) => type !== 'window handle_lost')).toEqual([
    'window opening',
    'ready',
    'opened',
    'window open',
    'consent.decided approved',
    expect.stringMatching(/^connection\.(created|updated)$/),
  ])
  expect(await host.heard()).toEqual([])
})

test('redirect: the tab comes back, says who finished, and takes up what it was in the middle of', async ({
  host,
}) => {
  await host.start('by redirect')
  await approve(host.page)
  await host.page.waitForURL(`${host.url}/return`)
  await expect(host.said).toHaveText(connected)
  expect(host.page.url()).not.toContain('confirmation_code')
  // What was kept is used up.
  await host.page.goto(host.url)
  await expect(host.said).toBeEmpty()
})

test('redirect, and back by the button of the browser: not finished, and it can be begun again', async ({
  host,
}) => {
  await host.start('by redirect')
  await expect(host.page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await host.page.goto(host.url)
  await expect(host.said).toHaveText(/^Not finished yet/)
  const window = await host.popup()
  await approve(window)
  await expect(host.said).toHaveText(connected)
})

test('frame: choosing in the page, consent in a window, the outcome in both; the frame grows with its content', async ({
  host,
}) => {
  await host.start('in this page')
  const window = await chooseIn(host.page, host.frame)
  await expect(host.frame.getByRole('heading', { name: 'Finish in the window that opened' })).toBeVisible()
  await approve(window)
  await expect(host.said).toHaveText(connected)
  await expect(host.frame.getByRole('heading', { level: 1 })).toBeVisible()
  const said = types(await host.events())
  for (const each of ['ready', 'connector.selected', 'window open', 'consent.decided approved']) {
    expect(said).toContain(each)
  }
  expect(JSON.stringify(await host.heard())).not.toMatch(/bhf_|Fe26|https?:|#/)
  const height = (await host.page.locator('iframe').boundingBox())?.height ?? 0
  const content = await host.frame
    .locator('main')
    .evaluate((main) => (main instanceof HTMLElement ? main.offsetTop + main.offsetHeight : 0))
  expect(Math.abs(height - content)).toBeLessThan(40)
  await host.frame.getByRole('button', { name: 'Done' }).click()
  await expect(host.page.locator('iframe')).toHaveCount(0)
})

test('the element opens in its click and says how it ended', async ({ host }) => {
  const opened = host.page.waitForEvent('popup')
  await host.page.getByRole('button', { name: 'Connect by the element' }).click()
  await approve(await opened)
  await expect(host.said).toHaveText(connected)
})

test('declined by the person: said as such, in a popup and in a frame', async ({ host }) => {
  const window = await host.popup()
  await window.getByRole('button', { name: 'Decline' }).click()
  await expect(host.said).toHaveText('Nothing was connected.')
  await host.start('in this page')
  const other = await chooseIn(host.page, host.frame)
  await other.getByRole('button', { name: 'Decline' }).click()
  await expect(host.frame.getByRole('heading', { name: 'Nothing was connected' })).toBeVisible()
  expect(types(await host.events())).toContain('consent.decided declined')
})

test('closed by the page: the outcome is closed, and the window is gone', async ({ host }) => {
  const window = await host.popup()
  await expect(window.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  const gone = window.waitForEvent('close')
  await host.page.getByRole('button', { name: 'Close' }).click()
  await gone
  await expect(host.said).toHaveText('Closed.')
})

test('a window that the person closes is not known to be over, and another click begins anew', async ({
  host,
}) => {
  const window = await host.popup()
  await expect(window.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await window.close()
  await expect(host.said).toHaveText(/^Not finished yet/)
  expect(types(await host.events())).toContain('window handle_lost')
  await approve(await host.popup())
  await expect(host.said).toHaveText(connected)
})

for (const coop of ['same-origin', 'same-origin-allow-popups'] as const) {
  test(`a provider whose pages say COOP ${coop} cuts the window off: the flow finishes, in a popup and in a frame`, async ({
    host,
    sandbox,
  }) => {
    await sandbox.faults({ coop })
    const window = await host.popup()
    await window.getByRole('button', { name: 'Approve' }).click()
    await expect(window.getByRole('heading', { name: 'Sign in to Acme Tasks' })).toBeVisible()
    // The page has lost the window, which is open still.
    await expect.poll(async () => types(await host.events())).toContain('window handle_lost')
    await expect(host.said).toHaveText(/^Not finished yet/)
    expect(window.isClosed()).toBe(false)
    await decideAtSandbox(window)
    await expect(host.said).toHaveText(connected)

    await host.start('in this page')
    const other = await chooseIn(host.page, host.frame)
    await approve(other)
    await expect(host.said).toHaveText(connected)
  })
}

test('a host page that says COOP same-origin loses its window at once, and still hears how it ended', async ({
  page,
}) => {
  const app = await startHostApp('same-origin')
  try {
    const host = await signedIn(page, app.url)
    const opened = page.context().waitForEvent('page')
    await host.start('popup')
    await approve(await opened)
    await expect(host.said).toHaveText(connected)
  } finally {
    await app.stop()
  }
})

test('a blocked popup is offered in this tab, which comes back connected; saying no is an outcome too', async ({
  host,
}) => {
  await host.page.evaluate(() => {
    window.open = () => null
  })
  await host.start('popup')
  const dialog = host.page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Not now' }).click()
  await expect(host.said).toHaveText(/blocked the window/)
  await host.start('popup')
  await dialog.getByRole('link', { name: 'Continue in this tab' }).click()
  await approve(host.page)
  await host.page.waitForURL(`${host.url}/return`)
  await expect(host.said).toHaveText(connected)
})

test('a window blocked in the frame is opened by hand from there', async ({ host }) => {
  await host.page.addInitScript(() => {
    window.open = () => null
  })
  await host.page.reload()
  await host.start('in this page')
  await host.frame.getByRole('button', { name: /^(Connect|Reconnect) Acme Tasks/ }).click()
  const opened = host.page.context().waitForEvent('page')
  await host.frame.getByRole('link', { name: /Continue/ }).click()
  await approve(await opened)
  await expect(host.said).toHaveText(connected)
})

test('on a small touch screen the tab itself goes there', async ({ browser, app }) => {
  const context = await browser.newContext({
    hasTouch: true,
    isMobile: true,
    viewport: { width: 390, height: 800 },
  })
  const host = await signedIn(await context.newPage(), app.url)
  await host.page.evaluate(() => {
    const api = window.Behalf
    if (!api) throw new Error('embed.js is not there')
    const button = document.createElement('button')
    button.textContent = 'auto'
    button.onclick = () => {
      const fetchSession = () =>
        fetch('/connect-session', { method: 'POST', body: '{}' }).then((answer) => answer.json())
      void api.createConnect({ fetchSession }).open()
    }
    document.body.append(button)
  })
  await host.page.getByRole('button', { name: 'auto' }).tap()
  await host.page.waitForURL(`${instance().publicUrl}/connect/**`)
  await expect(host.page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await context.close()
})

test('the network goes away in the middle: both pages say so, and go on by themselves', async ({ host }) => {
  const { page, frame, said } = host
  await host.start('in this page')
  const window = await chooseIn(page, frame)
  await expect(frame.getByRole('heading', { name: 'Finish in the window that opened' })).toBeVisible()
  await expect(window.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await page.context().setOffline(true)
  await expect(frame.getByText(/offline/i)).toBeVisible({ timeout: 40_000 })
  await page.context().setOffline(false)
  await expect(frame.getByText(/offline/i)).toBeHidden()
  expect(types(await host.events())).toEqual(expect.arrayContaining(['offline', 'online']))
  await approve(window)
  await expect(said).toHaveText(connected)
})

test('a popup whose page loses the network hears the end when it is back', async ({ host }) => {
  const window = await host.popup()
  await expect(window.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await host.page.context().setOffline(true)
  await expect.poll(async () => types(await host.events()), { timeout: 40_000 }).toContain('offline')
  await host.page.context().setOffline(false)
  await approve(window)
  await expect(host.said).toHaveText(connected)
  expect(types(await host.events())).toContain('online')
})

test('the token alone is enough: in the loader, and at /connect/start', async ({ host, app, api, page }) => {
  const session = await invite(api, {
    org_id: app.org,
    user_id: freshUser(),
    embed_origins: [app.url],
    return_url: `${app.url}/return`,
  })
  await page.evaluate((token) => {
    const container = document.getElementById('connect')
    if (!container) throw new Error('no place for it')
    void window.Behalf?.createConnect({ fetchSession: async () => ({ token }), container }).open()
  }, session.token)
  await expect(host.frame.getByRole('button', { name: /Acme Tasks/ })).toBeVisible()
  const tab = await page.context().newPage()
  await tab.goto(`${instance().publicUrl}/connect/start#token=${session.token}`)
  await expect(tab.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  expect(tab.url()).not.toContain('bhf_')
})

test('a session that has run out is replaced by another of the page', async ({ host, app, api, page }) => {
  const over = await invite(api, { org_id: app.org, user_id: freshUser(), embed_origins: [app.url] })
  await api.delete(`/connect_sessions/${over.id}`)
  const fresh = await invite(api, { org_id: app.org, user_id: freshUser(), embed_origins: [app.url] })
  await page.evaluate(
    ([first, second]) => {
      const container = document.getElementById('connect')
      if (!container || !first || !second) throw new Error('no place for it')
      const asked: string[] = []
      Object.assign(window, { asked })
      const fetchSession = async (why: string) => {
        asked.push(why)
        return { url: why === 'open' ? first : second }
      }
      void window.Behalf?.createConnect({ fetchSession, container }).open()
    },
    [over.url, fresh.url],
  )
  await expect(host.frame.getByRole('button', { name: /Acme Tasks/ })).toBeVisible()
  expect(await page.evaluate(() => (window as never as { asked: string[] }).asked)).toEqual([
    'open',
    'expired',
  ])
})
