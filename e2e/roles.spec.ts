// Who may do what in the console: the matrix of docs/roles.md, held against every page, route handler and action with the
// pages' own forms bypassed. Nothing here goes through proxy.ts's word: with that file taken away all of it holds as well.
import { createHash, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type APIRequestContext, type APIResponse, request as requests } from '@playwright/test'
import { decode, encode } from 'next-auth/jwt'
import { freshFor, type MemberRole, memberRoles, type Permission, permits } from '#lib/identity/schema'
import { readSetup } from '../scripts/environment.ts'
import { root } from '../scripts/install.mjs'
import { instance, instanceEnv } from '../scripts/testing/instance.ts'
import { asSuperuser } from './support/console.ts'
import { actions, pages } from './support/console-map.ts'
import { type Api, apiWith, connectedAccount, expect, test } from './support/test.ts'

const org = 'e2e-roles'
const secretOfOrg = 'Ruritania Rolling Stock'
const folder = join(root, 'app/(console)/console')

/** Every folder below `[org]` with a page or a route handler. */
const existing = readdirSync(join(folder, '[org]'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /(^|\/)(page\.tsx|route\.ts)$/.test(file))
  .map((file) => (dirname(file) === '.' ? '' : dirname(file)))

type Action = {
  id: string
  file: string
  name: string
  /** `undefined` for one that the map does not know. */
  needs: Permission | 'anyone' | undefined
  args: readonly string[]
}

/** Every action of the console that was built, whatever page shows it. */
function builtActions(): Action[] {
  const manifest = JSON.parse(
    readFileSync(join(root, '.next/server/server-reference-manifest.json'), 'utf8'),
  ) as { node: Record<string, { filename: string; exportedName: string }> }
  return Object.entries(manifest.node)
    .filter(([, { filename }]) => filename.startsWith('app/(console)/console/'))
    .map(([id, { filename, exportedName: name }]) => {
      const file = filename.slice('app/(console)/console/'.length)
      const found = actions[`${file}#${name}`] ?? actions[file]
      const [needs, ...args] = found === undefined || typeof found === 'string' ? [found] : found
      return { id, file, name, needs, args }
    })
}

type Someone = {
  role: MemberRole
  operator: boolean
  http: APIRequestContext
  memberId: string
  email: string
}

const visitor = () => requests.newContext({ baseURL: instance().publicUrl })

/** Opens a sign-in link that was made behind the product's back: the instance's own go by mail. */
async function signInAs(memberId: string): Promise<APIRequestContext> {
  const token = `bhf_al_${randomBytes(32).toString('base64url')}`
  await asSuperuser(
    `INSERT INTO sign_in_links (org_id, id, member_id, token_hash, expires_at, break_glass)
     SELECT org_id, $1, id, $2, now() + interval '10 minutes', true FROM members WHERE id = $3`,
    [randomUUID(), createHash('sha256').update(token).digest(), memberId],
  )
  const http = await visitor()
  const { csrfToken } = await (await http.get('/api/auth/csrf')).json()
  const answer = await http.post('/api/auth/callback/sign-in-link', {
    form: { csrfToken, token, callbackUrl: '/console' },
    maxRedirects: 0,
  })
  expect(answer.status()).toBe(302)
  expect(answer.headers().location, 'signed in').toMatch(/\/console$/)
  return http
}

const uuidOf = (publicId: unknown) =>
  String(publicId)
    .replace(/^\w+_/, '')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

async function member(api: Api, role: MemberRole, operator: boolean): Promise<Someone> {
  const email = `${role}-${operator ? 'operator' : 'member'}-${Date.now()}@roles.test`
  const { body, status } = await api.post('/members', { email, role, ...(!operator && { org_id: org }) })
  expect(status, JSON.stringify(body)).toBe(201)
  const memberId = String(body.id)
  return { role, operator, email, memberId, http: await signInAs(uuidOf(memberId)) }
}

let everybody: Someone[] = []
let ids: Readonly<Record<string, string>> = {}

/** A page's address, with ids of things that are there where the test knows one. */
const addressOf = (page: string, segment: string) =>
  `/console/${segment}${page && `/${page}`}`.replace(/\[(\w+)\]/g, (_, name) => ids[`${page}`] ?? `x_${name}`)

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  const api = apiWith(instance().rootKey)
  const page = await browser.newPage({ baseURL: instance().publicUrl })
  const account = await connectedAccount(page, api, { org })
  await page.close()
  await asSuperuser(`UPDATE organizations SET name = $1 WHERE external_id = $2`, [secretOfOrg, org])
  everybody = []
  for (const operator of [false, true])
    for (const role of memberRoles) everybody.push(await member(api, role, operator))
  ids = { 'accounts/[id]': account.id, 'members/[id]': everybody[0]?.memberId ?? '' }
})

test.afterAll(async () => {
  await Promise.all(everybody.map(({ http }) => http.dispose()))
  // An owner of the deployment who nobody knows is none to leave behind.
  await asSuperuser(`UPDATE members SET disabled_at = now() WHERE email LIKE '%@roles.test'`)
})

test('every page, route handler and action of the console has a line in the matrix', () => {
  expect(existing.filter((page) => !(page in pages))).toEqual([])
  expect(builtActions().flatMap(({ file, name, needs }) => (needs ? [] : `${file}#${name}`))).toEqual([])
  expect(builtActions().length).toBeGreaterThan(30)
})

/** What a page answers with. Some of what opens never ends: its text is read of refusals alone. */
async function opened(http: APIRequestContext, address: string) {
  const { cookies } = await http.storageState()
  const ended = new AbortController()
  const answer = await fetch(`${instance().publicUrl}${address}`, {
    headers: { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
    redirect: 'manual',
    signal: ended.signal,
  })
  const text = answer.status === 200 ? '' : await answer.text()
  ended.abort()
  return { status: answer.status, text }
}

test('a page opens for the roles that may read it and answers 403 to all others', async () => {
  test.setTimeout(240_000)
  const wrong: string[] = []
  for (const { role, operator, http } of everybody) {
    for (const page of existing) {
      const needs = pages[page]
      if (!needs) continue
      for (const segment of operator && needs.everywhere ? [org, '~'] : [org]) {
        const { status, text } = await opened(http, `${addressOf(page, segment)}${needs.query ?? ''}`)
        // What is asked for by an invented id is not there, for those who may look.
        const fits = permits(role, needs.needs)
          ? status === 200 || (page.includes('[') && status === 404)
          : status === 403
        if (!fits) wrong.push(`${operator ? 'operator' : 'member'} ${role}: ${segment}/${page} ${status}`)
        if (status === 403 && text.includes(secretOfOrg)) wrong.push(`${role}: ${page} tells`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test('the pages of the deployment and of other orgs are not there for members of an org', async ({ api }) => {
  await api.post('/connect_sessions', { org_id: 'e2e-roles-other', user_id: 'u' })
  const wrong: string[] = []
  for (const { role, http } of everybody.filter(({ operator }) => !operator)) {
    for (const page of existing.filter((one) => !one.includes('['))) {
      for (const segment of ['~', '%7E', 'e2e-roles-other']) {
        const status = (await http.get(addressOf(page, segment), { maxRedirects: 0 })).status()
        if (status !== 404) wrong.push(`${role}: ${segment}/${page} ${status}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

/** What an action is called with: the org first, then whatever else; a form stands for itself everywhere. */
function argumentsOf(segment: string, args: readonly string[]): FormData {
  const form = new FormData()
  form.set('_1_x', 'x')
  form.set('0', JSON.stringify([segment, ...args, '$K1', '$K1', '$K1', '$K1']))
  return form
}

/** Calls an action the way a browser does, from a page that is there for everybody. */
async function act(
  http: APIRequestContext,
  { id, args }: Action,
  segment: string,
  headers: Record<string, string> = {},
  multipart: FormData = argumentsOf(segment, args),
) {
  return http.post(`/console/${segment}/agents`, {
    headers: { 'next-action': id, accept: 'text/x-component', origin: instance().publicUrl, ...headers },
    multipart,
    maxRedirects: 0,
  })
}

/** An answer whose first part is on its way keeps its 200; how the action ended stands in its body then. */
async function verdictOf(answer: APIResponse): Promise<number> {
  const thrown = /"digest":"NEXT_HTTP_ERROR_FALLBACK;(\d{3})"/.exec(await answer.text())?.[1]
  if (thrown !== undefined) return Number(thrown)
  return 'x-action-redirect' in answer.headers() ? 303 : answer.status()
}

/** What all that changes something leaves behind, of the org and of the deployment. */
async function traces(): Promise<unknown> {
  const [row] = await asSuperuser(
    `SELECT count(*)::int AS events FROM audit_events a JOIN organizations o ON o.id = a.org_id
     WHERE (o.external_id = $1 OR o.id = '00000000-0000-0000-0000-000000000000')
       AND a.action NOT LIKE '%.viewed' AND a.action NOT LIKE 'root_key%'`,
    [org],
  )
  return row?.events
}

test('an action answers 403 to every role that lacks its permission, and nothing has changed', async () => {
  test.setTimeout(240_000)
  const before = await traces()
  const wrong: string[] = []
  let asked = 0
  for (const { role, operator, http } of everybody) {
    for (const action of builtActions()) {
      if (action.needs === undefined || action.needs === 'anyone' || permits(role, action.needs)) continue
      for (const segment of operator ? [org, '~'] : [org]) {
        const status = await verdictOf(await act(http, action, segment))
        asked++
        // What the deployment has none of is not there; so is what is the deployment's alone, for members of an org.
        const refused =
          status === 403 || (status === 404 && (segment === '~' || action.name === 'rewrapKeys'))
        if (!refused)
          wrong.push(
            `${operator ? 'operator' : 'member'} ${role}: ${segment} ${action.file}#${action.name} ${status}`,
          )
      }
    }
  }
  expect(wrong).toEqual([])
  expect(asked).toBeGreaterThan(300)
  expect(await traces()).toBe(before)
})

test('nobody, whatever headers and however the address is written, sees nothing of the console', async () => {
  test.setTimeout(240_000)
  const nobody = await visitor()
  const wrong: string[] = []
  const ways: Record<string, string>[] = [
    {},
    { 'x-middleware-subrequest': 'proxy' },
    { 'x-middleware-subrequest': Array(6).fill('middleware').join(':') },
    { 'x-middleware-subrequest': Array(6).fill('src/middleware').join(':') },
    { 'x-middleware-next': '1' },
    { rsc: '1' },
    { rsc: '1', 'next-router-prefetch': '1' },
    { rsc: '1', 'next-router-segment-prefetch': '/_tree' },
    { purpose: 'prefetch', 'sec-purpose': 'prefetch' },
    { connection: 'upgrade', upgrade: 'websocket' },
    { 'x-invoke-path': `/console/${org}/audit`, 'x-matched-path': `/console/${org}/audit` },
    { cookie: 'behalf-console-session=eyJhbGciOiJub25lIn0.e30.' },
  ]
  const spelt = (address: string) => [
    address,
    `${address}.rsc`,
    `${address}.segments/_tree.segment.rsc`,
    `${address}?_rsc=1`,
    `${address}/`,
    `/${address}`,
    address.replace('/console', '/%63onsole'),
    address.replace('/console', '/console/.'),
    address.replace('/console', '/CONSOLE'),
    `/_next/data/build${address}.json`,
  ]
  const look = async (address: string, headers: Record<string, string>) => {
    const answer = await nobody.get(`${instance().publicUrl}${address}`, {
      headers,
      maxRedirects: 0,
      timeout: 20_000,
    })
    const text = await answer.text()
    const told = [secretOfOrg, 'ana@acme.test', '@roles.test', 'Sign out'].filter((word) =>
      text.includes(word),
    )
    const location = answer.headers().location ?? ''
    const away = answer.status() >= 300 && answer.status() < 400 && /\/console|\/%63onsole/.test(location)
    if (told.length > 0 || !(away || [400, 401, 403, 404].includes(answer.status())))
      wrong.push(`${JSON.stringify(headers)} ${address}: ${answer.status()} ${told}`)
  }
  for (const page of existing)
    for (const headers of ways.slice(0, 7)) await look(addressOf(page, org), headers)
  for (const headers of ways)
    for (const address of spelt(`/console/${org}/accounts`)) await look(address, headers)
  expect(wrong).toEqual([])
  const before = await traces()
  for (const action of builtActions().filter(({ needs }) => needs !== 'anyone')) {
    const verdict = await verdictOf(await act(nobody, action, org))
    if (verdict < 300) wrong.push(`${action.file}#${action.name} ${verdict}`)
  }
  expect(wrong).toEqual([])
  expect(await traces()).toBe(before)
  await nobody.dispose()
})

test('what another site posts with an admin’s cookie changes nothing, plain text included', async () => {
  const owner = everybody.find(({ role, operator }) => role === 'owner' && !operator)
  const invite = builtActions().find(({ name }) => name === 'inviteMember')
  if (!owner || !invite) throw new Error('nobody to try')
  const before = await traces()
  const address = `/console/${org}/members`
  const call = JSON.stringify([org, null, '$K1'])
  const evil = 'https://evil.example'
  const answers = [
    await act(owner.http, invite, org, { origin: evil }),
    await act(owner.http, invite, org, { origin: 'null' }),
    await act(owner.http, invite, org, { origin: evil, 'x-forwarded-host': 'evil.example' }),
    await owner.http.post(address, {
      headers: { 'next-action': invite.id, origin: evil, 'content-type': 'text/plain' },
      data: call,
    }),
    await owner.http.post(address, { headers: { origin: evil, 'content-type': 'text/plain' }, data: call }),
    await owner.http.post(address, {
      headers: { origin: evil },
      multipart: { [`$ACTION_ID_${invite.id}`]: '', email: 'mallory@evil.example', role: 'owner' },
    }),
    await owner.http.post('/api/auth/callback/sign-in-link', {
      headers: { origin: evil },
      form: { token: 'x', csrfToken: 'guessed' },
      maxRedirects: 0,
    }),
  ]
  for (const [at, answer] of answers.entries())
    expect(answer.status() >= 300 || !(await answer.text()).includes('mallory'), `${at}`).toBe(true)
  expect(await traces()).toBe(before)
  const [row] = await asSuperuser(`SELECT count(*)::int AS n FROM members WHERE email LIKE '%evil.example'`)
  expect(row?.n).toBe(0)
})

test('a session ends within a second of a disabling, a change of role, and a sign-out', async ({ api }) => {
  const opens = async (http: APIRequestContext) =>
    (await http.get(`/console/${org}/agents`, { maxRedirects: 0 })).status() === 200
  const { body } = await api.post('/members', { email: 'stale@roles.test', role: 'auditor', org_id: org })
  const id = String(body.id)
  const ends: (() => Promise<unknown>)[] = [
    () => api.call('PATCH', `/members/${id}`, { role: 'support' }),
    () => api.post(`/members/${id}/end_sessions`),
    () => api.post(`/members/${id}/disable`),
  ]
  for (const end of ends) {
    const http = await signInAs(uuidOf(id))
    expect(await opens(http)).toBe(true)
    await end()
    const since = performance.now()
    expect(await opens(http)).toBe(false)
    expect(performance.now() - since).toBeLessThan(1_000)
    await http.dispose()
  }
  await api.post(`/members/${id}/enable`)
  const http = await signInAs(uuidOf(id))
  const signOut = builtActions().find(({ name }) => name === 'signOut')
  const copy = await requests.newContext({
    baseURL: instance().publicUrl,
    storageState: await http.storageState(),
  })
  const nothing = new FormData()
  nothing.set('0', '[]')
  if (signOut) await act(http, signOut, org, {}, nothing)
  expect(await opens(copy)).toBe(false)
  await http.dispose()
  await copy.dispose()
})

test('nobody gives themselves another role', async () => {
  const owner = everybody.find(({ role, operator }) => role === 'owner' && !operator)
  if (!owner) throw new Error('nobody to try')
  const answer = await act(owner.http, membersAction('changeRole'), org, {}, ownRole(owner, 'auditor'))
  expect(await answer.text()).toContain('Nobody changes their own role')
  const [row] = await asSuperuser('SELECT role FROM members WHERE email = $1', [owner.email])
  expect(row?.role).toBe('owner')
})

function membersAction(name: string): Action {
  const found = builtActions().find((one) => one.name === name && one.file.startsWith('[org]/members/'))
  if (!found) throw new Error(`there is no action ${name}`)
  return found
}

function ownRole({ memberId }: Someone, role: MemberRole): FormData {
  const form = new FormData()
  form.set('_1_role', role)
  form.set('0', JSON.stringify([org, memberId, null, '$K1']))
  return form
}

/** The same session an hour later, as its cookie would say. */
async function anHourLater(http: APIRequestContext): Promise<APIRequestContext> {
  const { env } = readSetup({ ...process.env, ...instanceEnv() })
  const key = hkdfSync('sha256', env.BEHALF_SESSION_SECRET ?? '', '', 'behalf/console-session', 32)
  const secret = Buffer.from(key).toString('base64')
  const state = await http.storageState()
  const session = state.cookies.find(({ name }) => name.endsWith('behalf-console-session'))
  const token = await decode({ token: session?.value ?? '', secret })
  if (!session || !token) throw new Error('no session')
  session.value = await encode({ token: { ...token, authTime: Number(token.authTime) - 3600 }, secret })
  return requests.newContext({ baseURL: instance().publicUrl, storageState: state })
}

test('what is dangerous takes a fresh sign-in, and comes back to where it was asked for', async () => {
  const owner = everybody.find(({ role, operator }) => role === 'owner' && !operator)
  const other = everybody.find(({ role, operator }) => role === 'support' && !operator)
  if (!owner || !other) throw new Error('nobody to try')
  const old = await anHourLater(owner.http)
  const before = await traces()
  const referer = `${instance().publicUrl}/console/${org}/members?cursor=x`
  expect((await old.get(`/console/${org}/members`, { maxRedirects: 0 })).status()).toBe(200)
  const form = ownRole(other, 'owner')
  const answer = await act(old, membersAction('changeRole'), org, { referer }, form)
  const leads = answer.headers()['x-action-redirect'] ?? answer.headers().location ?? ''
  expect(leads).toContain('/console/sign-in/confirm')
  expect(decodeURIComponent(leads)).toContain(`callbackUrl=/console/${org}/members?cursor=x`)
  expect(leads).not.toContain(other.memberId)
  const wrong: string[] = []
  for (const action of builtActions()) {
    if (!freshFor.some((permission) => permission === action.needs)) continue
    const { 'x-action-redirect': to = '' } = (await act(old, action, org)).headers()
    // What is the deployment's alone is not there for a member of an org.
    if (!to.includes('/sign-in/confirm') && action.name !== 'rewrapKeys')
      wrong.push(`${action.file}#${action.name} ${to}`)
  }
  expect(wrong).toEqual([])
  expect(await traces()).toBe(before)
  expect(await (await old.get('/console/sign-in/confirm')).text()).toContain('Confirm that it is you')
  await old.dispose()
})

test('the same call of a role that has the permission is not refused', async () => {
  test.setTimeout(240_000)
  const wrong: string[] = []
  for (const action of builtActions()) {
    const needs = action.needs
    if (needs === undefined || needs === 'anyone') continue
    const may = everybody.find(({ role, operator }) => operator && permits(role, needs))
    const status = may && (await verdictOf(await act(may.http, action, org)))
    if (status === 403 || status === undefined)
      wrong.push(`${may?.role}: ${action.file}#${action.name} ${status}`)
  }
  expect(wrong).toEqual([])
})
