import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { selfSigned } from '../../scripts/testing/self-signed.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { type DoorName, doors, siteMax } from './doors.ts'
import { base, basic, type OauthRig, pkce, post, redirectUri, send, startOauth } from './testing.ts'

let rig: OauthRig
let superuser: Superuser
let documents: Server
let clientId = ''
let fetched = 0

beforeAll(async () => {
  superuser = await useSuperuser()
  const { key, cert } = selfSigned('localhost')
  setDefaultCACertificates([...getCACertificates('default'), cert])
  documents = createServer({ key, cert }, (request, response) => {
    fetched++
    const client_id = `https://localhost:${(documents.address() as AddressInfo).port}${request.url}`
    const document = { client_id, client_name: 'Desk', redirect_uris: [redirectUri] }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  })
  await new Promise<void>((done) => documents.listen(0, '127.0.0.1', done))
  process.env.BEHALF_EGRESS_ALLOW = `cimd=localhost:${(documents.address() as AddressInfo).port}`
  rig = await startOauth()
  const grants = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code']
  const made = await rig.register({ client_name: 'Desk', redirect_uris: [redirectUri], grant_types: grants })
  clientId = ((await made.json()) as { client_id: string }).client_id
}, 90_000)
afterAll(async () => {
  documents.closeAllConnections()
  documents.close()
  await rig.stop()
})

/** Sets all counts of a door as if so many had come. */
const already = (door: DoorName, tries: number, whose: 'one' | 'site' | 'all') =>
  superuser.tamper('UPDATE credential_tries SET tries = $2 WHERE subject LIKE $1', [
    `oauth/${door}${{ one: '/%', site: '~/%', all: '' }[whose]}`,
    tries,
  ])

const authorizeUrl = (client_id: string) => {
  const url = new URL('/oauth/authorize', base)
  const params = { client_id, redirect_uri: redirectUri, response_type: 'code' }
  url.search = new URLSearchParams({
    ...params,
    ...{ code_challenge: pkce().challenge, code_challenge_method: 'S256' },
  }).toString()
  return url
}
const form = () => Object.fromEntries(authorizeUrl(clientId).searchParams)

const accept = { accept: 'application/json' }
const asks: [DoorName, (peer: string) => Promise<Response>][] = [
  [
    'authorization',
    (peer) => send(authorizeUrl(clientId), { headers: { ...accept, 'x-behalf-peer': peer } }),
  ],
  ['pushed', (peer) => post('/oauth/par', form(), { 'x-behalf-peer': peer })],
  [
    'device',
    (peer) => post('/oauth/device_authorization', { client_id: clientId }, { 'x-behalf-peer': peer }),
  ],
  [
    'registration',
    (peer) => rig.register({ client_name: 'Many', redirect_uris: [redirectUri] }, { 'x-behalf-peer': peer }),
  ],
]

const tooMany = async (response: Response) => {
  const body = (await response.json()) as Record<string, unknown>
  expect([response.status, body.error]).toEqual([429, 'temporarily_unavailable'])
  const seconds = Number(response.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(3_600)
  expect(response.headers.get('cache-control')).toBe('no-store')
}

test.each(asks)('one network asks for %s so often and no more; another one does', async (door, ask) => {
  const records = async () => (await superuser.sql('SELECT 1 FROM oauth_records')).length
  expect((await ask('2001:db8:1:1::1')).status).toBeLessThan(400)
  await already(door, doors[door].one - 1, 'one')
  expect((await ask('2001:db8:1:1::2')).status).toBeLessThan(400)
  const before = await records()
  await tooMany(await ask('2001:db8:1:1:ffff::3'))
  expect(await records()).toBe(before)
  expect((await ask('2001:db8:1:2::1')).status).toBeLessThan(400)
})

test('a path that is spelt another way than it is published leads past no door: nothing is there', async () => {
  const passesForAnother = { client_name: 'Cl\u0430ude', redirect_uris: ['http://client.example/callback'] }
  const register = (path: string) =>
    send(`${base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(passesForAnother),
    })
  for (const path of ['/oauth/REGISTER', '/oauth/Register', '/oauth/register/', '/oauth/REGISTER/'])
    expect([path, (await register(path)).status]).toEqual([path, 404])
  for (const name of ['par', 'device_authorization', 'token', 'introspect', 'revoke'])
    for (const path of [`/oauth/${name.toUpperCase()}`, `/oauth/${name}/`])
      expect([path, (await post(path, form())).status]).toEqual([path, 404])
  for (const path of ['/oauth/AUTHORIZE', '/oauth/authorize/', '/oauth/Device_Code', '/oauth/JWKS']) {
    const url = authorizeUrl(clientId)
    url.pathname = path
    expect([path, (await send(url, { headers: accept })).status]).toEqual([path, 404])
  }
})

test('what nobody can mean is refused, and is no failure of ours', async () => {
  const { clientId: agent, secret } = await rig.agent('acme')
  const own = { grant_type: 'client_credentials' }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const unnamed = `${part({ alg: 'ES256' })}.${part({ iss: 5 })}.x`
  const exotic = { kty: 'EC', crv: 'P-256', x: '\0', y: 'x' }
  const authorize = (name: string) => {
    const url = authorizeUrl(clientId)
    url.searchParams.set(name, 'a\0b')
    return send(url, { headers: accept })
  }
  const answers = await Promise.all([
    post('/oauth/token', { ...own, resource: `${base}/mcp/orgs/%00` }, basic(agent, secret)),
    post('/oauth/par', { client_assertion: unnamed }),
    post('/oauth/par', { ...form(), state: 'a\0b' }),
    ...['state', 'ui_locales', 'login_hint'].map(authorize),
    rig.register({
      ...{ client_name: 'Desk', redirect_uris: [redirectUri] },
      ...{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [exotic] } },
    }),
  ])
  expect(answers.map(({ status }) => status)).toEqual([400, 401, 400, 400, 400, 400, 400])
})

test('many networks of one site do not use up what everybody shares', async () => {
  const ask = (peer: string) => post('/oauth/par', form(), { 'x-behalf-peer': peer })
  expect((await ask('2001:db8:5:1::1')).status).toBe(201)
  await already('pushed', siteMax('pushed') - 1, 'site')
  expect((await ask('2001:db8:5:2::1')).status).toBe(201)
  const [before] = await superuser.sql(`SELECT tries FROM credential_tries WHERE subject = 'oauth/pushed'`)
  await tooMany(await ask('2001:db8:5:3::1'))
  await tooMany(await ask('2001:db8:5:4::1'))
  expect(await superuser.sql(`SELECT tries FROM credential_tries WHERE subject = 'oauth/pushed'`)).toEqual([
    before,
  ])
  expect((await ask('2001:db8:6:1::1')).status).toBe(201)
})

test('a count begins anew when its time is over', async () => {
  const ask = () => post('/oauth/par', form(), { 'x-behalf-peer': '198.51.100.1' })
  expect((await ask()).status).toBe(201)
  await already('pushed', doors.pushed.one + 5, 'one')
  await superuser.tamper(
    `UPDATE credential_tries SET started_at = started_at - make_interval(secs => $1)
     WHERE subject LIKE 'oauth/pushed/%'`,
    [doors.pushed.seconds],
  )
  expect((await ask()).status).toBe(201)
})

test('a person is told on a page, with when to come again', async () => {
  const ask = () =>
    send(authorizeUrl(clientId), { headers: { accept: 'text/html,*/*', 'x-behalf-peer': '198.51.100.2' } })
  expect((await ask()).status).toBe(303)
  await already('authorization', doors.authorization.one, 'one')
  const page = await ask()
  expect([page.status, page.headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8'])
  expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await page.text()).not.toContain('temporarily_unavailable')
})

test('documents of clients are fetched so often for one network; what it may not have fetched is no client’s fault', async () => {
  const { port } = documents.address() as AddressInfo
  const ask = (name: string, peer: string) =>
    send(authorizeUrl(`https://localhost:${port}/${name}.json`), {
      headers: { ...accept, 'x-behalf-peer': peer },
    })
  expect((await ask('first', '198.51.100.3')).status).toBe(303)
  await already('document', doors.document.one, 'one')
  const before = fetched
  await tooMany(await ask('second', '198.51.100.3'))
  expect(fetched).toBe(before)
  // What is known already costs nothing, and others fetch for themselves.
  expect((await ask('first', '198.51.100.3')).status).toBe(303)
  expect((await ask('second', '198.51.100.4')).status).toBe(303)
})

test('an agent that shows who it is asks for as many as it needs; whoever only names one does not', async () => {
  const { clientId: agent, secret } = await rig.agent('acme', { redirectUris: [redirectUri] })
  const peer = { 'x-behalf-peer': '198.51.100.5' }
  const push = (headers: Record<string, string>, client_id: string) =>
    post('/oauth/par', { ...form(), client_id }, { ...peer, ...headers })
  expect((await push({}, clientId)).status).toBe(201)
  await already('pushed', doors.pushed.one, 'one')
  expect((await push({}, clientId)).status).toBe(429)
  expect((await push(basic(agent, secret), agent)).status).toBe(201)
  expect((await push(basic(agent, 'wrong'), agent)).status).toBe(401)
  expect((await push({}, agent)).status).toBe(429)
  // Anybody can have a secret of a client that registered itself.
  expect((await push(basic(clientId, 'anything'), agent)).status).toBe(429)
})

test('codes of devices are not to be guessed: so many from one network, so many in all', async () => {
  const { enterDeviceCode } = await import('./index.ts')
  const origin = (ip: string) => ({ ip, userAgent: null, traceId: 'f'.repeat(32) })
  const guess = (ip: string) => enterDeviceCode({ headers: new Headers() }, 'BBBB-BBBB', origin(ip))
  const limited = { code: 'rate_limited', facts: { retry_after_seconds: expect.any(Number) } }
  expect(await guess('198.51.100.6')).toBe('unknown')
  await already('user_code', doors.user_code.one - 1, 'one')
  expect(await guess('198.51.100.6')).toBe('unknown')
  await expect(guess('198.51.100.6')).rejects.toMatchObject(limited)
  // A right one is not even looked at.
  const device = await post('/oauth/device_authorization', { client_id: clientId })
  const { user_code } = (await device.json()) as { user_code: string }
  const right = (ip: string) => enterDeviceCode({ headers: new Headers() }, user_code, origin(ip))
  await expect(right('198.51.100.6')).rejects.toMatchObject(limited)
  await already('user_code', doors.user_code.all, 'all')
  await expect(right('198.51.100.7')).rejects.toMatchObject(limited)
})

// Last: what was refused to all stays so in this process.
test.each(asks)(
  'everybody together asks for %s so often and no more, from however many networks',
  async (door, ask) => {
    expect((await ask('198.51.100.20')).status).toBeLessThan(400)
    await already(door, (doors[door].all ?? 0) - 1, 'all')
    expect((await ask('198.51.100.21')).status).toBeLessThan(400)
    await tooMany(await ask('198.51.100.22'))
    await tooMany(await ask('198.51.100.23'))
  },
)
