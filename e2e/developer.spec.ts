// What a developer finds: the reference, the way to a first call, tools to try, and what the API was asked and told.
import type { Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { axeFindings, ofColours } from './support/axe.ts'
import { signIn } from './support/console.ts'
import { connectedAccount, expect, test } from './support/test.ts'

/** Both schemes where there is room, and nothing to scroll sideways where there is none. */
async function look(page: Page) {
  expect(await axeFindings(page), page.url()).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await axeFindings(page, ofColours), `${page.url()} dark`).toEqual([])
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 320, height: 800 })
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow, page.url()).toBeLessThanOrEqual(0)
  await page.setViewportSize({ width: 1280, height: 800 })
}

test('the reference has every operation of the document, and no link of it leads nowhere', async ({
  request,
  api,
}) => {
  const { body } = await api.get('/openapi.json')
  const paths = body.paths as Record<string, Record<string, { operationId: string }>>
  const operations = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  const page = async (path: string) => (await request.get(`${instance().publicUrl}${path}`)).text()
  const [reference, errors] = await Promise.all([page('/docs'), page('/docs/errors')])
  const idsOf = (html: string) => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
  const ids = { '': idsOf(reference), '/docs': idsOf(reference), '/docs/errors': idsOf(errors) }
  expect(operations.length).toBeGreaterThan(100)
  expect(operations.filter((id) => !ids['/docs'].has(id))).toEqual([])
  const links = [...reference.matchAll(/ href="([^"#]*)#([^"]+)"/g)].map(([, path, id]) => ({ path, id }))
  expect(links.length).toBeGreaterThan(operations.length)
  expect(links.filter(({ path, id }) => !ids[path as keyof typeof ids]?.has(id))).toEqual([])
})

test('from the quickstart to a call that is made, one that is refused, and what both left behind', async ({
  page,
  api,
}) => {
  test.setTimeout(120_000)
  const org = 'e2e-developer'
  await api.put(`/orgs/${org}`, {})
  await signIn(page, 'dev@developer.test', org)

  await page.goto(`/console/${org}`)
  await page.getByRole('link', { name: 'Open the quickstart' }).click()
  await expect(page.getByRole('heading', { name: 'Quickstart' })).toBeVisible()
  await expect(page.getByText(`"org_id": "${org}"`)).toBeVisible()
  await expect(page.locator('main')).not.toContainText('bhf_sk_')
  await look(page)

  const guest = await page.context().browser()?.newPage({ baseURL: instance().publicUrl })
  if (!guest) throw new Error('no browser')
  const account = await connectedAccount(guest, api, { org })
  await guest.close()
  expect((await api.get(`/connected_accounts/${account.id}`)).status).toBe(200)
  await page.reload()
  await expect(page.getByText(`ACCOUNT=${account.id}`)).toBeVisible()

  await page.goto(`/console/${org}/try`)
  await page.getByLabel('limit').fill('many')
  await page.getByRole('button', { name: 'Run sandbox.list_tasks' }).click()
  await expect(page.getByLabel('limit')).toHaveAttribute('aria-invalid', 'true')
  await page.getByLabel('limit').fill('1')
  await page.getByRole('button', { name: 'Run sandbox.list_tasks' }).click()
  await expect(page.getByText('It was made')).toBeVisible()
  await expect(page.getByText('"limit": 1')).toBeVisible()
  await look(page)
  const stop = { org_id: org, subject: { type: 'tool', id: 'sandbox.list_tasks' }, reason: 'A drill' }
  expect((await api.post('/stops', stop)).status).toBe(201)
  await page.getByRole('button', { name: 'Run sandbox.list_tasks' }).click()
  await expect(page.getByRole('link', { name: 'account_paused' })).toBeVisible()
  await page.goto(`/console/${org}/try?account=${account.id}&tool=sandbox.create_task`)
  await page.getByLabel('title').fill('Tidy up')
  await page.getByRole('button', { name: 'Run sandbox.create_task' }).click()
  await expect(page.getByText('Type sandbox.create_task to confirm, or rehearse it.')).toBeVisible()
  await page.getByRole('textbox', { name: 'Type sandbox.create_task to confirm' }).fill('sandbox.create_task')
  await page.getByRole('button', { name: 'Run sandbox.create_task' }).click()
  await expect(page.getByText('It was made')).toBeVisible()
  await page.getByRole('link', { name: /^ex_/ }).click()
  await expect(page.getByRole('heading', { name: 'sandbox.create_task' })).toBeVisible()

  const asked = page.getByRole('link', { name: `GET /api/v1/connected_accounts/${account.id}` })
  await expect(async () => {
    await page.goto(`/console/${org}/requests-log`)
    await expect(asked.first()).toBeVisible({ timeout: 1_000 })
  }).toPass({ timeout: 20_000 })
  await look(page)
  await asked.first().click()
  await expect(page.getByRole('heading', { name: 'Ask the same again' })).toBeVisible()
  await look(page)

  await page.goto(`/console/${org}/events?type=connected_account.connected`)
  await expect(page.getByRole('cell', { name: 'connected_account.connected' })).toHaveCount(1)
  await page.getByText('Show', { exact: true }).click()
  await expect(page.getByText(`"connected_account_id": "${account.id}"`)).toBeVisible()
  await look(page)
})
