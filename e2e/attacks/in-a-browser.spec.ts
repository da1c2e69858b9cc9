// The same attacks in a real browser, a few of each: cookies, frames and redirects as Chromium really treats them.
import type { Browser, BrowserContext, Page } from '@playwright/test'
import { instance } from '../../scripts/testing/instance.ts'
import {
  type Api,
  confirmSession,
  decideAtSandbox,
  expect,
  freshUser,
  invite,
  type Session,
  test,
} from '../support/test.ts'
import { attemptsInBrowser, type Chance, campaign } from './campaign.ts'

test.describe.configure({ timeout: 20 * 60_000 })

const org = 'attacks-browser'

type Person = { page: Page; context: BrowserContext; name: string }

/** Somebody with a browser profile of their own. */
async function somebody(browser: Browser, name: string): Promise<Person> {
  const context = await browser.newContext()
  return { context, page: await context.newPage(), name }
}

async function open({ page }: Person, session: Session, random: Chance): Promise<void> {
  if (random.below(2)) {
    await page.goto(session.url)
  } else {
    await page.goto(session.hosted_url)
    await page.getByRole('button', { name: 'Continue' }).click()
  }
  await expect(page.locator('form[action$="/approve"]')).toBeVisible()
}

/** From the consent page to the provider's. @returns the address that the browser was sent to */
async function approve({ page }: Person): Promise<URL> {
  const asked = page.waitForRequest((request) => request.url().includes('/authorize?'))
  await page.getByRole('button', { name: 'Approve' }).click()
  const url = new URL((await asked).url())
  await page.waitForURL(({ origin }) => origin === instance().sandboxUrl)
  return url
}

const allow = ({ page, name }: Person): Promise<void> => decideAtSandbox(page, { person: name })

/** Has the browser follow another address than the provider's redirect names. */
async function bend({ context, page }: Person, change: (back: URL) => URL): Promise<void> {
  // Playwright's own routes do not see redirects.
  const devtools = await context.newCDPSession(page)
  devtools.once('Fetch.requestPaused', ({ requestId, request }) => {
    const location = change(new URL(request.url)).href
    void devtools
      .send('Fetch.fulfillRequest', {
        requestId,
        responseCode: 302,
        responseHeaders: [{ name: 'location', value: location }],
      })
      .then(() => devtools.on('Fetch.requestPaused', (next) => devtools.send('Fetch.continueRequest', next)))
  })
  await devtools.send('Fetch.enable', { patterns: [{ urlPattern: '*/connect/callback/*' }] })
}

const labels = async (api: Api, user: string): Promise<string[]> =>
  (
    (await api.get(`/connected_accounts?org_id=${org}&user_id=${user}`)).body.data as {
      account: { label: string }
    }[]
  ).map(({ account }) => account.label)

const codeOn = async ({ page }: Person): Promise<string | null> =>
  /bhf_cc_[\w-]+/.exec(await page.content())?.[0] ?? null

async function settled({ page }: Person): Promise<void> {
  await expect(page).toHaveURL(({ origin }) => origin === instance().publicUrl)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
}

test('fixation: an attacker starts, a victim finishes', async ({ browser, api, sandbox }) => {
  const before = (await sandbox.state()).token_authorization_code
  await campaign('fixation in a browser', attemptsInBrowser, async (random) => {
    const attacker = await somebody(browser, 'Ben Okafor')
    const victim = await somebody(browser, 'Ana Souza')
    const user = freshUser()
    const session = await invite(api, { org_id: org, user_id: user })
    await open(attacker, session, random)
    const authorizeUrl = await approve(attacker)
    if (random.below(2)) {
      await open(victim, await invite(api, { org_id: org, user_id: freshUser() }), random)
    }
    await victim.page.goto(authorizeUrl.href)
    await allow(victim)
    await settled(victim)
    const code = await codeOn(victim)
    if (code) await confirmSession(api, session, user, code)
    const won = await labels(api, user)
    await Promise.all([attacker.context.close(), victim.context.close()])
    return won.length > 0 ? won.join() : null
  })
  expect((await sandbox.state()).token_authorization_code).toBe(before)
})

test('a forwarded link: a victim finishes an attacker’s invitation, and the host knows who it was', async ({
  browser,
  api,
}) => {
  await campaign('forwarded link in a browser', attemptsInBrowser, async (random) => {
    const victim = await somebody(browser, 'Ana Souza')
    const [user, victimUser] = [freshUser(), freshUser()]
    const session = await invite(api, { org_id: org, user_id: user })
    await open(victim, session, random)
    await approve(victim)
    await allow(victim)
    await victim.page.waitForURL(/\/done$/)
    const confirmed = await confirmSession(api, session, victimUser, (await codeOn(victim)) ?? '')
    const won = await labels(api, user)
    await victim.context.close()
    return confirmed.body.code !== 'user_mismatch' || won.length > 0 ? JSON.stringify(confirmed.body) : null
  })
})

test('replay and race: many windows of one browser and of others open one link', async ({ browser, api }) => {
  await campaign('race in a browser', attemptsInBrowser, async (random) => {
    const user = freshUser()
    const session = await invite(api, { org_id: org, user_id: user })
    const people = await Promise.all(
      Array.from({ length: 5 }, () => somebody(browser, random.pick(['Ana Souza', 'Ben Okafor']))),
    )
    await Promise.all(people.map((person) => open(person, session, random)))
    await Promise.all(
      people.map(async (person) => {
        await person.page.getByRole('button', { name: 'Approve' }).click()
        const provider = person.page.waitForURL(({ origin }) => origin === instance().sandboxUrl)
        await Promise.race([provider, settled(person)]).catch(() => undefined)
      }),
    )
    for (const person of people) {
      if (new URL(person.page.url()).origin !== instance().sandboxUrl) continue
      await allow(person)
      await settled(person)
    }
    const codes = (await Promise.all(people.map(codeOn))).flatMap((code) => code ?? [])
    const answers = await Promise.all(codes.map((code) => confirmSession(api, session, user, code)))
    const late = await somebody(browser, 'Ana Souza')
    await late.page.goto(session.hosted_url)
    const reopened = await late.page.locator('form[action$="/enter"]').count()
    const accounts = (await labels(api, user)).length
    await Promise.all([...people, late].map(({ context }) => context.close()))
    const successes = answers.filter(({ status }) => status === 200).length
    return accounts === 1 && successes === 1 && reopened === 0
      ? null
      : `${accounts} accounts, ${successes} confirmations, reopened ${reopened}`
  })
})

test('COAT, CORF, a wrong iss and a dropped challenge lead nowhere', async ({ browser, api }) => {
  await campaign('bent answers in a browser', attemptsInBrowser * 4, async (random, index) => {
    const person = await somebody(browser, 'Ana Souza')
    const user = freshUser()
    await open(person, await invite(api, { org_id: org, user_id: user }), random)
    const kind = (['coat', 'corf', 'iss', 'pkce'] as const)[index % 4]
    if (kind === 'pkce') {
      await person.context.route('**/authorize?**', (route) => {
        const url = new URL(route.request().url())
        url.searchParams.delete('code_challenge')
        url.searchParams.delete('code_challenge_method')
        return route.continue({ url: url.href })
      })
      await person.page.getByRole('button', { name: 'Approve' }).click()
      await person.page.waitForURL((url) => url.searchParams.has('error') || url.pathname.endsWith('/done'))
    } else {
      await approve(person)
      const other = kind === 'corf' ? await somebody(browser, 'Ben Okafor') : null
      let foreign: URL | undefined
      if (other) {
        await open(other, await invite(api, { org_id: org, user_id: freshUser() }), random)
        await approve(other)
        await bend(other, (back) => {
          foreign = back
          return new URL('/icon.svg', back)
        })
        await allow(other)
        await expect.poll(() => foreign).toBeDefined()
        await other.context.close()
      }
      await bend(person, (back) => {
        const bent = new URL(foreign ?? back)
        if (kind === 'coat') bent.pathname = bent.pathname.replace(/[0-9a-f]{4}$/, '0000')
        if (kind === 'iss') bent.searchParams.set('iss', 'https://evil.test')
        if (foreign && random.below(2)) bent.searchParams.set('state', back.searchParams.get('state') ?? '')
        return bent
      })
      await allow(person)
    }
    await settled(person)
    const code = await codeOn(person)
    const won = await labels(api, user)
    await person.context.close()
    return code !== null || won.length > 0 ? `${kind}: ${code ? 'a code was shown' : won}` : null
  })
})
