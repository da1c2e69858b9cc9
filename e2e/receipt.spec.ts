// The receipt of a consent, as the person who gave it has it: on the last page, on their disk, with and without a network.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, Page, TestInfo } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { axeFindings } from './support/axe.ts'
import { type Api, confirmSession, expect, finishInTab, freshUser, invite, test } from './support/test.ts'

const run = promisify(execFile)

/** A flow to its end, in one tab. @returns the session and the account it ended in */
async function finished(page: Page, api: Api, org: string, more: Record<string, unknown> = {}) {
  const user = freshUser()
  const session = await invite(api, {
    org_id: org,
    user_id: user,
    scopes: { sandbox: ['tasks:read', 'tasks:write'] },
    ...more,
  })
  const code = await finishInTab(page, session, { untick: ['tasks:write'] })
  return {
    session,
    user,
    confirm: async () => String((await confirmSession(api, session, user, code)).body.connected_account_id),
  }
}

/** Saves the page that the receipt's own page offers. @returns where it is on the disk */
async function saved(page: Page, session: string, info: TestInfo): Promise<string> {
  await page.goto(`/connect/${session}/receipt`)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Save as a page' }).click(),
  ])
  const file = info.outputPath(download.suggestedFilename())
  await download.saveAs(file)
  return file
}

/** Opens a file from the disk in a browser that knows nothing of the product. */
async function opened(
  browser: Browser,
  file: string,
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Page> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await prepare?.(page)
  await page.goto(pathToFileURL(file).href)
  return page
}

test('the person finds the receipt on the last page, in words, once the host has confirmed', async ({
  page,
  api,
}) => {
  const { session, confirm } = await finished(page, api, 'e2e-receipt')
  await page.goto(`/connect/${session.id}/receipt`)
  await expect(page.getByRole('heading', { name: 'Your receipt is on its way' })).toBeVisible()
  await confirm()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Your receipt' })).toBeVisible()
  const words = page.getByRole('article')
  await expect(words).toContainText('e2e-receipt may use Acme Tasks as ana@acme.test.')
  await expect(words).toContainText('Read your tasks')
  await expect(words).toContainText('Acme Tasks did not allow')
  expect(await axeFindings(page)).toEqual([])
})

test('another browser that has the link does not see the receipt', async ({ page, api, browser }) => {
  const { session, confirm } = await finished(page, api, 'e2e-receipt')
  await confirm()
  const stranger = await (await browser.newContext()).newPage()
  const file = await stranger.goto(`${instance().publicUrl}/connect/${session.id}/receipt/file`)
  expect(file?.status()).toBe(410)
  await stranger.goto(`${instance().publicUrl}/connect/${session.id}/receipt`)
  await expect(stranger.getByRole('article')).toHaveCount(0)
})

test('the saved page proves itself from the disk, and says without a network what it could not check', async ({
  page,
  api,
  browser,
}, info) => {
  const { session, confirm } = await finished(page, api, 'e2e-receipt')
  await confirm()
  const file = await saved(page, session.id, info)

  const online = await opened(browser, file)
  await expect(online.locator('#check')).toHaveAttribute('data-state', 'good')
  await expect(online.getByRole('heading', { name: 'This receipt is genuine.' })).toBeVisible()
  await online.getByText('What was checked').click()
  await expect(online.getByText(`${instance().publicUrl} publishes this key.`)).toBeVisible()
  for (const colorScheme of ['light', 'dark'] as const) {
    await online.emulateMedia({ colorScheme })
    expect(await axeFindings(online)).toEqual([])
  }
  await online.setViewportSize({ width: 320, height: 640 })
  expect(await online.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)

  const offline = await opened(browser, file, (one) => one.context().setOffline(true))
  await expect(offline.getByText('could not be asked for its keys.').last()).toBeVisible()
  await expect(offline.locator('#check')).toHaveAttribute('data-state', 'wait')
  await expect(offline.getByRole('heading', { name: /the signer is not confirmed/ })).toBeVisible()
  await expect(offline.getByText('The signature fits the receipt.')).toBeVisible()

  const foreign = await opened(browser, file, (one) =>
    one.route('**/.well-known/jwks.json', (route) =>
      route.fulfill({ json: { keys: [] }, headers: { 'access-control-allow-origin': '*' } }),
    ),
  )
  await expect(foreign.getByText('does not publish this key')).toBeVisible()
  await expect(foreign.locator('#check')).toHaveAttribute('data-state', 'bad')
})

test('a saved page in which anything was changed says so when it is opened', async ({
  page,
  api,
  browser,
}, info) => {
  const { session, confirm } = await finished(page, api, 'e2e-receipt')
  await confirm()
  const file = await saved(page, session.id, info)
  const whole = readFileSync(file, 'utf8')
  const changed = (name: string, from: string | RegExp, to: string) => {
    const text = whole.replace(from, to)
    expect(text, name).not.toBe(whole)
    const at = info.outputPath(`${name}.html`)
    writeFileSync(at, text)
    return at
  }
  const jws = /id="jws">([^<]*)</.exec(whole)?.[1] ?? ''
  const [head = '', payload = '', signature = ''] = jws.split('.')
  const reworded = Buffer.from(payload, 'base64url').toString().replace('ana@acme.test', 'eve@acme.test')
  const said: [string, string | RegExp, string, RegExp][] = [
    [
      'text',
      'Read your tasks</dd>',
      'Read all tasks</dd>',
      /“Read all tasks” stands where “Read your tasks”/,
    ],
    ['link', /href="[^"]*\/my\//, 'href="https://evil.example/my/', /“https:\/\/evil.example/],
    ['hidden', '</article>', '<p hidden>and more</p></article>', /The text shown differs/],
    ['payload', payload, Buffer.from(reworded).toString('base64url'), /The signature does not fit/],
    ['signature', signature, `${signature.slice(1)}A`, /The signature does not fit/],
    [
      'header',
      head,
      Buffer.from('{"alg":"none"}').toString('base64url'),
      /head of the signature was altered/,
    ],
    ['key', /"x":"./, '"x":"_', /The key in this page is not the one/],
  ]
  for (const [name, from, to, finding] of said) {
    const one = await opened(browser, changed(name, from, to))
    await expect(one.locator('#check'), name).toHaveAttribute('data-state', 'bad')
    await expect(one.getByText(finding).first(), name).toBeVisible()
    await one.context().close()
  }
  const script = await opened(
    browser,
    changed('script', "verdict('bad', 'check_bad')", "verdict('good', 'check_good')"),
  )
  await expect(script.getByRole('heading', { name: 'This page has not been checked.' })).toBeVisible()
})

test('the command accepts what was given out and names the change of one byte, in every form', async ({
  page,
  api,
}, info) => {
  const { confirm } = await finished(page, api, 'e2e-receipt')
  const account = await api.get(`/connected_accounts/${await confirm()}`)
  const { receipt_url } = account.body.connection as { receipt_url: string }
  const url = new URL(receipt_url)
  const command = async (...args: string[]) => {
    try {
      return { code: 0, ...(await run(process.execPath, ['scripts/behalf.ts', 'verify-receipt', ...args])) }
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string }
    }
  }
  const keys = info.outputPath('keys.json')
  writeFileSync(keys, await (await fetch(`${instance().publicUrl}/.well-known/jwks.json`)).text())
  for (const format of ['json', 'html', 'jws']) {
    const answer = await fetch(`${url}?format=${format}`, {
      headers: { authorization: `Bearer ${instance().rootKey}` },
    })
    expect(answer.headers.get('content-disposition')).toContain('attachment')
    const bytes = Buffer.from(await answer.arrayBuffer())
    const file = info.outputPath(`receipt.${format}`)
    writeFileSync(file, bytes)
    expect(await command(file, '--keys', keys)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('genuine'),
    })
    if (format === 'json') {
      expect(await command(file, '--url', instance().publicUrl)).toMatchObject({ code: 0 })
      expect((await command(file)).code).toBe(1)
    }
    const at = Math.floor(bytes.length / 2)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(file, bytes)
    const altered = await command(file, '--keys', keys)
    expect(altered.code).toBe(1)
    expect(altered.stdout).toMatch(/ALTERED\n {2}.*(line \d+|payload|header|signature|at file\.)/s)
  }
})

test('the receipt is one org’s own, and its keys are anybody’s to read', async ({ page, api }) => {
  const { confirm } = await finished(page, api, 'e2e-receipt')
  const { body } = await api.get(`/connected_accounts/${await confirm()}`)
  const { id } = body.connection as { id: string }
  expect((await api.get(`/connections/${id}/receipt?format=pdf`)).status).toBe(422)
  expect(
    (await api.get(`/connections/${id.replace(/.$/, (c) => (c === '0' ? '1' : '0'))}/receipt`)).status,
  ).toBe(404)
  const unsigned = await fetch(new URL(`/api/v1/connections/${id}/receipt`, instance().publicUrl))
  expect(unsigned.status).toBe(401)

  const answer = await fetch(`${instance().publicUrl}/.well-known/jwks.json`)
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  const { keys } = (await answer.json()) as { keys: Record<string, string>[] }
  expect(keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
  expect(Object.keys(keys[0] ?? {})).not.toContain('d')
  await page.goto('/.well-known/behalf-receipt-keys')
  await expect(page.getByText(String(keys[0]?.kid))).toBeVisible()
  expect(await axeFindings(page)).toEqual([])
})
