// What people paste: every kind of form in a browser, with and without JavaScript, from the invitation to a call.
import type { Browser, Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { confirmSession, expect, freshUser, invite, plantCanary, type Session, test } from './support/test.ts'

const org = 'e2e-forms'

type Key = { id: string; name: string; secret?: string; file?: { private_key: string } }

async function control(path: string, data: object): Promise<Key> {
  const { sandboxUrl, sandboxControlKey } = instance()
  const response = await fetch(`${sandboxUrl}/_control${path}`, {
    method: 'POST',
    headers: { 'x-sandbox-control': sandboxControlKey, 'content-type': 'application/json' },
    body: JSON.stringify(data),
  })
  if (!response.ok) throw new Error(`sandbox control ${path}: ${response.status}`)
  return response.json()
}

/** A credential that no place of the product may show, whichever part of it. */
async function newKey(kind: string, workspace?: string): Promise<Key> {
  const key = await control('/keys', { kind, user: 'ana', ...(workspace && { workspace }) })
  if (key.secret) plantCanary(`pasted ${kind}`, key.secret)
  if (key.file) plantCanary(`pasted ${kind}`, key.file.private_key.split('\n')[3] ?? '')
  return key
}

const kinds = [
  {
    kind: 'api_key',
    connector: 'sandboxkeys',
    workspace: 'acme',
    fill: async (page: Page, { secret = '' }: Key) => {
      await page.getByLabel('Subdomain').fill('acme')
      await page.getByLabel('API key').fill(`  ${secret} `)
    },
  },
  {
    kind: 'basic',
    connector: 'sandboxbasic',
    fill: async (page: Page, { name, secret = '' }: Key) => {
      await page.getByLabel('Email address').fill(name)
      await page.getByLabel('Password').fill(secret)
    },
  },
  {
    kind: 'client',
    connector: 'sandboxclient',
    fill: async (page: Page, { name, secret = '' }: Key) => {
      await page.getByLabel('Client ID').fill(name)
      await page.getByLabel('Client secret').fill(secret)
    },
  },
  {
    kind: 'service_account',
    connector: 'sandboxservice',
    fill: async (page: Page, { file }: Key) =>
      page.getByLabel('Choose the file').setInputFiles({
        name: 'key.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify(file, null, 2)),
      }),
  },
]

/** From the hosted link to the form, in a browser of its own. */
async function atForm(browser: Browser, session: Session, javaScriptEnabled: boolean): Promise<Page> {
  const page = await (
    await browser.newContext({ javaScriptEnabled, baseURL: instance().publicUrl })
  ).newPage()
  await page.goto(session.hosted_url)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.waitForURL(/\/credentials\//)
  return page
}

const check = (page: Page) => page.getByRole('button', { name: 'Check and connect' }).click()

async function codeOf(page: Page): Promise<string> {
  await page.waitForURL(/\/done$/)
  return (await page.getByText(/^bhf_cc_/).textContent()) ?? ''
}

for (const javaScriptEnabled of [true, false]) {
  for (const { kind, connector, workspace, fill } of kinds) {
    test(`${kind} connects ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async ({
      browser,
      api,
    }) => {
      const user = freshUser()
      const key = await newKey(kind, workspace)
      const session = await invite(api, { org_id: org, user_id: user, connectors: [connector] })
      const page = await atForm(browser, session, javaScriptEnabled)
      await fill(page, key)
      await check(page)
      const { body, status } = await confirmSession(api, session, user, await codeOf(page))
      expect(status, JSON.stringify(body)).toBe(200)
      const run = await api.post('/tools/execute', {
        connected_account_id: body.connected_account_id,
        tool_name: `${connector}.list_tasks`,
      })
      expect(run.body).toMatchObject({ status: 'succeeded' })
      await page.context().close()
    })
  }

  test(`what was wrong is said, and what was given is kept, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async ({
    browser,
    api,
    sandbox,
  }) => {
    const user = freshUser()
    const { secret = '' } = await newKey('api_key', 'acme')
    const session = await invite(api, { org_id: org, user_id: user, connectors: ['sandboxkeys'] })
    const page = await atForm(browser, session, javaScriptEnabled)
    const wrong = `atk_wrong_${Date.now()}`
    plantCanary('refused key', wrong)
    await page.getByLabel('Subdomain').fill('acme')
    await page.getByLabel('API key').fill(wrong)
    await check(page)
    await expect(page.getByRole('main').getByRole('alert')).toContainText('did not accept this')
    await expect(page.getByLabel('Subdomain')).toHaveValue('acme')
    await expect(page.getByLabel('API key')).toHaveValue('')
    await expect(page.getByText('Kept from your last try.')).toBeVisible()
    expect(await page.content()).not.toContain(wrong)
    expect(page.url()).not.toContain(wrong)

    // Pasted anew, while the provider is down; then nothing has to be pasted.
    await sandbox.faults({ next_status: { status: 503, count: 1, retry_after: null, scope: 'api' } })
    await page.getByLabel('API key').fill(secret)
    await check(page)
    await expect(page.getByRole('main').getByRole('alert')).toContainText('did not answer')
    await check(page)
    const { body } = await confirmSession(api, session, user, await codeOf(page))
    expect(body.status).toBe('completed')
    await page.context().close()
  })
}

test('the form is for the browser that agreed, and is neither framed nor kept', async ({ browser, api }) => {
  const session = await invite(api, { org_id: org, user_id: freshUser(), connectors: ['sandboxkeys'] })
  const page = await atForm(browser, session, true)
  const headers = (await page.reload())?.headers() ?? {}
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers['cache-control']).toContain('no-store')
  expect(headers['referrer-policy']).toBe('no-referrer')
  const stranger = await (await browser.newContext({ baseURL: instance().publicUrl })).newPage()
  await stranger.goto(new URL(page.url()).pathname)
  await expect(stranger.getByLabel('API key')).toHaveCount(0)
  // The same link, opened in another browser, leads to the consent and not to this one's form.
  await stranger.goto(session.hosted_url)
  await stranger.getByRole('button', { name: 'Continue' }).click()
  await stranger.goto(new URL(page.url()).pathname)
  await expect(stranger.getByLabel('API key')).toHaveCount(0)
  await stranger.context().close()
  await page.context().close()
})

test('a key that somebody else pasted connects nothing', async ({ browser, api }) => {
  const user = freshUser()
  const { secret = '' } = await newKey('api_key', 'acme')
  const session = await invite(api, { org_id: org, user_id: user, connectors: ['sandboxkeys'] })
  const page = await atForm(browser, session, true)
  await page.getByLabel('Subdomain').fill('acme')
  await page.getByLabel('API key').fill(secret)
  await check(page)
  const { status, body } = await confirmSession(api, session, `${user}-somebody-else`, await codeOf(page))
  expect({ status, code: body.code }).toEqual({ status: 403, code: 'user_mismatch' })
  const accounts = await api.get(`/connected_accounts?org_id=${org}&user_id=${user}`)
  expect(accounts.body.data).toEqual([])
  await page.context().close()
})

test('the form is filled in by keyboard alone, and shows a secret on demand', async ({ browser, api }) => {
  const session = await invite(api, { org_id: org, user_id: freshUser(), connectors: ['sandboxkeys'] })
  const page = await atForm(browser, session, true)
  await page.getByLabel('Subdomain').focus()
  await page.keyboard.type('acme')
  await page.keyboard.press('Tab')
  await page.keyboard.type('atk_typed_by_hand')
  const secret = page.getByLabel('API key')
  await expect(secret).toHaveAttribute('type', 'password')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await expect(secret).toHaveAttribute('type', 'text')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main').getByRole('alert')).toContainText('did not accept this')
  await page.context().close()
})
