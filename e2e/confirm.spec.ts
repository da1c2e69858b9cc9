// Who finished, proven by a code that is mailed to the invited address: on a hosted link, with and without scripts.

import type { Browser, Page } from '@playwright/test'
import { helperPorts } from '../scripts/testing/instance.ts'
import { type MailServer, startMailServer } from '../scripts/testing/mail-server.ts'
import { type Api, decideAtSandbox, expect, freshUser, test } from './support/test.ts'

let inbox: MailServer
test.beforeAll(async () => {
  inbox = await startMailServer({}, helperPorts().mail)
})
test.afterAll(() => inbox.stop())

/** What came to an address, once `count` letters have. */
async function lettersTo(address: string, count: number): Promise<string[]> {
  const found = () => inbox.taken.filter(({ to }) => to[0] === address).map(({ text }) => text)
  await expect.poll(() => found().length, { timeout: 20_000 }).toBe(count)
  return found()
}

const codeIn = (letter: string) => /^\s{4}(\d{6})\s*$/m.exec(letter)?.[1] ?? 'no code'
const other = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

/** An invitation by mail, followed to where the code is asked for. */
async function arrive(page: Page, api: Api, more: Record<string, unknown> = {}) {
  const user = freshUser()
  const address = `${user}@acme.test`
  const { status, body: session } = await api.post('/connect_sessions', {
    org_id: 'e2e-confirm',
    user_id: user,
    user: { email: address, name: 'Ana' },
    connectors: ['sandbox'],
    scopes: { sandbox: ['tasks:read'] },
    confirmation: 'screen',
    deliver: { email: true },
    ...more,
  })
  expect(status, JSON.stringify(session)).toBe(201)
  const [invitation = ''] = await lettersTo(address, 1)
  const link = /^http\S+\/c\/\S+$/m.exec(invitation)?.[0] ?? ''
  expect(link).toBe(session.hosted_url)
  await page.goto(link)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(page)
  await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible()
  return { id: String(session.id), user, address }
}

const statusOf = async (api: Api, id: string) => (await api.get(`/connect_sessions/${id}`)).body

async function withoutScripts(browser: Browser, work: (page: Page) => Promise<void>) {
  const context = await browser.newContext({ javaScriptEnabled: false })
  await work(await context.newPage())
  await context.close()
}

const submit = async (page: Page, code: string) => {
  await page.getByLabel('Code from the message').fill(code)
  await page.getByRole('button', { name: 'Confirm' }).click()
}

test('connects by the mailed link and the mailed code, without any script', async ({ browser, api }) => {
  await withoutScripts(browser, async (page) => {
    const { id, address } = await arrive(page, api)
    await expect(page.getByText(`${address[0]}•••@acme.test`).first()).toBeVisible()
    const [, letter = ''] = await lettersTo(address, 2)
    const code = codeIn(letter)
    await submit(page, other(code))
    await expect(page.getByText('That is not the code.')).toBeVisible()
    await expect(page.getByLabel('Code from the message')).toHaveAttribute('aria-invalid', 'true')
    await submit(page, 'hello')
    await expect(page.getByText('A code has six digits.')).toBeVisible()
    // As it is pasted from a message.
    await submit(page, ` ${code.slice(0, 3)} ${code.slice(3)} `)
    await page.waitForURL(/\/done$/)
    expect(page.url()).not.toContain(code)
    expect(await statusOf(api, id)).toMatchObject({ status: 'completed' })
  })
})

test('takes the browser to the host when there is a place to return to, without any code', async ({
  page,
  api,
}) => {
  const back = 'http://localhost:9/back'
  const { id, address } = await arrive(page, api, { org_id: 'e2e-confirm-back', return_url: back })
  const [, letter = ''] = await lettersTo(address, 2)
  const left = page.waitForRequest((request) => request.url().startsWith(back))
  await submit(page, codeIn(letter))
  expect((await left).url()).toBe(`${back}?session_id=${id}&status=completed`)
})

test('shows the one who was forwarded the link that it is not theirs, and gives up what they allowed', async ({
  page,
  api,
}) => {
  const { id } = await arrive(page, api)
  await page.getByRole('button', { name: 'This is not my address' }).click()
  await expect(page.getByRole('heading', { name: 'Nothing was connected' })).toBeVisible()
  expect(await statusOf(api, id)).toMatchObject({ status: 'failed', status_reason: 'user_mismatch' })
})

test('ends after five wrong codes, and is of no use to another browser that holds the link', async ({
  page,
  browser,
  api,
}) => {
  const { id, address } = await arrive(page, api)
  const [, letter = ''] = await lettersTo(address, 2)
  const code = codeIn(letter)
  const stranger = await browser.newContext()
  const elsewhere = await stranger.newPage()
  await elsewhere.goto(page.url())
  await expect(elsewhere.getByLabel('Code from the message')).toHaveCount(0)
  for (let at = 0; at < 5; at++) await submit(page, other(code))
  await expect(page.getByRole('heading', { name: 'Too many wrong codes' })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Too many wrong codes' })).toBeVisible()
  expect(await statusOf(api, id)).toMatchObject({ status: 'failed', status_reason: 'user_mismatch' })
  await stranger.close()
})

test('is refused from another site', async ({ page, api }) => {
  const { id, address } = await arrive(page, api)
  const [, letter = ''] = await lettersTo(address, 2)
  const action = `${page.url()}/code`
  await page.route('http://evil.test/**', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<form method="post" action="${action}"><input name="code" value="${codeIn(letter)}"><button>Go</button></form>`,
    }),
  )
  await page.goto('http://evil.test/')
  const answer = page.waitForResponse(action)
  await page.getByRole('button', { name: 'Go' }).click()
  expect((await answer).status()).toBeGreaterThanOrEqual(400)
  expect(await statusOf(api, id)).toMatchObject({ status: 'awaiting_confirmation' })
})
