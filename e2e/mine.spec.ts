// What people manage for themselves: which agents may use which of their accounts, and how they stop them.
import { createServer } from 'node:http'
import type { Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { axeFindings } from './support/axe.ts'
import { asSuperuser } from './support/console.ts'
import { reload } from './support/reload.ts'
import { type Api, connectedAccount, expect, freshUser, type Session, test } from './support/test.ts'

const label = 'ana@acme.test'

const execute = (account: string, tool: string, params: object = {}) => ({
  connected_account_id: account,
  tool_name: tool,
  params,
})

async function manage(api: Api, org: string, user: string, more: object = {}): Promise<Session> {
  const { status, body } = await api.post('/connect_sessions', {
    org_id: org,
    user_id: user,
    kind: 'manage',
    ...more,
  })
  expect(status, JSON.stringify(body)).toBe(201)
  expect(body).toMatchObject({ kind: 'manage', status: 'open' })
  return body as Session
}

/** No finding that a machine can make, no sideways scroll at 320 px, no target under 24 px. */
async function clean(page: Page, what: string) {
  expect(await axeFindings(page), what).toEqual([])
  const size = page.viewportSize()
  for (const width of [size?.width ?? 1280, 320]) {
    await page.setViewportSize({ width, height: 800 })
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(wide, `${what} scrolls sideways at ${width}`).toBeLessThanOrEqual(0)
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('main a, main button, main input:not([type=hidden]), main select')]
        .map((control) => ({ html: control.outerHTML.slice(0, 80), box: control.getBoundingClientRect() }))
        .filter(({ box }) => box.height < 24 || box.width < 24)
        .map(({ html }) => html),
    )
    expect(small, `${what} at ${width}`).toEqual([])
  }
  if (size) await page.setViewportSize(size)
}

const end = (page: Page) => page.getByRole('button', { name: `End access: ${label}` })
/** What was said of the last step. */
const said = (on: Pick<Page, 'getByRole'>) =>
  on.getByRole('status').filter({ hasText: /^(Paused|Resumed|Ended|Saved)\./ })

test.beforeEach(() => test.slow())

test('shows who may do what and what was done, and ends it in one click', async ({ page, api, sandbox }) => {
  const { id, user } = await connectedAccount(page, api, { org: 'e2e-mine' })
  await api.post('/tools/execute', execute(id, 'sandbox.list_tasks'))
  await api.post('/tools/execute', execute(id, 'sandbox.delete_task', { task_id: 'tsk_1' }))
  const session = await manage(api, 'e2e-mine', user)
  await page.goto(session.url)
  await expect(page.getByRole('heading', { level: 1, name: 'What may act for you' })).toBeVisible()
  expect(page.url()).not.toContain('bhf_')
  await expect(page.getByRole('heading', { level: 3, name: label })).toContainText('In use')
  await expect(page.getByText('Read your tasks')).toBeVisible()
  await expect(page.getByText(/used “List tasks”/)).toBeVisible()
  await expect(page.getByText(/tried “Delete a task” and was stopped/)).toBeVisible()
  await clean(page, 'list')

  await end(page).click()
  await expect(said(page)).toContainText(`Ended. Nothing can use ${label} any more.`)
  await expect(said(page)).toContainText('Acme Tasks confirmed it.')
  await clean(page, 'ended')
  expect((await sandbox.state()).revocation).toBe(1)
  expect((await api.post('/tools/execute', execute(id, 'sandbox.list_tasks'))).status).toBe(409)
  const { body } = await api.get(
    `/audit_events?org_id=e2e-mine&connected_account_id=${id}&action=connected_account.revoked`,
  )
  expect(body.data).toMatchObject([{ actor: { type: 'end_user' }, user_id: user }])
  // The link is not used up by this: another look at it shows how things stand.
  await page.goto(session.hosted_url)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('heading', { name: 'Nothing may use your accounts' })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Ended lately' })).toBeVisible()
})

test('pauses, undoes it, narrows and keeps receipts, by keyboard and without JavaScript', async ({
  page,
  browser,
  api,
}) => {
  const { id, user } = await connectedAccount(page, api, { org: 'e2e-mine-plain' })
  const session = await manage(api, 'e2e-mine-plain', user, { return_url: 'https://app.example.com/agents' })
  const context = await browser.newContext({ javaScriptEnabled: false })
  const plain = await context.newPage()
  await plain.goto(session.hosted_url)
  await plain.getByRole('button').first().press('Enter')
  await expect(plain.getByRole('heading', { level: 1, name: 'What may act for you' })).toBeVisible()

  await plain.getByRole('button', { name: `Pause: ${label}` }).press('Enter')
  await expect(said(plain)).toContainText(`Paused. Nothing can use ${label} now.`)
  await expect(plain.getByText('Nothing can use it until you resume it.')).toBeVisible()
  expect((await api.post('/tools/execute', execute(id, 'sandbox.list_tasks'))).body.code).toBe(
    'account_paused',
  )
  // An admin's resuming is not the person's.
  expect((await api.post(`/connected_accounts/${id}/resume`)).status).toBe(409)
  await said(plain).getByRole('button', { name: 'Undo' }).press('Enter')
  await expect(said(plain)).toContainText('Resumed.')

  await plain.getByRole('link', { name: `Allow less: ${label}` }).press('Enter')
  await expect(plain.getByRole('heading', { name: 'Allow less' })).toBeVisible()
  const boxes = plain.getByRole('checkbox')
  for (const box of await boxes.all()) await box.uncheck()
  await plain.getByRole('button', { name: 'Save' }).press('Enter')
  await expect(plain.getByText('Leave at least one permission ticked')).toBeVisible()
  await plain.getByRole('checkbox', { name: 'Create and change your tasks' }).press('Space')
  await plain.getByRole('combobox').selectOption('7')
  await plain.getByRole('button', { name: 'Save' }).press('Enter')
  await expect(said(plain)).toContainText('Saved. Less is allowed now')
  const refused = await api.post('/tools/execute', execute(id, 'sandbox.create_task', { title: 'x' }))
  expect(refused.body.code).toBe('insufficient_scope')

  await plain.getByRole('link', { name: `Details and history: ${label}` }).press('Enter')
  await expect(plain.getByRole('heading', { name: 'What you agreed to' })).toBeVisible()
  const download = plain.waitForEvent('download')
  await plain
    .getByRole('link', { name: /^Receipt of / })
    .first()
    .press('Enter')
  expect((await download).suggestedFilename()).toMatch(/\.html$/)
  await context.close()
})

test("leaves an admin's pause to the admin, and connects a lost account again", async ({ page, api }) => {
  const { id, user } = await connectedAccount(page, api, { org: 'e2e-mine-lost' })
  await api.post(`/connected_accounts/${id}/pause`)
  const session = await manage(api, 'e2e-mine-lost', user)
  await page.goto(session.url)
  await expect(page.getByText('Only an administrator can resume it.')).toBeVisible()
  await expect(page.getByRole('button', { name: `Resume: ${label}` })).toHaveCount(0)
  await clean(page, 'paused by an admin')
  await api.post(`/connected_accounts/${id}/resume`)
  await asSuperuser(
    `UPDATE connected_accounts SET status = 'needs_reauth', status_reason = 'invalid_grant' WHERE id = $1`,
    [id.slice(3).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')],
  )
  await page.reload()
  await expect(page.getByText('Acme Tasks does not accept this connection any more.')).toBeVisible()
  await clean(page, 'lost')
  await page.getByRole('button', { name: `Connect again: ${label}` }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Acme Tasks')
  await expect(page).toHaveURL(/\/consent\/sandbox$/)
})

test("shows nobody another's accounts, and takes no step but from its own pages", async ({ page, api }) => {
  const theirs = await connectedAccount(page, api, { org: 'e2e-mine-own' })
  const user = freshUser()
  const session = await manage(api, 'e2e-mine-own', user)
  await page.goto(session.url)
  await expect(page.getByRole('heading', { name: 'Nothing may use your accounts' })).toBeVisible()
  await clean(page, 'nothing connected')
  const absent = `ca_${'0'.repeat(32)}`
  const pages: string[] = []
  for (const id of [theirs.id, absent]) {
    await page.goto(`/connect/${session.id}/mine/${id}`)
    await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible()
    pages.push((await page.locator('main').innerHTML()).replaceAll(id, ''))
  }
  expect(pages[0]).toBe(pages[1])

  const own = await connectedAccount(page, api, { org: 'e2e-mine-own', user })
  const step = `${instance().publicUrl}/connect/${session.id}/mine/${own.id}/act`
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  const tried = async (method: string, headers: Record<string, string>, body: string | null) => {
    const response = await fetch(step, { method, headers: { cookie, ...headers }, body, redirect: 'manual' })
    await response.body?.cancel()
    return response.status
  }
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  expect(await tried('GET', {}, null)).toBe(405)
  for (const site of ['cross-site', 'same-site', 'none']) {
    expect(await tried('POST', { ...form, 'sec-fetch-site': site }, 'act=end')).toBe(403)
  }
  expect(
    await tried('POST', { 'content-type': 'text/plain', origin: 'https://evil.example' }, 'act=end'),
  ).toBe(403)
  expect(await tried('POST', { ...form, authorization: 'Bearer bhf_ch_wrong_wrong_wrong' }, 'act=end')).toBe(
    410,
  )
  expect((await api.get(`/connected_accounts/${own.id}`)).body.status).toBe('active')
})

test('works inside the page of its product, which no cookie reaches, and over a reload', async ({
  page,
  api,
}) => {
  const host = createServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    const url = new URL(request.url ?? '/', 'http://localhost').searchParams.get('frame') ?? ''
    response.end(
      `<!doctype html><title>Host</title><iframe title="Agents" width="420" height="900" src="${url}"></iframe>`,
    )
  })
  await new Promise<void>((done) => host.listen(0, '127.0.0.1', done))
  const address = host.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  try {
    const { id, user } = await connectedAccount(page, api, { org: 'e2e-mine-frame' })
    await page.context().clearCookies()
    const session = await manage(api, 'e2e-mine-frame', user, { embed_origins: [origin] })
    await page.goto(`${origin}/?${new URLSearchParams({ frame: session.url })}`)
    const frame = page.frameLocator('iframe')
    await expect(frame.getByRole('heading', { level: 1, name: 'What may act for you' })).toBeVisible()
    await frame.getByRole('link', { name: `Details and history: ${label}` }).click()
    await expect(frame.getByRole('heading', { name: 'What you agreed to' })).toBeVisible()
    const download = page.waitForEvent('download')
    await frame
      .getByRole('link', { name: /^Receipt of / })
      .first()
      .click()
    expect((await download).suggestedFilename()).toMatch(/\.html$/)
    await frame.getByRole('button', { name: `Pause: ${label}` }).click()
    await expect(said(frame)).toContainText('Paused.')
    await reload(frame)
    await expect(frame.getByText('You paused it. Nothing can use it')).toBeVisible()
    await frame.getByRole('button', { name: `Resume: ${label}` }).click()
    await expect(said(frame)).toContainText('Resumed.')
    await frame.getByRole('button', { name: `End access: ${label}` }).click()
    await expect(said(frame)).toContainText('Ended.')
    expect((await api.get(`/connected_accounts/${id}`)).body.status).toBe('revoked')
    expect((await page.context().cookies()).filter(({ name }) => name.startsWith('bhf_flow'))).toEqual([])
  } finally {
    host.close()
  }
})

test('a link that stays says how to get in, opens nothing, and knows no other organization', async ({
  page,
  api,
}) => {
  await api.put('/orgs/e2e-mine-door', {
    name: 'Northwind',
    settings: { manage_url: 'https://app.northwind.example/agents' },
  })
  // The receipt names it.
  const { id } = await connectedAccount(page, api, { org: 'e2e-mine-door' })
  const { body } = await api.get(`/connected_accounts/${id}/connections`)
  const [consent] = body.data as { receipt_url: string }[]
  const { pathname } = new URL(consent?.receipt_url ?? '')
  const receipt = await api.get(`${pathname}?format=json`)
  const [, org = ''] = /\/my\/(org_[0-9a-f]{32})/.exec(JSON.stringify(receipt.body)) ?? []
  await page.goto(`/my/${org}`)
  await expect(page.getByRole('heading', { name: 'See what may act for you' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Open Northwind' })).toHaveAttribute(
    'href',
    'https://app.northwind.example/agents',
  )
  await clean(page, 'doorway')
  for (const other of [`org_${'0'.repeat(31)}1`, 'org_x', `org_${'0'.repeat(32)}`]) {
    await page.goto(`/my/${other}`)
    await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible()
  }
})
