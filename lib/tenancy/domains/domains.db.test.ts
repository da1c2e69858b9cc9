import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg, lookupDomain } from '#lib/db'
import { askedFor, servedAt } from '#lib/http'
import { parseId } from '#lib/ids'
import { authorizeByHttp } from '../../../sandbox/drive.ts'
import { type DnsServer, startDnsServer } from '../../../scripts/testing/dns-server.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import {
  addDomainIn,
  getDomain,
  listDomains,
  makePrimaryIn,
  removeDomainIn,
  verifiedDomain,
} from '../index.ts'

let practice: Practice
let superuser: Superuser
let dns: DnsServer
const own = 'localhost'
beforeAll(async () => {
  dns = await startDnsServer()
  process.env.BEHALF_DNS_SERVER = dns.address
  superuser = await useSuperuser()
  practice = await startPractice()
  for (const org of ['acme', 'globex']) await practice.session({ org_id: org, user_id: 'u_1' })
})
afterAll(async () => {
  await practice.stop()
  await dns.stop()
})
beforeEach(async () => {
  await superuser.sql('DELETE FROM custom_domains')
  Object.assign(dns.zone, { txt: {}, cname: {}, broken: new Set() })
})

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })

async function add(hostname: string, org = 'acme') {
  const tenant = await practice.tenant(org)
  return forOrg(tenant, (tx) => addDomainIn(tx, tenant, hostname, { type: 'system', id: 'test' }))
}

/** A look now, however short ago the last one was. */
async function check(id: string, org = 'acme') {
  await superuser.sql('UPDATE custom_domains SET checked_at = NULL WHERE id = $1', [
    parseId('custom_domain', id),
  ])
  return practice.connect.checkDomain(await practice.tenant(org), practice.caller, id, origin)
}

type Added = Awaited<ReturnType<typeof add>>

function publish({ hostname, records }: Pick<Added, 'hostname' | 'records'>, target = own) {
  dns.zone.txt[`_behalf.${hostname}`] = ['v=spf1 -all', records[0]?.value ?? '']
  dns.zone.cname[hostname] = target
}

async function live(hostname: string, org = 'acme') {
  const added = await add(hostname, org)
  publish(added)
  const checked = await check(added.id, org)
  expect(checked).toMatchObject({ status: 'live', problems: [] })
  return checked
}

const remove = async (id: string, org = 'acme') => {
  const tenant = await practice.tenant(org)
  return forOrg(tenant, (tx) => removeDomainIn(tx, tenant, id))
}

test('says what to publish, goes live once it is there, and writes down that it did', async () => {
  const added = await add('Connect.ACME.test.')
  expect(added).toMatchObject({
    hostname: 'connect.acme.test',
    status: 'pending',
    records: [
      {
        type: 'TXT',
        name: '_behalf.connect.acme.test',
        value: expect.stringMatching(/^behalf-[0-9a-f]{40}$/),
      },
      { type: 'CNAME', name: 'connect.acme.test', value: own },
    ],
  })
  expect(await check(added.id)).toMatchObject({ status: 'pending', live_since: null })
  expect(await lookupDomain('connect.acme.test')).toBeNull()
  publish(added)
  expect(await check(added.id)).toMatchObject({ status: 'live', primary: true, problems: [] })
  expect((await lookupDomain('connect.acme.test'))?.externalId).toBe('acme')
  expect(await listAudit(await practice.tenant('acme'), { action: 'domain.live' }, null, 1)).toMatchObject([
    { details: { hostname: 'connect.acme.test' } },
  ])
})

test('says exactly what is wrong: what was found, and what was expected', async () => {
  const added = await add('connect.acme.test')
  dns.zone.txt['_behalf.connect.acme.test'] = ['another token']
  dns.zone.cname['connect.acme.test'] = 'elsewhere.test'
  const token = added.records[0]?.value ?? ''
  expect(await check(added.id)).toMatchObject({
    status: 'misconfigured',
    problems: [
      { record: 'TXT', name: '_behalf.connect.acme.test', expected: token, found: ['another token'] },
      {
        record: 'CNAME',
        found: ['elsewhere.test'],
        says: `The CNAME record at connect.acme.test is elsewhere.test; it should be ${own}.`,
      },
    ],
  })
  dns.zone.cname = {}
  dns.zone.txt['_behalf.connect.acme.test'] = [token]
  expect(await check(added.id)).toMatchObject({
    status: 'pending',
    problems: [{ record: 'CNAME', found: [] }],
  })
})

test('follows an alias of an alias, and no circle', async () => {
  const added = await add('connect.acme.test')
  publish(added, 'edge.acme.test')
  dns.zone.cname['edge.acme.test'] = own
  expect(await check(added.id)).toMatchObject({ status: 'live' })
  const circle = await add('circle.acme.test')
  publish(circle, 'round.acme.test')
  dns.zone.cname['round.acme.test'] = 'circle.acme.test'
  expect(await check(circle.id)).toMatchObject({ status: 'misconfigured' })
})

const refused = [
  'localhost',
  'app.localhost',
  'printer.office.local',
  '192.0.2.1',
  '0x7f.0.0.1',
  '2130706433',
  '[::1]',
  'com',
  'co.uk',
  'acme.test',
  'acme.test:8080',
  'https://connect.acme.test',
  'connect.acme.test/path',
  'user@connect.acme.test',
  '*.acme.test',
  'a..acme.test',
  '-a.acme.test',
  'a_b.acme.test',
  `${'a'.repeat(64)}.acme.test`,
  'connect.acme.test\r\nHost: x',
  'connect.acme.123',
  '',
]
test.for(refused)('refuses %s as a domain of an organization', async (hostname) => {
  await expect(add(hostname)).rejects.toEqual(refusal('invalid_request'))
})

test('keeps a domain live over a failure of the name servers, which is no evidence', async () => {
  const { id } = await live('connect.acme.test')
  dns.zone.broken.add('connect.acme.test')
  expect(await check(id)).toMatchObject({
    status: 'live',
    goes_down_at: null,
    problems: [{ record: 'resolver' }],
  })
})

const age = (id: string, column: 'failing_since' | 'checked_at', hours: number) =>
  superuser.sql(`UPDATE custom_domains SET ${column} = now() - make_interval(hours => $2) WHERE id = $1`, [
    parseId('custom_domain', id),
    hours,
  ])

test('gives no new links for a domain from the moment its records are wrong, and takes it down after three days', async () => {
  const { id } = await live('connect.acme.test')
  const links = async () => (await practice.session({ org_id: 'acme', user_id: 'u_1' })).hosted_url
  expect(await links()).toMatch(/^http:\/\/connect\.acme\.test:3999\/c\//)
  dns.zone.cname['connect.acme.test'] = 'elsewhere.test'
  const failing = await check(id)
  expect(failing).toMatchObject({ status: 'live', problems: [{ record: 'CNAME' }] })
  expect(failing.goes_down_at).not.toBeNull()
  expect(await links()).toMatch(/^http:\/\/localhost:3999\/c\//)
  expect(await verifiedDomain(await practice.tenant('acme'))).toBeNull()
  // People who are under way still get through.
  expect(await lookupDomain('connect.acme.test')).not.toBeNull()
  await age(id, 'failing_since', 73)
  expect(await check(id)).toMatchObject({ status: 'misconfigured', live_since: null, primary: false })
  expect(await lookupDomain('connect.acme.test')).toBeNull()
  expect(await listAudit(await practice.tenant('acme'), { action: 'domain.down' }, null, 1)).toHaveLength(1)
})

test('recovers within its grace', async () => {
  const { id, hostname, records } = await live('connect.acme.test')
  dns.zone.txt = {}
  expect((await check(id)).goes_down_at).not.toBeNull()
  publish({ hostname, records })
  expect(await check(id)).toMatchObject({ status: 'live', goes_down_at: null, problems: [] })
})

test('looks live ones up daily and waiting ones hourly, by itself', async () => {
  const settled = await live('one.acme.test')
  const waiting = await add('two.acme.test')
  await check(waiting.id)
  await age(settled.id, 'checked_at', 2)
  await age(waiting.id, 'checked_at', 2)
  const tenant = await practice.tenant('acme')
  const before = dns.asked()
  publish(waiting)
  await practice.connect.checkDueDomains(tenant)
  expect(await getDomain(tenant, waiting.id)).toMatchObject({ status: 'live' })
  const afterOne = dns.asked()
  expect(afterOne).toBeGreaterThan(before)
  await practice.connect.checkDueDomains(tenant)
  expect(dns.asked()).toBe(afterOne)
  await age(settled.id, 'checked_at', 24)
  dns.zone.cname['one.acme.test'] = 'elsewhere.test'
  await practice.connect.checkDueDomains(tenant)
  expect((await getDomain(tenant, settled.id)).goes_down_at).not.toBeNull()
})

test('has two live at once for a move, and the third waits', async () => {
  const first = await live('old.acme.test')
  const second = await live('new.acme.test')
  expect(second.primary).toBe(false)
  const third = await add('third.acme.test')
  publish(third)
  expect(await check(third.id)).toMatchObject({ status: 'pending', problems: [{ record: 'limit' }] })
  const tenant = await practice.tenant('acme')
  await forOrg(tenant, (tx) => makePrimaryIn(tx, tenant, second.id))
  expect((await practice.session({ org_id: 'acme', user_id: 'u_1' })).url).toContain('//new.acme.test')
  expect((await listDomains(tenant)).filter(({ primary }) => primary)).toHaveLength(1)
  await remove(second.id)
  expect(await getDomain(tenant, first.id)).toMatchObject({ primary: true })
  expect(await check(third.id)).toMatchObject({ status: 'live' })
})

test('has no more than two live of ten checked at once', async () => {
  const added = await Promise.all(Array.from({ length: 10 }, (_, at) => add(`d${at}.acme.test`)))
  for (const one of added) publish(one)
  await expect(add('d10.acme.test')).rejects.toEqual(refusal('conflict'))
  await Promise.all(added.map(({ id }) => check(id)))
  const now = await listDomains(await practice.tenant('acme'))
  expect(now.filter(({ status }) => status === 'live')).toHaveLength(2)
  expect(now.filter(({ primary }) => primary)).toHaveLength(1)
})

test('gives a hostname to the one that proved it; asking for it blocks nobody', async () => {
  const squatted = await add('connect.acme.test', 'globex')
  const { id } = await live('connect.acme.test')
  // Both have published theirs, which one owner of a zone could do for two customers by mistake.
  dns.zone.txt['_behalf.connect.acme.test']?.push(squatted.records[0]?.value ?? '')
  expect(await check(squatted.id, 'globex')).toMatchObject({
    status: 'misconfigured',
    problems: [{ record: 'taken' }],
  })
  expect((await lookupDomain('connect.acme.test'))?.externalId).toBe('acme')
  await remove(id)
  expect(await check(squatted.id, 'globex')).toMatchObject({ status: 'live' })
})

test('calls verified what was proven: the hostname, and a parent only where it has the record too', async () => {
  const tenant = await practice.tenant('acme')
  expect(await verifiedDomain(tenant)).toBeNull()
  const { id, records } = await live('connect.eu.acme.test')
  expect(await verifiedDomain(tenant)).toBe('connect.eu.acme.test')
  dns.zone.txt['_behalf.acme.test'] = [records[0]?.value ?? '']
  expect(await check(id)).toMatchObject({ verified_domain: 'acme.test' })
  expect(await verifiedDomain(tenant)).toBe('acme.test')
})

test('of another organization is as absent as one that never was', async () => {
  const added = await add('connect.acme.test')
  const globex = await practice.tenant('globex')
  for (const id of [added.id, 'dom_nothing', `dom_${'0'.repeat(32)}`]) {
    await expect(getDomain(globex, id)).rejects.toEqual(refusal('not_found'))
    await expect(remove(id, 'globex')).rejects.toEqual(refusal('not_found'))
    await expect(check(added.id, 'globex')).rejects.toEqual(refusal('not_found'))
  }
})

// Whose pages a request asks for.

const asked = (headers: Record<string, string>) =>
  askedFor(new Headers({ 'x-behalf-peer': '192.0.2.1', ...headers }))

test('finds the organization by the Host header alone, and by a forwarded one from nobody who is not trusted', async () => {
  await live('connect.acme.test')
  expect(await asked({ host: 'Connect.Acme.TEST:443' })).toMatchObject({
    kind: 'domain',
    hostname: 'connect.acme.test',
  })
  for (const host of [
    'localhost:3999',
    '127.0.0.1',
    '[::1]:3000',
    'behalf',
    'unknown.acme.test',
    'acme.test',
  ])
    expect(await asked({ host }), host).toEqual({ kind: 'own' })
  expect(await asked({ host: 'localhost', 'x-forwarded-host': 'connect.acme.test' })).toEqual({ kind: 'own' })
  expect(await asked({ host: 'connect.acme.test', 'x-forwarded-host': 'localhost' })).toMatchObject({
    kind: 'domain',
  })
  for (const host of [
    'connect.acme.test, localhost',
    'connect.acme.test/x',
    'a@connect.acme.test',
    'a b',
    '',
  ])
    expect(await asked({ host }), host).toEqual({ kind: 'unclear' })
})

test('serves an organization its own portal at its domain, and not the console, the API or another one’s session', async () => {
  await live('connect.acme.test')
  const acme = await practice.tenant('acme')
  const mine = await practice.session({ org_id: 'acme', user_id: 'u_1' })
  const other = await practice.session({ org_id: 'globex', user_id: 'u_1' })
  const at = (path: string, bearer?: string) =>
    servedAt(acme, path, new Headers(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }))
  const link = (session: typeof mine) => new URL(session.hosted_url).pathname
  for (const path of [
    `/connect/${mine.id}`,
    `/connect/${mine.id}/consent/github`,
    `/connect/${mine.id}/confirm/code`,
    link(mine),
    `${link(mine)}/enter`,
    '/_next/static/chunks/a.js',
    '/icon.svg',
  ])
    expect(await at(path), path).toBe('served')
  for (const path of [
    `/connect/${other.id}`,
    `/connect/${other.id}/approve`,
    link(other),
    `${link(other)}/enter`,
  ])
    expect(await at(path), path).toBe('elsewhere')
  expect(await at('/connect/start/session', other.token)).toBe('elsewhere')
  for (const path of [
    '/',
    '/console',
    '/console/acme/domains',
    '/api/v1/orgs',
    '/api/auth/signin',
    '/docs',
    '/demo',
    '/gallery',
    '/metrics',
    '/domains/ask',
    '//console',
    '/connect/../console',
    '/%63onsole',
    '/connect/sso',
    `/connect/${mine.id}/../../console`,
    `/connect/${mine.id}/./x/../../../console`,
    `/connect/${mine.id}//console`,
    '/_next/static/../../console',
    '/_next/static/%2e%2e/%2e%2e/console',
    '/_next/static/%252e%252e/console',
    `/CONNECT/${mine.id}`,
    `/connect/${mine.id}%2f..%2f..%2fconsole`,
  ])
    expect(await at(path), path).toBe('absent')
})

test('brings a provider’s answer back to the domain that the browser left from, sealed and good there alone', async () => {
  await live('connect.acme.test')
  const session = await practice.session({
    org_id: 'acme',
    user_id: 'u_hop',
    scopes: { sandbox: ['tasks:read'] },
  })
  const { open } = await practice.connect.enter(session.token)
  await practice.connect.rememberHost(open, 'connect.acme.test')
  const { location, flow } = await practice.approve(session, ['tasks:read'])
  const back = await authorizeByHttp({ authorizeUrl: location, user: 'ana', grant: 'all' })
  expect(back.origin).toBe('http://localhost:3999')
  const config = back.pathname.split('/').at(-1) ?? ''
  const hop = new URL((await practice.connect.hopBack(session.id, config, back.searchParams)) ?? '')
  expect(hop.origin).toBe('http://connect.acme.test:3999')
  expect(hop.pathname).toBe(back.pathname)
  for (const secret of ['code', 'state']) expect(hop.href).not.toContain(back.searchParams.get(secret) ?? '-')
  const opened = await practice.connect.openHop(hop.searchParams.get('hop') ?? '')
  const params = opened?.params ?? new URLSearchParams()
  await expect(practice.connect.callback(null, config, params, origin)).rejects.toEqual(
    refusal('user_mismatch'),
  )
  const ended = await practice.connect.callback(flow, config, params, origin)
  expect(ended.flow.confirmationCode).toBeDefined()
  const sealed = hop.searchParams.get('hop') ?? ''
  const middle = Math.floor(sealed.length / 2)
  const bent = sealed.slice(0, middle) + (sealed[middle] === 'A' ? 'B' : 'A') + sealed.slice(middle + 1)
  for (const forged of ['', 'x', 'Fe26.2*1*x', bent])
    expect(await practice.connect.openHop(forged)).toBeNull()
})

test('takes nobody to a domain that is not the session’s organization’s any more', async () => {
  const { id } = await live('connect.acme.test')
  const session = await practice.session({ org_id: 'acme', user_id: 'u_hop2' })
  const { open } = await practice.connect.enter(session.token)
  await practice.connect.rememberHost(open, 'connect.acme.test')
  await remove(id)
  expect(await practice.connect.hopBack(session.id, 'ac_x', new URLSearchParams())).toBeNull()
  await live('connect.acme.test', 'globex')
  expect(await practice.connect.hopBack(session.id, 'ac_x', new URLSearchParams())).toBeNull()
})
