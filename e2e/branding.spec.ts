// An organization's own look, from the editor to the page that a person sees, and what a hostile one comes to
// (THREATS.md F4).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../scripts/install.mjs'
import { hostileSvgs, payloads, pngOf, polyglot } from '../scripts/testing/hostile-theme.ts'
import { instance } from '../scripts/testing/instance.ts'
import { axeFindings } from './support/axe.ts'
import { signIn } from './support/console.ts'
import { type Api, expect, freshUser, invite, test } from './support/test.ts'

// Some of these look at many pages.
test.describe.configure({ timeout: 180_000 })

const geist = () =>
  readFileSync(join(root, 'node_modules/next/dist/next-devtools/server/font/geist-latin.woff2'))
const svgLogo = (colour: string) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40" width="120" height="40"><rect width="40" height="40" rx="8" fill="${colour}"/><rect x="52" y="12" width="64" height="16" rx="4" fill="${colour}"/></svg>`,
  )

const upload = async (api: Api, org: string, kind: string, data: Buffer) => {
  const { status, body } = await api.post(`/orgs/${org}/branding/assets`, {
    kind,
    data: data.toString('base64'),
  })
  expect(status, JSON.stringify(body)).toBe(201)
  return body as { id: string; url: string }
}

/** Every address that the page asks anybody but us for. */
function strangers(page: Page): string[] {
  const found: string[] = []
  const ours = new URL(instance().publicUrl).origin
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol !== 'data:' && url.protocol !== 'about:' && url.origin !== ours)
      found.push(request.url())
  })
  return found
}

const token = (page: Page, name: string) =>
  page.evaluate((variable) => {
    const probe = document.createElement('i')
    document.body.append(probe)
    probe.style.color = `var(${variable})`
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  }, `--bhf-${name}`)

test('a look is made in the editor, seen in the preview, published, and gone back from', async ({
  page,
  api,
}) => {
  const org = 'e2e-branding'
  await api.put(`/orgs/${org}`, { name: 'Acme Robotics' })
  await signIn(page, 'branding@behalf.test')
  await page.goto(`/console/${org}/branding`)
  await expect(page.getByText('Nothing is published yet.')).toBeVisible()
  await page.getByRole('textbox', { name: 'Brand colour', exact: true }).fill('#c2410c')
  await page.getByRole('textbox', { name: 'Name' }).fill('Acme')
  // Nobody presses a button: what is typed is kept, and the preview follows.
  await expect(page.getByText('Draft saved')).toBeVisible({ timeout: 15_000 })
  const frame = page.frameLocator('iframe')
  await expect(frame.locator('style').first()).toBeAttached()
  await expect
    .poll(async () => {
      const inner = page.frames().find((one) => one.url().includes('/gallery/'))
      return inner?.evaluate(() => document.documentElement.outerHTML.includes('light-dark(#c2410c'))
    })
    .toBe(true)

  await page.getByLabel('Logo', { exact: true }).setInputFiles({
    name: 'logo.svg',
    mimeType: 'image/svg+xml',
    buffer: svgLogo('#c2410c'),
  })
  await expect(page.getByRole('region', { name: 'Files' }).locator('img').first()).toBeVisible()
  await expect
    .poll(() => page.getByRole('region', { name: 'Files' }).locator('img').count())
    .toBeGreaterThan(0)

  const user = freshUser()
  const seen = await invite(api, { org_id: org, user_id: user })
  const person = await page.context().browser()?.newContext({ baseURL: instance().publicUrl })
  const portal = await person?.newPage()
  if (!portal) throw new Error('no second browser')
  await portal.goto(seen.hosted_url)
  await expect(portal.getByText('Acme Robotics').first()).toBeVisible()
  expect(await portal.content()).not.toContain('#c2410c')

  await page.getByRole('button', { name: 'Publish' }).click()
  const question = page.getByRole('dialog').filter({ hasText: 'Publish this look?' })
  await expect(question).toContainText('brand colour (light)')
  await question.getByRole('button', { name: 'Publish now' }).click()
  await expect(page.getByText(/Version 1 is live since/)).toBeVisible()
  await portal.reload()
  await expect(portal.getByRole('img', { name: 'Acme' })).toBeVisible()
  expect(await token(portal, 'primary')).toBe('rgb(194, 65, 12)')
  const { headers } = await api.get(
    new URL((await portal.getByRole('img', { name: 'Acme' }).getAttribute('src')) ?? '', instance().publicUrl)
      .pathname,
  )
  expect(headers['x-request-id']).toBeTruthy()

  await page.getByRole('textbox', { name: 'Brand colour', exact: true }).fill('#0f766e')
  await expect(page.getByText('Draft saved')).toBeVisible({ timeout: 15_000 })
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Publish now' }).click()
  await expect(page.getByText(/Version 2 is live since/)).toBeVisible()
  await page.getByRole('button', { name: 'Go back' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Go back' }).click()
  await expect(page.getByText(/Version 3 is live since/)).toBeVisible()
  await portal.reload()
  expect(await token(portal, 'primary')).toBe('rgb(194, 65, 12)')
  const { body } = await api.get(`/audit_events?org_id=${org}&action=branding.published`)
  expect(body.data).toMatchObject([
    { details: { version: '3', restored_version: '1' }, changed_fields: ['light.primary'] },
    { details: { version: '2' }, actor: { type: 'member' } },
    { details: { version: '1' } },
  ])
  await person?.close()
})

test('the editor is without an accessibility finding and fits 320 px, by day and by night', async ({
  page,
  api,
}) => {
  const org = 'e2e-branding-axe'
  await api.put(`/orgs/${org}`, { name: 'Acme Robotics', branding: { primary: '#ffd400' } })
  await api.put(`/orgs/${org}/branding`, { light: { primary: '#ffd400' } })
  await signIn(page, 'branding-axe@behalf.test')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.goto(`/console/${org}/branding`)
    await expect(page.frameLocator('iframe').locator('main')).toBeVisible()
    for (const part of await page.locator('main details').all())
      await part.evaluate((at) => at.setAttribute('open', ''))
    expect(await axeFindings(page)).toEqual([])
  }
  await page.setViewportSize({ width: 320, height: 800 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
})

test('what is not published is loaded by those who edit it alone, and what is may be kept for ever', async ({
  page,
  api,
}) => {
  const [org, other] = ['e2e-brand-files', 'e2e-brand-others']
  await api.put(`/orgs/${org}`, { name: 'Files' })
  await api.put(`/orgs/${other}`, { name: 'Others' })
  const logo = await upload(api, org, 'logo', svgLogo('#0055aa'))
  const font = await upload(api, org, 'font', geist())
  const anybody = (url: string) => fetch(new URL(url, instance().publicUrl))
  expect((await anybody(logo.url)).status).toBe(404)
  await signIn(page, 'it@others.test', other)
  expect((await page.request.get(logo.url)).status()).toBe(404)
  await page.context().clearCookies()
  await signIn(page, 'it@files.test', org)
  const draft = await page.request.get(logo.url)
  expect(draft.status()).toBe(200)
  expect(draft.headers()['cache-control']).toBe('private, no-store')

  await api.put(`/orgs/${org}/branding`, { look: { logo_light: logo.id, font_body: font.id } })
  expect((await anybody(logo.url)).status).toBe(404)
  expect((await api.post(`/orgs/${org}/branding/publish`)).status).toBe(200)
  for (const [{ url }, type] of [
    [logo, 'image/webp'],
    [font, 'font/woff2'],
  ] as const) {
    const { status, headers } = await anybody(url)
    expect(status).toBe(200)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    })
  }
  for (const bad of ['/brand/org_0/x', logo.url.replace(/.$/, ''), `${logo.url}/x`])
    expect((await anybody(bad)).status).not.toBe(200)
  // The font is really used.
  const session = await invite(api, { org_id: org, user_id: freshUser() })
  await page.goto(session.hosted_url)
  await expect
    .poll(() => page.evaluate(() => [...document.fonts].some(({ status }) => status === 'loaded')))
    .toBe(true)
})

test('nothing of a hostile theme runs or is loaded: it is refused, or it is words', async ({ page, api }) => {
  const org = 'e2e-brand-hostile'
  await api.put(`/orgs/${org}`, { name: 'Hostile' })
  const put = (theme: object) => api.put(`/orgs/${org}/branding`, theme)
  const taken: unknown[] = []
  for (const text of payloads) {
    for (const theme of [
      { light: { primary: text } },
      { dark: { page_bg: text } },
      { look: { font_body: text } },
      { look: { logo_light: text } },
      { look: { favicon: text } },
      { look: { shadow: text } },
      { look: { radius_card: text } },
      { privacy_url: text },
      { css: text },
      { texts: { en: { 'consent.approve': text } } },
    ]) {
      const { status, body } = await put(theme)
      if (status !== 422) taken.push([theme, status, body])
    }
  }
  expect(taken).toEqual([])
  for (const [what, svg] of Object.entries(hostileSvgs)) {
    const { status } = await api.post(`/orgs/${org}/branding/assets`, {
      kind: 'logo',
      data: Buffer.from(svg).toString('base64'),
    })
    expect(status, what).toBe(422)
  }
  const bomb = await api.post(`/orgs/${org}/branding/assets`, {
    kind: 'logo',
    data: pngOf(20_000).toString('base64'),
  })
  expect(bomb.status).toBe(422)
  const junk = Buffer.concat([geist(), Buffer.from('<script>alert(1)</script>')]).toString('base64')
  expect((await api.post(`/orgs/${org}/branding/assets`, { kind: 'font', data: junk })).status).toBe(422)

  // What is accepted, all at once: each text a payload, and a picture that had a page behind it.
  const logo = await upload(api, org, 'logo', polyglot())
  const accepted: Record<string, string> = {}
  const keys = ['catalogue.title', 'catalogue.empty_title', 'catalogue.empty_body', 'states.close_window']
  for (const payload of payloads) {
    const key = keys[Object.keys(accepted).length % keys.length] ?? ''
    const { status } = await put({ texts: { en: { [key]: payload } } })
    if (status === 200) accepted[key] = payload
  }
  expect(Object.keys(accepted).length).toBeGreaterThan(0)
  const rounds = payloads.filter((payload) => !/[{}<\p{C}]/u.test(payload))
  expect(rounds.length).toBeGreaterThan(5)
  const foreign = strangers(page)
  const said: string[] = []
  page.on('dialog', (dialog) => {
    said.push(dialog.message())
    void dialog.dismiss()
  })
  const session = await invite(api, { org_id: org, user_id: freshUser(), connectors: ['sandbox', 'github'] })
  await page.goto(session.hosted_url)
  for (const payload of rounds) {
    expect(
      (await put({ texts: { en: { 'catalogue.title': payload } }, look: { logo_light: logo.id } })).status,
    ).toBe(200)
    expect((await api.post(`/orgs/${org}/branding/publish`)).status).toBe(200)
    await page.goto(session.hosted_url)
    await expect(page.locator('main')).toBeVisible()
    if (payload === rounds[0]) {
      await page.getByRole('button').first().click()
      await page.waitForURL(/catalogue|consent/)
    } else await page.goto(`/connect/${session.id}/catalogue`)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(payload)
    expect(
      await page.locator('script[src*=attacker], link[href*=attacker], img[src*=attacker]').count(),
    ).toBe(0)
  }
  expect(foreign).toEqual([])
  expect(said).toEqual([])
})

test('the routes of branding keep to the org of the key, and to fields that they know', async ({ api }) => {
  const org = 'e2e-brand-keys'
  await api.put(`/orgs/${org}`, { name: 'Keys' })
  await api.put('/orgs/e2e-brand-keys-other', { name: 'Other' })
  const { body } = await api.post('/api_keys', { name: 'restricted', org_id: org })
  const { apiWith } = await import('./support/test.ts')
  const own = apiWith(String(body.secret))
  expect((await own.put(`/orgs/${org}/branding`, { hide_badge: true })).status).toBe(200)
  const theirs = '/orgs/e2e-brand-keys-other/branding'
  const absent = '/orgs/e2e-brand-nobody/branding'
  for (const [method, path, data] of [
    ['GET', '', undefined],
    ['PUT', '', {}],
    ['POST', '/publish', {}],
    ['POST', '/rollback', { version: 1 }],
    ['POST', '/assets', { kind: 'logo', data: pngOf(8).toString('base64') }],
  ] as const) {
    const [one, other] = [
      await own.call(method, `${theirs}${path}`, data),
      await own.call(method, `${absent}${path}`, data),
    ]
    expect([one.status, one.body.code, one.body.detail]).toEqual([404, 'not_found', other.body.detail])
    const nobody = await fetch(new URL(`/api/v1${theirs}${path}`, instance().publicUrl), {
      method,
      ...(data && { body: JSON.stringify(data), headers: { 'content-type': 'text/plain' } }),
    })
    expect(nobody.status).toBe(401)
  }
  for (const field of ['tenant_id', 'org_id', 'role', 'version', 'css'])
    expect((await own.put(`/orgs/${org}/branding`, { [field]: 'x' })).body.errors).toMatchObject([
      { path: field },
    ])
  expect((await own.call('PUT', `/orgs/${org}/branding`, {}, { 'content-type': 'text/plain' })).status).toBe(
    415,
  )
  expect((await own.post(`/orgs/${org}/branding/publish`, { version: 3 })).status).toBe(422)
})

test('the catalogue offers what the organization lists, in its order', async ({ page, api }) => {
  const org = 'e2e-brand-list'
  await signIn(page, 'list@behalf.test')
  await api.put(`/orgs/${org}`, { name: 'Lists' })
  await page.goto(`/console/${org}/branding#connectors`)
  await page.getByRole('spinbutton', { name: 'Position of Slack' }).fill('1')
  await page.getByRole('spinbutton', { name: 'Position of GitHub' }).fill('2')
  await page.getByRole('checkbox', { name: 'Google', exact: false }).first().uncheck()
  await page.getByRole('button', { name: 'Save connectors' }).click()
  await expect(page.getByText('It holds from now on.')).toBeVisible({ timeout: 15_000 })
  const { body } = await api.get(`/orgs/${org}`)
  expect(body.settings).toMatchObject({ connectors: { mode: 'all', hidden: ['google'] } })
  const session = await invite(api, { org_id: org, user_id: freshUser(), connectors: [] })
  await page.goto(session.hosted_url)
  await page.getByRole('button').first().click()
  await page.waitForURL(/catalogue/)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  expect(await page.locator('main').textContent()).not.toContain('Google')
})
