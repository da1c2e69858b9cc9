// What people manage for themselves, under attack: another's accounts by their ids, other sites' forms, and one kind of
// session, cookie or bearer in place of another (THREATS.md T1, T3, C3, K4).
import { type Api, confirmSession, expect, freshUser, invite, type Session, test } from '../support/test.ts'
import { type Browser, codeOn, createBrowser, foreignHeaders, formHeaders, type Raw } from './browser.ts'
import { attempts, type Chance, campaign } from './campaign.ts'

test.describe.configure({ timeout: 60 * 60_000 })

const [org, otherOrg] = ['attacks-mine', 'attacks-mine-other']

type Owned = { org: string; user: string; id: string; connection: string }

/** A connected account of a new user, or of one that is named. */
async function connected(api: Api, of: string, person = 'ana', user = freshUser()): Promise<Owned> {
  const browser = createBrowser(person)
  const session = await invite(api, { org_id: of, user_id: user })
  const code = codeOn(await browser.finish(await browser.enter(session)))
  const { status, body } = await confirmSession(api, session, user, code ?? '')
  expect(status, JSON.stringify(body)).toBe(200)
  const id = String(body.connected_account_id)
  const { body: list } = await api.get(`/connected_accounts/${id}/connections`)
  const [consent] = list.data as { id: string }[]
  return { org: of, user, id, connection: String(consent?.id) }
}

async function manage(api: Api, { org: of, user }: Pick<Owned, 'org' | 'user'>): Promise<Session> {
  const { status, body } = await api.post('/connect_sessions', { org_id: of, user_id: user, kind: 'manage' })
  expect(status, JSON.stringify(body)).toBe(201)
  return body as Session
}

/** A browser in a session, by either of its secrets. */
async function inside(session: Session, random: Chance): Promise<Browser> {
  const browser = createBrowser('ben')
  const page = await random.pick([
    () => browser.enter(session),
    () => browser.enterByLink(session.hosted_url),
  ])()
  if (page.status !== 200) throw new Error(`${page.status} “${page.heading}”`)
  return browser
}

/** The bearer of a frame. */
async function handleOf(session: Session): Promise<string> {
  const { html } = await createBrowser('ben').raw(`/connect/${session.id}/handle`, {
    method: 'POST',
    headers: { ...formHeaders, 'content-type': 'application/json' },
    body: JSON.stringify({ token: session.token }),
  })
  return (JSON.parse(html) as { handle: string }).handle
}

/** All that the host can see of an account and of what was agreed to. */
async function stateOf(api: Api, { id }: Owned): Promise<string> {
  const [account, consents] = await Promise.all([
    api.get(`/connected_accounts/${id}`),
    api.get(`/connected_accounts/${id}/connections`),
  ])
  return JSON.stringify([account.body, consents.body])
}

type Step = { what: string; method: string; path: string; body?: string }

/** Everything that can be done with an account, or seen of it. */
function steps(session: string, account: string, connection: string): Step[] {
  const at = `/connect/${session}/mine/${account}`
  const act = (name: string): Step => ({ what: name, method: 'POST', path: `${at}/act`, body: `act=${name}` })
  return [
    act('end'),
    act('pause'),
    act('resume'),
    act('reconnect'),
    { what: 'narrow', method: 'POST', path: `${at}/limit`, body: 'scopes=tasks%3Aread&expires_in_days=7' },
    { what: 'narrow to nothing', method: 'POST', path: `${at}/limit`, body: '' },
    { what: 'look', method: 'GET', path: at },
    { what: 'look at narrowing', method: 'GET', path: `${at}/narrow` },
    { what: 'receipt', method: 'GET', path: `${at}/receipt/${connection}` },
    { what: 'receipt as JSON', method: 'GET', path: `${at}/receipt/${connection}?format=json` },
  ]
}

const take = (browser: Browser, step: Step, headers: Record<string, string> = formHeaders): Promise<Raw> =>
  browser.raw(step.path, {
    method: step.method,
    headers,
    ...(step.body !== undefined && { body: step.body }),
  })

/** What a person can tell from an answer: the ids that they asked by are theirs already. */
const seen = ({ status, location, html }: Raw, ids: readonly string[]): string => {
  const text = html
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '')
    .replace(/nonce="[^"]*"/g, '')
    .replace(/"(trace_id|request_id|instance)":"[^"]*"/g, '')
  const told = `${status} ${location ?? ''} ${text}`
  return ids.reduce((all, id) => all.replaceAll(id, 'ID'), told).replace(/\b[0-9a-f]{32}\b/g, 'HEX')
}

const absent = (random: Chance, prefix: string): string =>
  `${prefix}_${Array.from({ length: 32 }, () => random.below(16).toString(16)).join('')}`

test('another’s account, by its id, is as absent as one that never was, and nothing of it changes', async ({
  api,
}) => {
  const user = freshUser()
  const victims = await Promise.all([
    connected(api, org),
    // Of the same name, in another organization.
    connected(api, otherOrg, 'ana', user),
  ])
  const own = await connected(api, org, 'ben', user)
  await campaign('account of another', attempts, async (random) => {
    const victim = random.pick(victims)
    const before = await stateOf(api, victim)
    const session = await manage(api, own)
    const browser = await inside(session, random)
    const headers: Record<string, string> = random.below(3)
      ? formHeaders
      : { ...formHeaders, authorization: `Bearer ${await handleOf(session)}` }
    const [account, connection] = [absent(random, 'ca'), absent(random, 'cn')]
    const [prefix = 'cn'] = victim.connection.split('_')
    const nothing = `${prefix}${connection.slice(2)}`
    const at = random.below(10)
    const theirs = steps(session.id, victim.id, victim.connection)[at]
    const none = steps(session.id, account, nothing)[at]
    // Below an account of one's own, too.
    const mixed = random.below(2) === 1
    const receipt = mixed ? `/connect/${session.id}/mine/${own.id}/receipt/` : null
    const ask = async (step: Step | undefined, consent: string) => {
      if (!step) throw new Error('no step')
      const path = receipt && step.what.startsWith('receipt') ? `${receipt}${consent}` : step.path
      return take(browser, { ...step, path }, headers)
    }
    const [foreign, missing] = [await ask(theirs, victim.connection), await ask(none, nothing)]
    const ids = [victim.id, account, victim.connection, nothing, own.id, session.id]
    if ((await stateOf(api, victim)) !== before) return `${theirs?.what} changed it: ${foreign.status}`
    if (foreign.status >= 500) return `failed with ${foreign.status}`
    if (foreign.html.includes('ana@acme.test')) return `${theirs?.what} told whose it is`
    return seen(foreign, ids) === seen(missing, ids)
      ? null
      : `${theirs?.what} tells it from none: ${seen(foreign, ids).slice(0, 200)} / ${seen(missing, ids).slice(0, 200)}`
  })
})

test('a session, cookie or bearer of another’s opens nothing of theirs', async ({ api }) => {
  const victim = await connected(api, org)
  const own = await connected(api, org, 'ben')
  await campaign('session of another', attempts, async (random) => {
    const before = await stateOf(api, victim)
    const theirs = await manage(api, victim)
    const session = await manage(api, own)
    const connecting = await invite(api, { org_id: org, user_id: victim.user })
    const browser = await inside(session, random)
    const other = await inside(connecting, random)
    const cookie = /bhf_flow_\w+=([^;]+)/.exec(browser.cookies())?.[1] ?? ''
    const step = random.pick(steps(theirs.id, victim.id, victim.connection))
    const named = `bhf_flow_${theirs.id.slice(3)}`
    const bearer = async (of: Session) => ({ ...formHeaders, authorization: `Bearer ${await handleOf(of)}` })
    // An invitation of the victim's own that somebody got hold of is for connecting, and ends nothing.
    const invited = random.pick(steps(connecting.id, victim.id, victim.connection))
    const [by, taken, headers] = await random.pick<() => Promise<[Browser, Step, Record<string, string>?]>>([
      async () => [browser, step],
      async () => [createBrowser('ben'), step],
      async () => [browser, step, { ...formHeaders, cookie: `${named}=${cookie}` }],
      async () => [browser, step, { ...formHeaders, cookie: `${named}=${theirs.token}` }],
      async () => [browser, step, { ...formHeaders, authorization: `Bearer ${cookie.slice(0, 190)}` }],
      async () => [browser, step, await bearer(session)],
      async () => [other, invited],
      async () => [other, invited, await bearer(connecting)],
      async () => [other, step, await bearer(connecting)],
    ])()
    const tried = await take(by, taken, headers)
    if ((await stateOf(api, victim)) !== before) return `${taken.what} changed it: ${tried.status}`
    if (tried.html.includes('ana@acme.test')) return `${taken.what} told whose it is`
    if (taken.method === 'POST' && tried.status < 400) return `answered ${tried.status} ${tried.location}`
    return tried.status >= 500 ? `failed with ${tried.status}` : null
  })
})

test('no look and no other site changes anything, even in the right browser', async ({ api }) => {
  const own = await connected(api, org)
  await campaign('foreign form', attempts, async (random) => {
    const before = await stateOf(api, own)
    const session = await manage(api, own)
    const browser = await inside(session, random)
    const step = random.pick(steps(session.id, own.id, own.connection))
    const query =
      step.body ?? random.pick(['act=end', 'act=pause', '_method=DELETE', 'X-HTTP-Method-Override=POST'])
    const { 'content-type': type, ...rest } = random.pick(foreignHeaders)
    const given = { 'content-type': type ?? formHeaders['content-type'], ...rest }
    const posted = random.pick(
      steps(session.id, own.id, own.connection).filter(({ method }) => method === 'POST'),
    )
    const answer = await random.pick<() => Promise<Raw>>([
      () => browser.raw(`${step.path}${step.path.includes('?') ? '&' : '?'}${query}`),
      () => browser.raw(posted.path, { method: random.pick(['GET', 'HEAD', 'OPTIONS']) }),
      () => browser.raw(posted.path, { headers: { 'x-http-method-override': 'POST', 'next-action': 'x' } }),
      () =>
        browser.raw(posted.path, {
          method: random.pick(['PUT', 'PATCH', 'DELETE']),
          headers: formHeaders,
          body: query,
        }),
      () => take(browser, posted, given),
      () => take(browser, posted, given),
      () => take(browser, posted, given),
    ])()
    if ((await stateOf(api, own)) !== before)
      return `changed by ${step.what} / ${posted.what}: ${answer.status}`
    return answer.status >= 500 ? `failed with ${answer.status}` : null
  })
})

test('what manages connects nothing, whatever of the flow it is sent to', async ({ api, sandbox }) => {
  const own = await connected(api, org)
  const { authorize, token_authorization_code } = await sandbox.state()
  await campaign('managing session that connects', attempts, async (random) => {
    const before = await stateOf(api, own)
    const session = await manage(api, own)
    const browser = await inside(session, random)
    // What a consent page of the same person's would send.
    const other = await invite(api, { org_id: org, user_id: own.user })
    const consent = await createBrowser('ben').enter(other)
    const hash = /name="hash" value="([^"]+)"/.exec(consent.html)?.[1] ?? ''
    const approval = new URLSearchParams([
      ['connector', random.pick(['sandbox', 'sandboxkeys'])],
      ['hash', hash],
      ['scopes', 'tasks:read'],
      ['scopes', 'tasks:write'],
    ]).toString()
    const post = (path: string, body: string, headers: Record<string, string> = {}) =>
      browser.raw(`/connect/${session.id}${path}`, {
        method: 'POST',
        headers: { ...formHeaders, ...headers },
        body,
      })
    const json = { 'content-type': 'application/json' }
    const answer = await random.pick<() => Promise<Raw>>([
      () => post('/approve', approval),
      () => post('/approve', approval),
      () => post('/credentials/sandboxkeys/check', 'subdomain=acme&api_key=atk_x'),
      () => post('/request/sandbox/send', 'scopes=tasks%3Awrite&reason=please'),
      () => post('/resources/pick', 'all=1'),
      () => post('/confirm/code', 'code=123456'),
      () => post('/confirm/stop', ''),
      async () =>
        post('/ticket', JSON.stringify({ connector: 'sandbox' }), {
          ...json,
          authorization: `Bearer ${await handleOf(session)}`,
        }),
      async () => {
        const { html } = await browser.raw(`/connect/${session.id}/consent/sandbox`)
        return { status: html.includes('/approve"') ? 200 : 404, location: null, html }
      },
      // A ticket of a session that connects is a way into that one alone.
      async () => {
        const made = await browser.raw(`/connect/${other.id}/ticket`, {
          method: 'POST',
          headers: { ...formHeaders, ...json, authorization: `Bearer ${await handleOf(other)}` },
          body: JSON.stringify({ connector: 'sandbox' }),
        })
        const { url } = JSON.parse(made.html) as { url: string }
        const ticket = decodeURIComponent(url.split('#ticket=')[1] ?? '')
        return post('/enter', JSON.stringify({ token: ticket }), json)
      },
    ])()
    if (answer.status < 400) return `answered ${answer.status} ${answer.location}`
    if (answer.status >= 500) return `failed with ${answer.status}`
    return (await stateOf(api, own)) === before ? null : 'the account changed'
  })
  const after = await sandbox.state()
  expect(after.authorize).toBe(authorize)
  expect(after.token_authorization_code).toBe(token_authorization_code)
})
