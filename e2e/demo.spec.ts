// A host product on another site embeds the portal, with storage partitioned as real browsers do (browser.spec.ts):
// in a frame, in a popup and by redirect, each from consent to revocation.
import type { Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { decideAtSandbox, expect, test } from './support/test.ts'

async function signIn(page: Page, person: 'Ana' | 'Ben'): Promise<void> {
  await page.goto(instance().demoUrl)
  await page.getByRole('button', { name: person }).click()
  await expect(page.getByRole('heading', { name: `Hello ${person}` })).toBeVisible()
}

/** Consents in whichever window shows the consent screen, and decides at the provider. */
async function consent(window: Page): Promise<void> {
  await expect(window.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await window.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(window)
}

async function useAndRevoke(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Run list_tasks' }).first().click()
  await expect(page.getByTestId('tool-output')).toContainText('"status": "succeeded"')
  await page.getByRole('button', { name: 'Revoke' }).first().click()
  await expect(page.getByTestId('tool-output')).toContainText('"upstream": "revoked"')
  await page.getByRole('button', { name: 'Run list_tasks' }).first().click()
  await expect(page.getByTestId('tool-output')).toContainText('reauthorization_required')
}

test('framed by another site: choosing in the frame, consent in a window of its own, and no cookie in the frame', async ({
  page,
}) => {
  await signIn(page, 'Ana')
  await page.getByRole('button', { name: 'Connect in this page' }).click()
  const frame = page.frameLocator('iframe')
  const opened = page.waitForEvent('popup')
  await frame.getByRole('button', { name: /^(Connect|Reconnect) Acme Tasks/ }).click()
  const window = await opened
  await expect(frame.getByText('Finish in the window that opened')).toBeVisible()
  const closed = window.waitForEvent('close')
  await consent(window)
  await closed
  await expect(frame.getByRole('heading', { name: 'Connected' })).toBeVisible()
  const portal = page.frames().find((each) => each.url().startsWith(instance().publicUrl))
  expect(await portal?.evaluate(() => document.cookie)).toBe('')
  expect(portal?.url()).not.toContain('bhf_')
  await useAndRevoke(page)
})

test('in a popup: the code comes back to the host, which vouches for its own user', async ({ page }) => {
  await signIn(page, 'Ben')
  const opened = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Connect in a popup' }).click()
  const window = await opened
  const closed = window.waitForEvent('close')
  const connect = window.getByRole('button', { name: /^(Connect|Reconnect) Acme Tasks/ })
  await expect(connect.or(window.getByRole('heading', { level: 1, name: /^Let / }))).toBeVisible()
  if (await connect.isVisible()) await connect.click()
  await consent(window)
  await closed
  await expect(page.getByRole('button', { name: 'Run list_tasks' })).toBeVisible()
  await useAndRevoke(page)
})

test('by redirect: the tab goes there, comes back to the host and finds the account connected', async ({
  page,
}) => {
  await signIn(page, 'Ana')
  await page.getByRole('button', { name: 'Connect by redirect' }).click()
  await page.waitForURL((url) => url.origin === instance().publicUrl)
  const connect = page.getByRole('button', { name: /^(Connect|Reconnect) Acme Tasks/ })
  const link = page.getByRole('link', { name: /^(Connect|Reconnect) Acme Tasks/ })
  const heading = page.getByRole('heading', { level: 1, name: /^Let / })
  await expect(connect.or(link).or(heading)).toBeVisible()
  if (!(await heading.isVisible())) await connect.or(link).click()
  await consent(page)
  await page.waitForURL((url) => url.origin === new URL(instance().demoUrl).origin)
  await expect(page.getByRole('heading', { name: 'Hello Ana' })).toBeVisible()
  await useAndRevoke(page)
})

test('a blocked popup is offered as a link in the page', async ({ page }) => {
  await page.addInitScript(() => {
    window.open = () => null
  })
  await signIn(page, 'Ana')
  await page.getByRole('button', { name: 'Connect in this page' }).click()
  const frame = page.frameLocator('iframe')
  await frame.getByRole('button', { name: /^(Connect|Reconnect) Acme Tasks/ }).click()
  await expect(frame.getByRole('link', { name: /Continue/ })).toBeVisible()
})

test('a site that is not registered shows an empty frame', async ({ page, api }) => {
  const { body } = await api.post('/connect_sessions', {
    org_id: 'e2e-framed',
    user_id: 'u',
    embed_origins: ['https://app.example.com'],
  })
  const refused = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()))
  await page.goto(instance().demoUrl)
  await page.evaluate((url) => {
    const frame = document.createElement('iframe')
    frame.src = url
    document.body.append(frame)
  }, String(body.url))
  await refused
})
