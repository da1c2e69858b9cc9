// Every page a person meets, in both schemes: no finding of WCAG 2.2 AA that a machine can make, and no sideways scroll.
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { type Api, expect, freshUser, invite, test } from './support/test.ts'

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

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
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${name}, ${colorScheme}: no accessibility finding, and nothing to scroll sideways at 320 px`, async ({
      browser,
      api,
    }) => {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width: 320, height: 640 },
        reducedMotion: 'reduce',
        baseURL: instance().publicUrl,
      })
      const page = await context.newPage()
      await visit(page, api)
      const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`),
      ).toEqual([])
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(overflow).toBeLessThanOrEqual(0)
      await context.close()
    })
  }
}
