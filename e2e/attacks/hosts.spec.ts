// Whose pages are asked for, said by whoever asks: Host and its many relatives, against portal, console and API
// (THREATS.md S3, T3, C5).
import { type DnsServer, startDnsServer } from '../../scripts/testing/dns-server.ts'
import { helperPorts, instance } from '../../scripts/testing/instance.ts'
import { expect, freshUser, invite, type Session, test } from '../support/test.ts'
import { type Answer, createBrowser, sendByLetter } from './browser.ts'
import { attempts, type Chance, campaign } from './campaign.ts'

test.describe.configure({ timeout: 60 * 60_000 })

let dns: DnsServer
test.beforeAll(async () => {
  dns = await startDnsServer(helperPorts().dns)
})
test.afterAll(() => dns.stop())

const [org, foreignOrg] = ['attacks-hosts', 'attacks-hosts-foreign']
const domain = 'portal.attacks-hosts.test'
/** Stands on every page of the other organization's sessions. */
const foreignName = 'Globex Foreign Holdings'

test.beforeEach(async ({ api }) => {
  await api.put(`/orgs/${org}`, { name: 'Acme Hosts' })
  await api.put(`/orgs/${foreignOrg}`, { name: foreignName })
  const { status, body } = await api.post(`/orgs/${org}/domains`, { hostname: domain })
  if (status === 409) return
  const [txt, cname] = body.records as { name: string; value: string }[]
  dns.zone.txt[txt?.name ?? ''] = [txt?.value ?? '']
  dns.zone.cname[cname?.name ?? ''] = cname?.value ?? ''
  const checked = await api.post(`/orgs/${org}/domains/${body.id}/check`)
  expect(checked.body).toMatchObject({ status: 'live' })
})

const port = () => instance().port
const own = () => new URL(instance().publicUrl).host

/** Headers that some server somewhere takes for the host, the address or the path. */
const sayings = (random: Chance, host: string, path: string): Record<string, string> =>
  random.pick<Record<string, string>>([
    {},
    { 'x-forwarded-host': host },
    { 'x-forwarded-host': `${own()}, ${host}` },
    { forwarded: `for=127.0.0.1;host=${host};proto=https` },
    { 'x-behalf-host': host },
    { 'x-behalf-peer': '10.0.0.1', 'x-forwarded-host': host },
    { 'x-host': host, 'x-original-host': host, 'x-forwarded-server': host, 'x-http-host-override': host },
    { 'x-forwarded-proto': 'https', 'x-forwarded-port': '443', 'x-forwarded-host': host },
    { 'x-original-url': path, 'x-rewrite-url': path, 'x-forwarded-prefix': `//${host}` },
    { 'x-middleware-subrequest': 'proxy:proxy:proxy:proxy:proxy', 'x-middleware-rewrite': path },
    { 'x-invoke-path': path, 'x-matched-path': path, 'x-now-route-matches': '1=x' },
    { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', 'x-forwarded-host': host },
    { rsc: '1', 'next-router-prefetch': '1', 'x-forwarded-host': host },
    { 'x-nextjs-data': '1', 'x-forwarded-host': host },
  ])

const spelled = (random: Chance, host: string): string =>
  random.pick([
    `${host}:${port()}`,
    host,
    host.toUpperCase(),
    `${host}.`,
    `${host}.:${port()}`,
    `${host}:80`,
    `${host}:443`,
  ])

const shut = [
  '/',
  '/console',
  '/console/sign-in',
  '/api/v1/orgs',
  '/api/v1/openapi.json',
  '/api/v1/connect_sessions',
  '/api/auth/csrf',
  '/api/auth/signin',
  '/docs',
  '/demo',
  '/gallery/catalogue',
  '/healthz',
  '/readyz',
  '/metrics',
  '/domains/ask?domain=x',
  '/.well-known/jwks.json',
  '/connect/sso',
  '/my/org_00000000000000000000000000000001',
]

/** The same path, as another parser may read it. */
const disguised = (random: Chance, path: string, session: string): string =>
  random.pick([
    path,
    path,
    `/${path}`,
    `/.${path}`,
    `/connect/..${path}`,
    `/connect/${session}/..%2f..${path}`,
    `/connect/${session}/../..${path}`,
    `/connect/${session}/%2e%2e/%2e%2e${path}`,
    `/_next/static/../..${path}`,
    `/_next/static/%2e%2e/%2e%2e${path}`,
    `/connect/${session}/..\\..${path}`,
    path.replace('/', '/%2f'),
    `${path}/`,
    `${path}%00`,
    `${path};/connect/${session}`,
    `http://${domain}:${port()}${path}`,
    `HTTP://${domain}${path}`,
    `/connect/${session}?/../..${path}`,
    path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    path.toUpperCase(),
  ])

/** Where an answer leads, if not here. */
function leads({ headers }: Answer, allowed: readonly string[]): string | null {
  const location = String(headers.location ?? headers.refresh ?? headers['x-nextjs-redirect'] ?? '')
  if (location === '') return null
  if (/^\/(?![/\\])/.test(location)) return null
  const url = URL.parse(location)
  return url && allowed.includes(url.origin) ? null : location
}

const echoes = ({ headers, body }: Answer, what: string): boolean =>
  `${JSON.stringify(headers)}${body}`.toLowerCase().includes(what)

test('at an organization’s domain there is neither console nor API, however path and headers are put', async ({
  api,
}) => {
  const session = await invite(api, { org_id: org, user_id: freshUser() })
  await campaign('console and API at a domain', attempts * 5, async (random) => {
    const target = random.pick(shut)
    const path = disguised(random, target, session.id)
    const headers = {
      host: spelled(random, domain),
      ...sayings(random, random.pick([own(), 'localhost', '127.0.0.1', '']), target),
      ...(random.below(2) && { authorization: `Bearer ${instance().rootKey}` }),
      ...(random.below(2) && { accept: 'text/html' }),
    }
    const answer = await sendByLetter({ path, headers })
    const what = `${path} ${JSON.stringify({ ...headers, authorization: undefined })}`
    if (answer.status >= 500) return `${answer.status} for ${what}`
    if (leads(answer, [`http://${domain}:${port()}`])) return `leads to ${answer.headers.location}: ${what}`
    // A path that is the session's own, with something behind it, is that session's page.
    if (answer.status < 300 && /^\/connect\/cs_/.test(path) && answer.body.includes('<html')) return null
    if (answer.status < 300) return `served ${what}`
    const told = /openapi|csrfToken|"data":\[|name="callbackUrl"|nodejs_/.exec(answer.body)?.[0]
    return told ? `“${told}” in ${what}` : null
  })
})

test('a session of another organization opens at no domain but its own, and says nothing of itself', async ({
  api,
}) => {
  const foreign = await invite(api, { org_id: foreignOrg, user_id: freshUser() })
  const link = new URL(foreign.hosted_url).pathname
  const entered = createBrowser('ana')
  await entered.enter(foreign)
  await campaign('session at a foreign domain', attempts * 2, async (random) => {
    const under = `/connect/${foreign.id}`
    const [method, path, body] = random.pick<readonly [string, string, string?]>([
      ['GET', under],
      ['GET', `${under}/consent/sandbox`],
      ['GET', `${under}/catalogue`],
      ['GET', `${under}/done`],
      ['GET', `${under}/status`],
      ['GET', `${under}/events`],
      ['GET', link],
      ['POST', `${link}/enter`, ''],
      ['POST', `${under}/enter`, JSON.stringify({ token: foreign.token })],
      ['POST', `${under}/handle`, JSON.stringify({ token: foreign.token })],
      ['POST', `${under}/approve`, 'connector=sandbox'],
      ['POST', '/connect/start/session', ''],
    ])
    const origin = `http://${domain}:${port()}`
    const headers = {
      host: spelled(random, domain),
      accept: 'text/html',
      cookie: entered.cookies(),
      authorization: `Bearer ${foreign.token}`,
      ...(random.below(2) ? { 'sec-fetch-site': 'same-origin' } : { origin }),
      ...sayings(random, own(), path),
    }
    const answer = await sendByLetter({ path, method, headers, ...(body !== undefined && { body }) })
    const what = `${method} ${path} ${JSON.stringify(headers).replace(/Bearer [^"]+/, '')}`
    if (answer.status >= 500) return `${answer.status} for ${what}`
    if (echoes(answer, foreignName.toLowerCase())) return `tells whose it is: ${what}`
    if (method === 'POST' && answer.status < 400) return `answered ${answer.status}: ${what}`
    if (answer.headers['set-cookie']) return `a cookie: ${what}`
    return /"(handle|token|status)":|\/approve"/.test(answer.body) ? `served ${what}` : null
  })
  expect((await api.get(`/connect_sessions/${foreign.id}`)).body.status).toBe('open')
})

test('no address in an answer is taken from what the asker says, and no redirect leaves', async ({ api }) => {
  const session = await invite(api, { org_id: foreignOrg, user_id: freshUser() })
  const link = new URL(session.hosted_url).pathname
  await campaign('host of the attacker’s', attempts * 5, async (random, index) => {
    const evil = `evil-${index}.test`
    const named = spelled(random, evil)
    const [method, path, body] = random.pick<readonly [string, string, string?]>([
      ['GET', `/connect/${session.id}`],
      ['GET', `/connect/${session.id}/`],
      ['GET', link],
      ['GET', `/connect/callback/ac_${'0'.repeat(32)}?state=x&code=x`],
      ['GET', '/console'],
      ['GET', '/console/'],
      ['GET', '/console/sign-in'],
      ['GET', '/'],
      ['GET', '/docs/'],
      ['GET', '/api/auth/signin'],
      ['GET', '/api/auth/error'],
      ['GET', `/api/auth/signin?callbackUrl=${encodeURIComponent(`http://${own()}/console`)}`],
      ['GET', '/api/v1/orgs'],
      ['GET', '/api/v1/openapi.json'],
      ['GET', '/.well-known/jwks.json'],
      ['GET', '/embed.js'],
      ['GET', `/connect/${'x'.repeat(20)}`],
      ['GET', '/nothing/here'],
      ['POST', '/connect/sso', 'assertion=x'],
      ['POST', '/api/v1/connect_sessions', 'created'],
    ])
    const creates = body === 'created'
    const headers: Record<string, string> = {
      host: random.below(2) ? named : own(),
      accept: random.pick(['text/html', '*/*', 'application/json']),
      ...sayings(random, named, path),
      ...(path.startsWith('/api/v1/') && { authorization: `Bearer ${instance().rootKey}` }),
      ...(method === 'POST' && {
        'content-type': creates ? 'application/json' : 'application/x-www-form-urlencoded',
      }),
    }
    const sent = creates
      ? JSON.stringify({ org_id: foreignOrg, user_id: freshUser(), connectors: ['sandbox'] })
      : body
    const answer = await sendByLetter({ path, method, headers, ...(sent !== undefined && { body: sent }) })
    const what = `${method} ${path} ${JSON.stringify({ ...headers, authorization: undefined })}`
    if (answer.status >= 500) return `${answer.status} for ${what}`
    if (echoes(answer, evil)) return `echoes ${evil}: ${what}`
    if (leads(answer, [instance().publicUrl])) return `leads to ${answer.headers.location}: ${what}`
    if (!creates || answer.status !== 201) return null
    const { url, hosted_url } = JSON.parse(answer.body) as Session
    return [url, hosted_url].every((one) => one.startsWith(`${instance().publicUrl}/`))
      ? null
      : `a link to ${url}: ${what}`
  })
})

test('a path that another parser takes for a host leads nowhere', async () => {
  await campaign('redirect by the path', attempts * 5, async (random, index) => {
    const evil = `evil-${index}.test`
    const path = random.pick([
      `//${evil}`,
      `//${evil}/`,
      `//${evil}/%2e%2e`,
      `///${evil}/..`,
      `/\\${evil}`,
      `/\\/${evil}/`,
      `/%5c${evil}`,
      `/%2f${evil}/`,
      `/%09/${evil}`,
      `http://${evil}/console`,
      `http://${evil}/`,
      `HTTPS://${evil}/docs/`,
      `http://x@${evil}/`,
      `http:///${evil}/`,
      `ftp://${evil}/`,
      `/.//${evil}/`,
      `/connect//${evil}`,
      `/console//${evil}/`,
      `/connect/..//${evil}/`,
      `/api/auth/signin?callbackUrl=https%3A%2F%2F${evil}`,
      `/api/auth/signin/sign-in-link?callbackUrl=//${evil}`,
      `/api/auth/signout?callbackUrl=https%3A%2F%2F${evil}`,
      `/console/sign-in?callbackUrl=https://${evil}`,
      `/console/sign-in?next=//${evil}`,
      `/connect/start?return_url=https://${evil}`,
      `/connect/callback/ac_${'0'.repeat(32)}?hop=${evil}`,
      `/_next/image?url=https%3A%2F%2F${evil}%2Fx.png&w=64&q=75`,
    ])
    const host = random.pick([own(), spelled(random, domain)])
    const answer = await sendByLetter({ path, headers: { host, accept: 'text/html' } })
    if (answer.status >= 500) return `${answer.status} for ${path} at ${host}`
    const left = leads(answer, [instance().publicUrl, `http://${domain}:${port()}`])
    if (left) return `${path} at ${host} leads to ${left}`
    const cookies = JSON.stringify(answer.headers['set-cookie'] ?? '')
    return cookies.includes(evil) ? `${path} at ${host} is kept in a cookie: ${cookies}` : null
  })
})

test('an own page at one host is none at another', async ({ api }) => {
  await campaign('origin of another host', attempts * 2, async (random) => {
    const session = await invite(api, { org_id: org, user_id: freshUser() })
    const evil = 'evil-origin.test'
    const atDomain = random.below(2) === 1
    const host = atDomain ? `${domain}:${port()}` : own()
    const wrong = [
      atDomain ? instance().publicUrl : `http://${domain}:${port()}`,
      `http://${evil}`,
      `http://${evil}:${port()}`,
      'null',
      `http://${domain}.${evil}`,
      `https://${atDomain ? domain : 'localhost'}`,
    ]
    const origin = random.pick(wrong)
    const saying = sayings(random, URL.parse(origin)?.host ?? evil, '/')
    const answer = await sendByLetter({
      path: `/connect/${session.id}/enter`,
      method: 'POST',
      headers: { host, origin, ...saying, 'content-type': 'application/json' },
      body: JSON.stringify({ token: session.token }),
    })
    if (answer.headers['set-cookie']) return `a cookie for ${origin} at ${host}, ${JSON.stringify(saying)}`
    // Next asks for the address of what it takes for data; that is another request, which comes from nowhere better.
    const elsewhere = answer.status === 307 && leads(answer, []) === null
    return answer.status === 403 || elsewhere
      ? null
      : `${answer.status} for ${origin} at ${host}, ${JSON.stringify(saying)}`
  })
})

test('two hosts, or none that can be read, are refused', async () => {
  await campaign('unclear host', attempts, async (random) => {
    const host = random.pick([
      `${own()}, ${domain}`,
      `${domain}, ${own()}`,
      `${domain} ${own()}`,
      `${domain}@${own()}`,
      `${own()}@${domain}`,
      `${domain}/${own()}`,
      `${domain}#`,
      `${domain}?`,
      `${domain}:80:80`,
      `${domain}..`,
      `.${domain}`,
      `${domain}:abc`,
      'ｅvil'.normalize('NFKC').concat('%2e', domain),
      ':',
      '[::1',
    ])
    const answer = await sendByLetter({
      path: random.pick(['/console', '/api/v1/orgs', '/']),
      headers: { host },
    })
    return answer.status === 400 || answer.status === 404 ? null : `${answer.status} for “${host}”`
  })
})
