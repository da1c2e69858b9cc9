// The link and who follows it: fixation, replay, forwarding, races (THREATS.md C1, C2).

import { type Api, confirmSession, expect, freshUser, invite, type Session, test } from '../support/test.ts'
import { type Browser, codeOn, createBrowser, type Page } from './browser.ts'
import { attempts, type Chance, campaign } from './campaign.ts'

test.describe.configure({ timeout: 60 * 60_000 })

const org = 'attacks'

type Account = { user_id: string; status: string; account: { label: string } }

const accountsOf = async (api: Api, user: string): Promise<Account[]> =>
  (await api.get(`/connected_accounts?org_id=${org}&user_id=${user}`)).body.data as Account[]

const wayIn = (browser: Browser, session: Session, random: Chance): Promise<Page> =>
  random.pick([() => browser.enter(session), () => browser.enterByLink(session.hosted_url)])()

test('an attacker who starts and has a victim finish at the provider wins nothing, and no code is spent', async ({
  api,
  sandbox,
}) => {
  const before = (await sandbox.state()).token_authorization_code
  await campaign('fixation by the provider’s address', attempts, async (random) => {
    const [attacker, victim] = [createBrowser('ben'), createBrowser('ana')]
    const user = freshUser()
    const session = await invite(api, { org_id: org, user_id: user })
    const authorizeUrl = await attacker.approve(await wayIn(attacker, session, random))
    if (!authorizeUrl) throw new Error('the attacker did not get to the provider')
    // The victim may be anybody, or be in the middle of an invitation of their own.
    const busy = random.below(2) === 1
    if (busy) await wayIn(victim, await invite(api, { org_id: org, user_id: freshUser() }), random)
    const back = await victim.allow(authorizeUrl)
    const seen = await victim.goto(back)
    const code = codeOn(seen)
    if (code) await confirmSession(api, session, user, code)
    // The attacker looks whether anything came of it.
    const again = await attacker.goto(`/connect/${session.id}/done`)
    const theirs = codeOn(again)
    if (theirs) await confirmSession(api, session, user, theirs)
    const accounts = await accountsOf(api, user)
    return accounts.length > 0 ? `${JSON.stringify(accounts)} after “${seen.heading}”` : null
  })
  expect((await sandbox.state()).token_authorization_code).toBe(before)
})

test('a victim who follows an attacker’s own link gives the attacker nothing that the host has not confirmed', async ({
  api,
}) => {
  await campaign('forwarded link', attempts, async (random) => {
    const [attacker, victim] = [createBrowser('ben'), createBrowser('ana')]
    const [user, victimUser] = [freshUser(), freshUser()]
    const session = await invite(api, { org_id: org, user_id: user })
    if (random.below(2)) await wayIn(attacker, session, random)
    const last = await victim.finish(await wayIn(victim, session, random))
    const code = codeOn(last)
    if (!code) throw new Error(`the victim did not finish: ${last.status} “${last.heading}”`)
    // What the attacker can still do: look at the last page, guess a code, start over, in any order.
    const tries = random.shuffle([
      async () => codeOn(await attacker.goto(`/connect/${session.id}/done`)),
      async () => `bhf_cc_${'A'.repeat(43)}`,
      async () => codeOn(await attacker.finish(await wayIn(attacker, session, random))),
    ])
    for (const attempt of tries.slice(0, random.below(3))) {
      const guessed = await attempt()
      if (guessed) await confirmSession(api, session, user, guessed)
    }
    // The host says whose browser brought the code.
    await confirmSession(api, session, victimUser, code)
    const accounts = (await accountsOf(api, user)).filter(({ account }) => account.label.startsWith('ana'))
    return accounts.length > 0 ? JSON.stringify(accounts) : null
  })
})

test('a link that was used opens nothing again, in whatever form and browser it is tried', async ({
  api,
}) => {
  await campaign('replay', attempts, async (random) => {
    const person = createBrowser('ana')
    const user = freshUser()
    const session = await invite(api, { org_id: org, user_id: user })
    const authorizeUrl = await person.approve(await wayIn(person, session, random))
    if (!authorizeUrl) throw new Error('did not get to the provider')
    const back = await person.allow(authorizeUrl)
    const code = codeOn(await person.goto(back))
    if (!code) throw new Error('did not finish')
    expect((await confirmSession(api, session, user, code)).status).toBe(200)

    const other = random.below(2) ? createBrowser(random.pick(['ana', 'ben'])) : person
    const seen = await random.pick<() => Promise<Page>>([
      () => other.enter(session),
      () => other.enterByLink(session.hosted_url),
      () => other.goto(back),
      () => other.goto(`/connect/${session.id}/consent/sandbox`),
      () => other.goto(`/connect/${session.id}/catalogue`),
    ])()
    const reached = await other.approve(seen)
    const confirmed = await confirmSession(api, session, user, code)
    if (reached) return `consent could be given again after “${seen.heading}”`
    if (confirmed.status !== 410) return `confirmed again: ${confirmed.status}`
    const accounts = await accountsOf(api, user)
    return accounts.length === 1 ? null : `${accounts.length} accounts`
  })
})

test('of fifty who open a link at once, one connection comes', async ({ api }) => {
  const rounds = Math.max(1, Math.ceil(attempts / 20))
  await campaign('race of 50 parallel opens', rounds, async (random) => {
    const user = freshUser()
    const session = await invite(api, { org_id: org, user_id: user })
    const browsers = Array.from({ length: 50 }, () => createBrowser(random.pick(['ana', 'ben'])))
    const pages = await Promise.all(browsers.map((browser) => wayIn(browser, session, random)))
    const finishers = random.shuffle(browsers.map((browser, at) => [browser, pages[at]] as const)).slice(0, 8)
    const ends = await Promise.all(
      finishers.map(([browser, page]) => (page ? browser.finish(page).catch(() => null) : null)),
    )
    const codes = ends.flatMap((page) => (page && codeOn(page)) ?? [])
    const confirmed = await Promise.all(codes.map((code) => confirmSession(api, session, user, code)))
    const accounts = await accountsOf(api, user)
    const successes = confirmed.filter(({ status }) => status === 200).length
    if (codes.length === 0) throw new Error('nobody finished')
    return accounts.length === 1 && successes === 1
      ? null
      : `${accounts.length} accounts, ${successes} confirmations of ${codes.length} codes`
  })
})
