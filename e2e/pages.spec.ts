// Every page that a person meets on the way to a decision: no finding of WCAG 2.2 AA that a machine can make.
import type { Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { look, narrow } from './support/look.ts'
import { type Api, expect, freshUser, invite, test } from './support/test.ts'

// The reference is as long as the API, and is looked at twice.
test.describe.configure({ timeout: 180_000 })

/** Each page by how a person gets there. */
const pages: Record<string, (page: Page, api: Api) => Promise<void>> = {
  landing: async (page) => {
    await page.goto('/')
  },
  catalogue: async (page, api) => {
    const session = await invite(api, { org_id: 'e2e-axe', user_id: freshUser(), connectors: [] })
    await page.goto(session.url)
    await expect(page.getByRole('heading', { name: 'Connect your accounts' })).toBeVisible()
  },
  consent: async (page, api) => {
    const session = await invite(api, {
      org_id: 'e2e-axe',
      user_id: freshUser(),
      purpose: 'Keep your tasks in order',
    })
    await page.goto(session.url)
    await expect(page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  },
  'hosted link': async (page, api) => {
    const session = await invite(api, { org_id: 'e2e-axe', user_id: freshUser() })
    await page.goto(session.hosted_url)
    await expect(page.getByRole('button', { name: 'Continue' })).toBeVisible()
  },
  declined: async (page, api) => {
    const session = await invite(api, { org_id: 'e2e-axe', user_id: freshUser() })
    await page.goto(session.url)
    await page.getByRole('button', { name: 'Decline' }).click()
    await expect(page.getByRole('heading', { name: 'Nothing was connected' })).toBeVisible()
  },
  expired: async (page, api) => {
    const session = await invite(api, { org_id: 'e2e-axe', user_id: freshUser() })
    await api.delete(`/connect_sessions/${session.id}`)
    await page.goto(session.hosted_url)
    await expect(page.getByRole('heading', { name: 'This link has expired' })).toBeVisible()
  },
  demo: async (page) => {
    await page.goto(instance().demoUrl)
  },
  'sign-in': async (page) => {
    await page.goto('/console/sign-in')
  },
  reference: async (page) => {
    await page.goto('/docs')
  },
}

for (const [name, visit] of Object.entries(pages)) {
  test(`${name}: no accessibility finding, light or dark, and nothing to scroll sideways at 320 px`, async ({
    browser,
    api,
  }) => {
    const context = await browser.newContext(narrow())
    const page = await context.newPage()
    await visit(page, api)
    await look(page)
    await context.close()
  })
}
