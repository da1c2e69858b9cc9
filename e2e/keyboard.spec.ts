// The main job by keyboard alone: no click, no pointer, and always a visible place where the focus is.
import type { Frame, Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { confirmSession, expect, freshUser, invite, test } from './support/test.ts'

// A frame comes alive after its page, on a machine that may be busy.
const patient = { timeout: 20_000 }

/** More stops than any page of the flow has. */
const stopsMost = 80

/** What has the focus in a page or frame, or `null` where something inside another frame has it. */
const focused = (at: Page | Frame) =>
  at.evaluate(() => {
    const element = document.activeElement
    if (!element || element === document.body || element.tagName === 'IFRAME') return null
    // Where a control is drawn by what surrounds it, that shows the focus.
    const drawn = [element, element.parentElement, element.closest('label')].some((each) => {
      if (!each) return false
      const { outlineStyle, outlineWidth } = getComputedStyle(each)
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0
    })
    return {
      name: element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '',
      visible: drawn,
      inView: element.getBoundingClientRect().top < window.innerHeight,
    }
  })

/** Tabs to the control of that name, as somebody without a mouse does. */
async function tabTo(page: Page, name: RegExp, at: Page | Frame = page): Promise<void> {
  for (let stop = 0; stop < stopsMost; stop++) {
    await page.keyboard.press('Tab')
    const found = await focused(at)
    if (!found) continue
    expect(found.visible, `where the focus is cannot be seen: ${found.name}`).toBe(true)
    expect(found.inView, `the focus is out of sight: ${found.name}`).toBe(true)
    if (name.test(found.name)) return
  }
  throw new Error(`no stop named ${name} among ${stopsMost}`)
}

async function press(page: Page, name: RegExp, at: Page | Frame = page): Promise<void> {
  await tabTo(page, name, at)
  await page.keyboard.press('Enter')
}

/** From the consent screen through the provider's pages. */
async function consentByKeyboard(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await press(page, /^Approve$/)
  await expect(page.getByRole('heading', { name: 'Sign in to Acme Tasks' })).toBeVisible()
  await press(page, /Ana Souza/)
  await expect(page.getByRole('heading', { name: 'Allow access' })).toBeVisible()
  await press(page, /^Allow$/)
}

test('by keyboard alone, on a page of its own: list, decision, provider and the end', async ({
  page,
  api,
}) => {
  const user = freshUser()
  const session = await invite(api, { org_id: 'e2e-keyboard', user_id: user, connectors: [] })
  await page.goto(session.hosted_url)
  await press(page, /^Continue$/)
  await expect(page.getByRole('heading', { name: 'Connect your accounts' })).toBeVisible()
  await press(page, /^(Connect|Reconnect) Acme Tasks/)
  await consentByKeyboard(page)
  await page.waitForURL(/\/done$/)
  const code = (await page.getByText(/^bhf_cc_/).textContent()) ?? ''
  expect((await confirmSession(api, session, user, code)).body.status).toBe('completed')
})

test('by keyboard alone, in the frame of a host: the new heading has the focus, or is read out where the person is not', async ({
  page,
}) => {
  await page.goto(instance().demoUrl)
  await press(page, /^Ana$/)
  await expect(page.getByRole('heading', { name: 'Hello Ana' })).toBeVisible()
  await press(page, /^Connect in this page$/)
  const inside = page.frameLocator('iframe')
  await expect(inside.getByRole('heading', { name: 'Connect your accounts' })).toBeVisible(patient)
  const frame = page.frames().find((each) => each.url().startsWith(instance().publicUrl))
  if (!frame) throw new Error('the portal is in no frame')
  const opened = page.waitForEvent('popup')
  await press(page, /^(Connect|Reconnect) Acme Tasks/, frame)
  const window = await opened
  await expect(inside.getByRole('heading', { name: 'Finish in the window that opened' })).toBeVisible()
  const closed = window.waitForEvent('close')
  await consentByKeyboard(window)
  await closed
  await expect(inside.getByRole('heading', { name: 'Connected' })).toBeVisible(patient)
  const told = () =>
    frame.evaluate(
      () => document.activeElement?.textContent || document.querySelector('[aria-live]')?.textContent,
    )
  await expect.poll(told).toContain('Connected')
  await press(page, /^Done$/, frame)
  await expect(page.locator('iframe')).toHaveCount(0)
})

test('a search that finds nothing says so, and leads back to everything', async ({ page, api }) => {
  const session = await invite(api, { org_id: 'e2e-keyboard', user_id: freshUser(), connectors: [] })
  await page.goto(session.url)
  await expect(page.getByRole('heading', { name: 'Connect your accounts' })).toBeVisible()
  await page.goto(`${page.url()}?q=no such thing`)
  await expect(page.getByText('Nothing matches “no such thing”')).toBeVisible()
  await press(page, /^Show everything$/)
  await expect(page.getByText('Acme Tasks').first()).toBeVisible()
})

test('a connector has a page of its own, which leads to the decision', async ({ page, api }) => {
  const session = await invite(api, { org_id: 'e2e-keyboard', user_id: freshUser(), connectors: [] })
  await page.goto(session.url)
  await expect(page.getByRole('heading', { name: 'Connect your accounts' })).toBeVisible()
  await press(page, /^Acme Tasks$/)
  await expect(page.getByRole('heading', { level: 1, name: 'Acme Tasks' })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'What may be asked of you' })).toBeVisible()
  await press(page, /^Connect Acme Tasks$/)
  await expect(page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
})
