// Two authorization servers, one of them hostile; answers that are bent on the way (THREATS.md O1, O2, O4, O5).
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { instance, vendorPorts } from '../../scripts/testing/instance.ts'
import { type Api, confirmSession, expect, freshUser, invite, test } from '../support/test.ts'
import { codeOn, createBrowser } from './browser.ts'
import { attempts, type Chance, campaign } from './campaign.ts'

test.describe.configure({ timeout: 60 * 60_000 })

const org = 'attacks-honest'
const evilOrg = 'attacks-evil'

/** A server that a hostile integration names as its own: it bounces browsers on, and waits for codes. */
async function evilServer() {
  // Where each flow is sent, by its state: several are under way at once.
  const bounces = new Map<string, string>()
  let codes = 0
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://evil.invalid')
    if (url.pathname === '/token') codes++
    const to = url.pathname === '/authorize' ? bounces.get(url.searchParams.get('state') ?? '') : undefined
    response.writeHead(to ? 302 : 400, to ? { location: to } : {}).end()
  })
  await new Promise<void>((ready) => server.listen(vendorPorts().evil, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    bounce: (flow: URL, to: URL) => bounces.set(flow.searchParams.get('state') ?? '', to.href),
    codes: () => codes,
    close: () => new Promise((closed) => server.close(closed)),
  }
}

const labelsOf = async (api: Api, of: string, user: string): Promise<string[]> =>
  (
    (await api.get(`/connected_accounts?org_id=${of}&user_id=${user}`)).body.data as {
      account: { label: string }
    }[]
  ).map(({ account }) => account.label)

/** A person at the provider's door. */
async function underWay(api: Api, of: string, person: string) {
  const browser = createBrowser(person)
  const user = freshUser()
  const session = await invite(api, { org_id: of, user_id: user })
  const authorizeUrl = await browser.approve(await browser.enter(session))
  if (!authorizeUrl) throw new Error('did not get to the provider')
  return { browser, user, session, authorizeUrl }
}

test('a hostile server that bounces a victim to the honest one never sees a code', async ({
  api,
  sandbox,
}) => {
  const evil = await evilServer()
  await api.put(`/orgs/${evilOrg}`, { name: 'Evil' })
  const { status, body } = await api.post('/auth_configs', {
    org_id: evilOrg,
    connector: 'sandbox',
    name: 'evil',
    client_id: 'behalf',
    client_secret: 'of-no-use',
    base_urls: { base: evil.url },
  })
  expect(status, JSON.stringify(body)).toBe(201)
  const before = (await sandbox.state()).token_authorization_code
  try {
    await campaign('COAT', attempts, async (random) => {
      const honest = await underWay(api, org, 'ben')
      const victim = await underWay(api, evilOrg, 'ana')
      expect(victim.authorizeUrl.origin).toBe(evil.url)
      const bounced = new URL(honest.authorizeUrl)
      // State and challenge are the evil flow's; the redirect URI has to be one that the honest server knows.
      for (const name of ['state', 'code_challenge', 'nonce'])
        bounced.searchParams.set(name, victim.authorizeUrl.searchParams.get(name) ?? '')
      evil.bounce(victim.authorizeUrl, bounced)
      const hop = await fetch(victim.authorizeUrl, { redirect: 'manual' })
      const back = await victim.browser.allow(new URL(hop.headers.get('location') ?? ''))
      const evilCallback = new URL(victim.authorizeUrl.searchParams.get('redirect_uri') ?? '')
      const variant = random.below(3)
      // As a lax server would: its answer at the hostile client's own address, with and without its name.
      if (variant > 0) back.pathname = evilCallback.pathname
      if (variant > 1) back.searchParams.delete('iss')
      const seen = await victim.browser.goto(back)
      if (seen.status !== 400) return `answered ${seen.status} “${seen.heading}”`
      return evil.codes() > 0 ? 'the hostile token endpoint got a code' : null
    })
  } finally {
    await evil.close()
  }
  expect(evil.codes()).toBe(0)
  expect((await sandbox.state()).token_authorization_code).toBe(before)
})

test("an attacker's code in a victim's browser never becomes the victim's account", async ({ api }) => {
  await campaign('CORF', attempts, async (random) => {
    const [attacker, victim] = await Promise.all([
      underWay(api, org, 'ben'),
      underWay(api, random.pick([org, evilOrg]), 'ana'),
    ])
    const back = await attacker.browser.allow(attacker.authorizeUrl)
    const theirs = victim.authorizeUrl.searchParams.get('state') ?? ''
    const state = random.pick([
      back.searchParams.get('state') ?? '',
      `${theirs.split('.')[0]}.${'A'.repeat(43)}`,
      // Even one who could read the victim's state lacks the verifier that belongs to the code.
      theirs,
    ])
    back.searchParams.set('state', state)
    const seen = await victim.browser.goto(back)
    const code = codeOn(seen)
    const of = new URL(victim.authorizeUrl).origin === instance().sandboxUrl ? org : evilOrg
    if (code) await confirmSession(api, victim.session, victim.user, code)
    const labels = await labelsOf(api, of, victim.user)
    return labels.length > 0 ? `${labels} after “${seen.heading}”` : null
  })
})

const bentIssuers = (iss: string, random: Chance): string | null =>
  random.pick([
    null,
    `${iss}/`,
    iss.toUpperCase(),
    iss.replace('http:', 'https:'),
    `${iss}.evil.test`,
    iss.replace(/:\d+$/, ''),
    `${iss}#`,
    ` ${iss}`,
    'null',
    '',
  ])

test('an answer in another server’s name, or in none, is refused before a code is spent, errors too', async ({
  api,
  sandbox,
}) => {
  const before = (await sandbox.state()).token_authorization_code
  await campaign('wrong iss', attempts, async (random) => {
    const { browser, user, authorizeUrl } = await underWay(api, org, 'ana')
    const back = await browser.allow(authorizeUrl)
    const bent = bentIssuers(back.searchParams.get('iss') ?? '', random)
    if (bent === null) back.searchParams.delete('iss')
    else back.searchParams.set('iss', bent)
    if (bent !== null && random.below(4) === 0) back.searchParams.append('iss', instance().sandboxUrl)
    if (random.below(4) === 0) {
      back.searchParams.delete('code')
      back.searchParams.set('error', 'access_denied')
      back.searchParams.set('error_description', '<b>call 555-0100</b>')
    }
    const seen = await browser.goto(back)
    if (seen.html.includes('555-0100')) return 'the error text was shown'
    if (seen.status !== 400) return `answered ${seen.status} “${seen.heading}”`
    return (await labelsOf(api, org, user)).length > 0 ? 'connected' : null
  })
  expect((await sandbox.state()).token_authorization_code).toBe(before)
})

test('every request proves its code by S256, and one that lost its challenge on the way leads nowhere', async ({
  api,
  sandbox,
}) => {
  const before = (await sandbox.state()).token_authorization_code
  await campaign('dropped PKCE', attempts, async (random) => {
    const { browser, user, authorizeUrl } = await underWay(api, org, 'ana')
    if (authorizeUrl.searchParams.get('code_challenge_method') !== 'S256') return 'no S256'
    if (!/^[\w-]{43}$/.test(authorizeUrl.searchParams.get('code_challenge') ?? '')) return 'no challenge'
    const how = random.below(3)
    if (how === 0) authorizeUrl.searchParams.delete('code_challenge')
    if (how <= 1) authorizeUrl.searchParams.delete('code_challenge_method')
    if (how === 2) authorizeUrl.searchParams.set('code_challenge_method', 'plain')
    if (how === 1) authorizeUrl.searchParams.delete('code_challenge')
    const back = await browser.allow(authorizeUrl).catch(() => null)
    if (!back) return null
    await browser.goto(back)
    return (await labelsOf(api, org, user)).length > 0 ? 'connected' : null
  })
  expect((await sandbox.state()).token_authorization_code).toBe(before)
})

test('a state works once, even twice at the same moment', async ({ api, sandbox }) => {
  await campaign('state replayed in parallel', attempts, async () => {
    const { browser, authorizeUrl } = await underWay(api, org, 'ana')
    const code = authorizeUrl.searchParams.get('state') ?? ''
    const back = await browser.allow(authorizeUrl)
    await Promise.all([browser.goto(back), browser.goto(back)])
    const spent = (await sandbox.state()).last_requests.filter(
      ({ path, body }) => path === '/token' && body.includes(back.searchParams.get('code') ?? code),
    )
    return spent.length > 1 ? `${spent.length} redemptions` : null
  })
})
