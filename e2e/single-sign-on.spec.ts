// Signing in to the console by an organization's own identity provider, in a browser: found by the address, let in with
// the role of one's groups, put right at the next sign-in, and asked again before something dangerous.
import type { BrowserContext, Page } from '@playwright/test'
import { type DnsServer, startDnsServer } from '../scripts/testing/dns-server.ts'
import { type IdentityProvider, startIdentityProvider } from '../scripts/testing/identity-provider.ts'
import { helperPorts } from '../scripts/testing/instance.ts'
import { asSuperuser, signIn, signInLink } from './support/console.ts'
import { look, narrow } from './support/look.ts'
import { expect, plantCanary, test } from './support/test.ts'

let dns: DnsServer
let idp: IdentityProvider
test.beforeAll(async () => {
  dns = await startDnsServer(helperPorts().dns)
  idp = await startIdentityProvider(helperPorts().identity)
})
test.afterAll(async () => {
  await Promise.all([dns.stop(), idp.stop()])
})

const org = 'e2e-sso'
const domain = 'sso-staff.test'
const secret = 'kanarie-e2e-sso-client-secret'
const settings = `/console/${org}/sign-in-settings`

const person = (sub: string, groups: string[]) => ({
  sub,
  email: `${sub}@${domain}`,
  email_verified: true,
  name: sub,
  groups,
})

const picture = async (page: Page, name: string) => {
  if (process.env.PICTURES !== 'on') return
  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 1280],
    ['light', 320],
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    await page.setViewportSize({ width, height: 900 })
    await page.screenshot({ path: `test-results/sso/${name}-${scheme}-${width}.png`, fullPage: true })
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 720 })
}

/** Types an address on the sign-in page and goes where it leads. */
async function signInBySso(page: Page, email: string) {
  await page.goto('/console/sign-in')
  await page.getByLabel('Work e-mail address').fill(email)
  await page.getByRole('button', { name: 'Continue with single sign-on' }).click()
}

const roleOf = async (sub: string) =>
  (await asSuperuser('SELECT role, disabled_at IS NOT NULL AS out FROM members WHERE sub = $1', [sub]))[0]

test('an owner sets up single sign-on; members come in by it with the role that their groups give them', async ({
  page,
  browser,
  api,
}) => {
  test.setTimeout(180_000)
  plantCanary('client secret of a single sign-on', secret)
  await api.put(`/orgs/${org}`, {})
  await signIn(page, `owner@${domain}`, org)
  await page.waitForURL(new RegExp(`/console/${org}`))
  await page.waitForLoadState()
  await page.goto(settings)
  await page.getByLabel('Name', { exact: true }).fill('Practice')
  await page.getByLabel('Issuer').fill(`${idp.issuer}/`)
  await page.getByLabel('Client ID').fill('behalf')
  await page.getByLabel('Client secret').fill(secret)
  await page.getByRole('button', { name: 'Add connection' }).click()
  await expect(page.getByRole('heading', { name: 'Practice' })).toBeVisible()

  // The test says in words what is wrong, and it is put right.
  await page.getByRole('button', { name: 'Test Practice' }).click()
  await expect(page.getByText('It calls itself by another name')).toBeVisible()
  await page.getByText('Change Practice').click()
  const change = page.locator('details', { hasText: 'Change Practice' })
  await change.getByLabel('Issuer').fill(idp.issuer)
  await change.getByLabel('Client secret').fill(secret)
  await change.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('definition').filter({ hasText: /^http:\/\/127\.0\.0\.1:\d+$/ })).toBeVisible()
  await page.getByRole('button', { name: 'Test Practice' }).click()
  await expect(page.getByText('It can be used')).toBeVisible()

  for (const [group, role] of [
    ['security', 'Security admin'],
    ['engineers', 'Developer'],
    ['board', 'Owner'],
  ] as const) {
    await page.getByLabel('Group', { exact: true }).fill(group)
    await page.getByLabel('Role', { exact: true }).selectOption({ label: role })
    await page.getByRole('button', { name: 'Bind', exact: true }).click()
    await expect(page.getByRole('cell', { name: group, exact: true })).toBeVisible()
  }

  await page.getByLabel('Domain of e-mail addresses').fill(domain)
  await page.getByRole('button', { name: 'Add domain' }).click()
  await expect(page.getByText('Waiting for its record')).toBeVisible()
  const value = await page
    .locator('code', { hasText: /^behalf-sso-/ })
    .first()
    .textContent()
  dns.zone.txt[`_behalf-sso.${domain}`] = [value ?? '']
  await page.getByRole('button', { name: `Check now: ${domain}` }).click()
  await expect(page.getByText('Verified', { exact: true })).toBeVisible()

  await page.getByRole('button', { name: 'Switch on' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Switch on' }).click()
  await expect(page.getByText('On', { exact: true })).toBeVisible()
  await look(page)
  await picture(page, 'settings')

  // Found by the address, in with the role of the group.
  const context = await browser.newContext()
  const member = await context.newPage()
  idp.state.person = person('ada', ['engineers'])
  await signInBySso(member, `Ada@${domain.toUpperCase()}`)
  await member.waitForURL(/\/console\/e2e-sso/)
  expect(await roleOf('ada')).toEqual({ role: 'developer', out: false })
  expect(idp.state.lastAsked.get('login_hint')).toBe(`Ada@${domain.toUpperCase()}`)
  // Not theirs: a developer has no part in it.
  expect((await member.goto(settings))?.status()).toBe(403)

  // Another role at the identity provider is another role here with the next sign-in.
  idp.state.person = person('ada', ['security'])
  await signInBySso(member, `ada@${domain}`)
  await member.waitForURL(/\/console\/e2e-sso/)
  expect(await roleOf('ada')).toEqual({ role: 'security_admin', out: false })
  expect((await member.goto(settings))?.status()).toBe(200)
  await expect(member.getByRole('button', { name: 'Test Practice' })).toHaveCount(0)

  // No group any more: put out, and the open session with it.
  const second = await context.newPage()
  idp.state.person = person('ada', [])
  await signInBySso(second, `ada@${domain}`)
  await expect(second.getByRole('heading', { name: 'You were not signed in' })).toBeVisible()
  await expect(second.getByText('None of your groups')).toBeVisible()
  await picture(second, 'refused')
  await member.goto(settings)
  await expect(member.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await look(member)
  await picture(member, 'sign-in')
  await context.close()
})

test('the owner’s address alone lets nobody in; joined from their own session it does, and asks again when it matters', async ({
  page,
  browser,
}) => {
  test.setTimeout(180_000)
  const context = await browser.newContext()
  const stranger = await context.newPage()
  idp.state.person = person('owner', ['board'])
  await signInBySso(stranger, `owner@${domain}`)
  await expect(stranger.getByText('Addresses prove nothing')).toBeVisible()
  const refused = stranger.waitForResponse((response) => response.url().includes('/sso/callback/'))
  await signInBySso(stranger, `owner@${domain}`)
  expect((await refused).status()).toBe(409)
  await context.close()

  await signIn(page, `owner@${domain}`, org)
  await page.waitForURL(new RegExp(`/console/${org}`))
  await page.waitForLoadState()
  await page.goto(settings)
  await page.getByRole('button', { name: 'Join my account to Practice' }).click()
  await page.waitForURL(new RegExp(`${settings}$`))
  await expect(page.getByText('Your own account is not joined')).toHaveCount(0)

  // A sign-in of long ago opens the page, and nothing dangerous on it.
  idp.state.lies = { authTime: Math.floor(Date.now() / 1000) - 7_200 }
  await signInBySso(page, `owner@${domain}`)
  await page.waitForURL(/\/console\/e2e-sso/)
  await page.goto(settings)
  await page.getByRole('button', { name: `Check now: ${domain}` }).click()
  await expect(page.getByRole('heading', { name: 'Confirm that it is you' })).toBeVisible()
  await picture(page, 'confirm')
  // An identity provider that did not ask again does not count.
  await page.getByRole('button', { name: 'Confirm with single sign-on' }).click()
  await expect(page.getByText('did not ask you to sign in again')).toBeVisible()
  idp.state.lies = {}
  await page.goto(`/console/sign-in/confirm?callbackUrl=${encodeURIComponent(settings)}`)
  await page.getByRole('button', { name: 'Confirm with single sign-on' }).click()
  await page.waitForURL(new RegExp(`${settings}$`))
  expect(idp.state.lastAsked.get('prompt')).toBe('login')
  await page.getByRole('button', { name: `Check now: ${domain}` }).click()
  await expect(page.getByRole('heading', { name: 'Sign-in', exact: true })).toBeVisible()

  // Required: a link that was not printed on the server opens nothing, one that was does.
  await page.getByRole('button', { name: 'Require single sign-on' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Require it' }).click()
  await expect(page.getByRole('button', { name: 'Allow links again' })).toBeVisible()
  const link = await signInLink(`owner@${domain}`, org)
  await asSuperuser(
    `UPDATE sign_in_links SET break_glass = false WHERE id = (SELECT id FROM sign_in_links ORDER BY created_at DESC LIMIT 1)`,
  )
  const other = await browser.newContext()
  const late = await other.newPage()
  await late.goto(link)
  await late.getByRole('button', { name: 'Sign in' }).click()
  await expect(late.getByText('Your organization requires single sign-on')).toBeVisible()
  await signIn(late, `owner@${domain}`, org)
  await other.close()
})

test('an invited person joins by their link, without scripts too; in a narrow window', async ({
  browser,
  page,
}) => {
  test.setTimeout(120_000)
  await signInLink(`bob@${domain}`, org)
  await asSuperuser(`UPDATE members SET role = 'auditor' WHERE email = $1`, [`bob@${domain}`])
  const link = await signInLink(`bob@${domain}`, org)
  idp.state.person = person('bob', [])
  await page.setViewportSize(narrow().viewport)
  await page.goto(link)
  await page.getByRole('button', { name: 'Join single sign-on with this link' }).click()
  await page.waitForURL(/\/console\/e2e-sso/)
  expect(await roleOf('bob')).toEqual({ role: 'auditor', out: false })

  const plain: BrowserContext = await browser.newContext({ javaScriptEnabled: false, ...narrow() })
  const scriptless = await plain.newPage()
  await signInBySso(scriptless, `bob@${domain}`)
  await scriptless.waitForURL(/\/console\/e2e-sso/)
  await plain.close()
})
