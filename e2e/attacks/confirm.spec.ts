// The code that says who finished, under attack: guessed, carried to another browser, taken from another session
// (THREATS.md C1, on the confirmation screen).
import { helperPorts } from '../../scripts/testing/instance.ts'
import { type MailServer, startMailServer } from '../../scripts/testing/mail-server.ts'
import { asSuperuser } from '../support/console.ts'
import { type Api, expect, freshUser, type Session, test } from '../support/test.ts'
import { type Browser, createBrowser, foreignHeaders, formHeaders, type Raw } from './browser.ts'
import { attempts, type Chance, campaign } from './campaign.ts'

test.describe.configure({ timeout: 60 * 60_000 })

let inbox: MailServer
test.beforeAll(async () => {
  inbox = await startMailServer({}, helperPorts().mail)
})
test.afterAll(() => inbox.stop())

const triesMost = 5

const codeIn = (letter: string): string | undefined => /^\s{4}(\d{6})\s*$/m.exec(letter)?.[1]

/** The last code that came to an address, once `count` have. */
async function mailed(address: string, count = 1): Promise<string> {
  const codes = () => inbox.taken.flatMap(({ to, text }) => (to[0] === address ? (codeIn(text) ?? []) : []))
  await expect.poll(() => codes().length, { timeout: 60_000, intervals: [100] }).toBeGreaterThanOrEqual(count)
  return codes().at(-1) ?? ''
}

/** Any code but the right one: that a guess hits is one in a million, and no finding. */
function guess(random: Chance, right: string): string {
  const code = String(random.below(1_000_000)).padStart(6, '0')
  return code === right ? guess(random, right) : code
}

// An organization has a thousand letters an hour.
const perOrg = 400
let made = 0

type Waiting = { browser: Browser; session: Session; org: string; address: string; user: string }

/** Somebody who has finished at the provider and is asked for the code. */
async function waiting(api: Api, person: string): Promise<Waiting> {
  const org = `attacks-confirm-${Math.floor(made++ / perOrg)}`
  const user = freshUser()
  const address = `${user}@acme.test`
  const { status, body } = await api.post('/connect_sessions', {
    org_id: org,
    user_id: user,
    user: { email: address },
    connectors: ['sandbox'],
    scopes: { sandbox: ['tasks:read'] },
    confirmation: 'screen',
  })
  expect(status, JSON.stringify(body)).toBe(201)
  const session = body as Session
  const browser = createBrowser(person)
  const page = await browser.finish(await browser.enterByLink(session.hosted_url))
  if (!page.url.pathname.endsWith('/confirm')) throw new Error(`${page.status} “${page.heading}”`)
  return { browser, session, org, address, user }
}

const enterCode = (
  browser: Browser,
  session: Session,
  code: string,
  headers: Record<string, string> = {},
): Promise<Raw> =>
  browser.raw(`/connect/${session.id}/confirm/code`, {
    method: 'POST',
    headers: { ...formHeaders, ...headers },
    body: new URLSearchParams({ code }).toString(),
  })

const send = (browser: Browser, session: Session, what: 'resend' | 'stop', headers = {}) =>
  browser.raw(`/connect/${session.id}/confirm/${what}`, {
    method: 'POST',
    headers: { ...formHeaders, ...headers },
    body: '',
  })

const statusOf = async (api: Api, session: Session) => (await api.get(`/connect_sessions/${session.id}`)).body

const accountsOf = async (api: Api, { org, user }: Waiting) =>
  (await api.get(`/connected_accounts?org_id=${org}&user_id=${user}`)).body.data as { id: string }[]

/** Makes time pass for the code of a session, in minutes. */
const age = ({ id }: Session, column: 'sent_at' | 'expires_at', minutes: number) =>
  asSuperuser(
    `UPDATE confirm_codes SET ${column} = ${column} - make_interval(mins => $2) FROM connect_attempts a
      WHERE a.org_id = confirm_codes.org_id AND a.id = attempt_id AND replace(a.session_id::text, '-', '') = $1`,
    [id.slice(3), minutes],
  )

test('a code is guessed five times, over all codes and resends, and then not even the right one is taken', async ({
  api,
}) => {
  await campaign('guessing the code', attempts, async (random) => {
    // The forwarded link: whoever finished has no mailbox of the invited address.
    const person = await waiting(api, 'ana')
    const { browser, session, address } = person
    let code = await mailed(address)
    const cookie = browser.cookies()
    const wrong = random.below(8) ? triesMost - 1 + random.below(4) : 50
    const early = random.below(triesMost)
    for (let at = 0; at < early; at++) await enterCode(browser, session, guess(random, code))
    let letters = 1
    if (random.below(2)) {
      await age(session, 'sent_at', 1)
      await Promise.all(Array.from({ length: 5 }, () => send(browser, session, 'resend')))
      code = await mailed(address, ++letters)
    }
    const rest = Array.from({ length: wrong - early }, () => guess(random, code))
    const answers = await Promise.all(
      rest.map((guessed) => enterCode(createBrowser('ben'), session, guessed, { cookie })),
    )
    if (answers.some(({ status }) => status >= 500)) return `failed: ${answers.map(({ status }) => status)}`
    const last = await enterCode(browser, session, code)
    const codes = inbox.taken.filter(({ to, text }) => to[0] === address && codeIn(text)).length
    if (codes > letters) return `${codes} codes mailed instead of ${letters}`
    // One wrong try less, and the person is still let in.
    if (wrong < triesMost)
      return last.location?.endsWith('/done') ? null : `refused after ${wrong} wrong ones: ${last.status}`
    const { status, status_reason } = await statusOf(api, session)
    if (status !== 'failed' || status_reason !== 'user_mismatch')
      return `the session is ${status} after ${wrong} wrong ones`
    return (await accountsOf(api, person)).length > 0 ? 'connected' : null
  })
})

test('the right code is of no use in a browser that did not finish, nor from another site', async ({
  api,
}) => {
  await campaign('code in another jar', attempts, async (random) => {
    const person = await waiting(api, 'ana')
    const { browser, session, address, user } = person
    // The attacker was invited, has the mailbox and the link, and forwarded it to the victim who finished.
    const code = await mailed(address)
    const attacker = createBrowser('ben')
    const named = `bhf_flow_${session.id.slice(3)}`
    const cookieOf = (from: Browser) => /bhf_flow_\w+=([^;]+)/.exec(from.cookies())?.[1] ?? ''
    const answer = await random.pick<() => Promise<Raw>>([
      () => enterCode(attacker, session, code),
      async () => {
        await attacker.enterByLink(session.hosted_url)
        await attacker.goto(`/connect/${session.id}/confirm`)
        return enterCode(attacker, session, code)
      },
      async () => {
        await attacker.enter(session)
        return enterCode(attacker, session, code)
      },
      async () => {
        const other = await waiting(api, 'ben')
        return enterCode(attacker, session, code, { cookie: `${named}=${cookieOf(other.browser)}` })
      },
      () => enterCode(attacker, session, code, { authorization: `Bearer ${session.token}` }),
      () => enterCode(attacker, session, code, { cookie: `${named}=${session.token}` }),
      () => {
        const { 'content-type': type = formHeaders['content-type'], ...rest } = random.pick(foreignHeaders)
        return browser.raw(`/connect/${session.id}/confirm/code`, {
          method: 'POST',
          headers: { 'content-type': type, ...rest },
          body: `code=${code}`,
        })
      },
      () => browser.raw(`/connect/${session.id}/confirm/code?code=${code}`),
      () => send(attacker, session, 'stop'),
      () => send(browser, session, 'stop', { 'sec-fetch-site': 'cross-site' }),
    ])()
    if (answer.status < 400) return `answered ${answer.status} ${answer.location}`
    if (answer.status >= 500) return `failed with ${answer.status}`
    const confirmed = await api.post(`/connect_sessions/${session.id}/confirm`, {
      user_id: user,
      confirmation_code: code,
    })
    if (confirmed.status < 400) return 'a key of the host’s confirmed it'
    const { status } = await statusOf(api, session)
    if (status !== 'awaiting_confirmation') return `the session is ${status}`
    if ((await accountsOf(api, person)).length > 0) return 'connected'
    // None of that was in the way of the person who finished, and is who was invited.
    const own = await enterCode(browser, session, code)
    return own.location?.endsWith('/done') ? null : `then refused the person: ${own.status} ${own.location}`
  })
})

test('a code of another session, of an earlier letter or of an hour ago confirms nothing', async ({
  api,
}) => {
  await campaign('another code', attempts, async (random) => {
    const [first, second] = await Promise.all([waiting(api, 'ana'), waiting(api, 'ben')])
    const [code, foreign] = await Promise.all([mailed(first.address), mailed(second.address)])
    if (code === foreign) return null
    const { browser, session, address } = first
    const how = random.below(4)
    if (how === 0) await enterCode(browser, session, foreign)
    if (how === 1) {
      await age(session, 'sent_at', 1)
      await send(browser, session, 'resend')
      if ((await mailed(address, 2)) !== code) await enterCode(browser, session, code)
      else return null
    }
    if (how === 2) {
      await age(session, 'expires_at', 11)
      await Promise.all(Array.from({ length: 5 }, () => enterCode(browser, session, code)))
    }
    if (how === 3) {
      await send(browser, session, 'stop')
      await Promise.all(Array.from({ length: 5 }, () => enterCode(browser, session, code)))
    }
    const { status } = await statusOf(api, session)
    if (status !== (how === 3 ? 'failed' : 'awaiting_confirmation'))
      return `the session is ${status} (${how})`
    return (await accountsOf(api, first)).length > 0 ? 'connected' : null
  })
})

test('of the right code sent many times at once, one connection comes', async ({ api }) => {
  await campaign('right code in parallel', attempts, async (random) => {
    const person = await waiting(api, 'ana')
    const { browser, session, address } = person
    const code = await mailed(address)
    const cookie = browser.cookies()
    const answers = await Promise.all(
      Array.from({ length: 2 + random.below(8) }, () =>
        enterCode(createBrowser('ana'), session, code, { cookie }),
      ),
    )
    if (answers.some(({ status }) => status >= 500)) return `failed: ${answers.map(({ status }) => status)}`
    const accounts = await accountsOf(api, person)
    const { status } = await statusOf(api, session)
    if (accounts.length !== 1 || status !== 'completed') return `${accounts.length} accounts, ${status}`
    // The account is found again by a second consent: of those, too, there is one.
    const { body } = await api.get(`/connected_accounts/${accounts[0]?.id}/connections`)
    const consents = (body.data as unknown[]).length
    return consents === 1 ? null : `${consents} consents`
  })
})
