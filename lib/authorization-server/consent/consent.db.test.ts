import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { listAudit } from '#lib/audit'
import { hashOf, type Tool } from '#lib/connector-kit'
import { forOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { translator } from '#lib/i18n'
import { parseId } from '#lib/ids'
import { startWorker } from '#lib/jobs'
import type { Tenant } from '#lib/proof'
import { coversCall, grantFact, hasChanged, pinOf } from '#lib/scopes'
import { changeOrgIn } from '#lib/tenancy'
import { type MailServer, startMailServer } from '../../../scripts/testing/mail-server.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import {
  answer,
  answerInteraction,
  askProduct,
  beginMail,
  type Chosen,
  confirmSignIn,
  createAuthorizePages,
  finishWithMail,
  finishWithProduct,
  type Interaction,
  mailCode,
  provenPeople,
  readInteraction,
  signInView,
  tryMailCode,
} from '../index.ts'
import { mailRules, signInMailsPerHourMax } from './mail-code.ts'

let practice: Practice
let superuser: Superuser
let inbox: MailServer
let worker: Awaited<ReturnType<typeof startWorker>>
let base = ''
const t = translator('en')

beforeAll(async () => {
  inbox = await startMailServer()
  process.env.BEHALF_SMTP_URL = inbox.url
  process.env.BEHALF_MAIL_FROM = 'Behalf <no-reply@behalf.test>'
  superuser = await useSuperuser()
  practice = await startPractice()
  const { jobs } = await import('#runtime')
  const { config } = await import('#lib/config')
  base = config().publicUrl
  worker = await startWorker(jobs, '')
})
afterAll(async () => {
  await worker.stop()
  await practice.stop()
  await inbox.stop()
})
beforeEach(() => practice.reset())

/** A browser: what it has been given, it sends again. */
function newBrowser() {
  const jar = new Map<string, string>()
  const headers = () =>
    new Headers({ cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') })
  const go = async (url: string): Promise<{ to: string }> => {
    const response = await answer(new Request(new URL(url, base), { headers: headers() }), {
      from: null,
      certificate: null,
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return { to: response.headers.get('location') ?? `${response.status} ${await response.text()}` }
  }
  return { headers, go }
}
type Browser = ReturnType<typeof newBrowser>

const verifier = 'v'.repeat(64)
const redirectUri = 'http://127.0.0.1:51999/callback'

async function post(path: string, body: BodyInit, type: string) {
  const response = await answer(
    new Request(new URL(path, base), { method: 'POST', headers: { 'content-type': type }, body }),
    { from: null, certificate: null },
  )
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

async function register(name = 'Claude'): Promise<string> {
  const made = await post(
    '/oauth/register',
    JSON.stringify({ client_name: name, redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' }),
    'application/json',
  )
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body.client_id ?? ''
}

const uidOf = (to: string): string => /\/oauth\/interaction\/([\w-]+)/.exec(to)?.[1] ?? to

/** A client sends a person here. @returns what their browser is in */
async function asked(browser: Browser, clientId: string, resource: string, scope = 'tools:read tools:write') {
  const url = new URL('/oauth/authorize', base)
  url.search = new URLSearchParams({
    ...{
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      state: 'st',
      resource,
      scope,
    },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  const { to } = await browser.go(url.href)
  return readInteraction({ headers: browser.headers() }, uidOf(to))
}

async function goOn(browser: Browser, decision: Parameters<typeof answerInteraction>[1]) {
  const { headers } = await answerInteraction({ headers: browser.headers() }, decision)
  return browser.go(headers.get('location') ?? '')
}

const orgAt = (org: string) => `${base}/mcp/orgs/${org}`
const account = (user: { tenant: Tenant; userId: string }) => ({
  orgId: user.tenant.orgId,
  userId: user.userId,
})

/** An org with a product that vouches, and a user with an address and one account. */
async function known(org: string, user: string, email: string) {
  await practice.session({ org_id: org, user_id: user, user: { email, name: 'Ana' } })
  const tenant = await practice.tenant(org)
  await superuser.tamper(
    `UPDATE organizations SET origins = '{https://app.acme.test}',
       settings = '{"sign_in_url": "https://app.acme.test/vouch"}' WHERE id = $1`,
    [tenant.orgId],
  )
  const [row] = await superuser.sql<{ id: string }>(
    'SELECT id FROM end_users WHERE org_id = $1 AND external_id = $2',
    [tenant.orgId, user],
  )
  return { tenant, userId: row?.id ?? '' }
}

const vouched = async (interaction: Interaction, user_id: string) => {
  const to = new URL(await askProduct(interaction))
  const { redirect_url } = await confirmSignIn(
    practice.caller,
    to.searchParams.get('sign_in') ?? '',
    { user_id },
    origin,
  )
  return { to, code: new URL(redirect_url).searchParams.get('code') ?? '', redirect_url }
}

/** Signed in, and asked. @returns the screen and the way to agree to it */
async function atConsent(browser: Browser, clientId: string, user: Awaited<ReturnType<typeof known>>) {
  const { authorize } = await import('#runtime')
  await asked(browser, clientId, orgAt(user.tenant.externalId))
  const { to } = await goOn(browser, { kind: 'signed_in', account: account(user), authTime: new Date() })
  const interaction = await readInteraction({ headers: browser.headers() }, uidOf(to))
  expect(interaction.prompt).toBe('consent')
  const screen = await authorize.screen(interaction, account(user), t)
  const allow = (chosen: Partial<Chosen> = {}) =>
    authorize.allow(
      interaction,
      account(user),
      {
        hash: screen.hash,
        duration: 'once',
        accounts: screen.view.accounts.map(({ id }) => ({ id, mode: 'all' as const, tools: [] })),
        ...chosen,
      },
      t,
      origin,
    )
  return { interaction, screen, allow }
}

const letterTo = (address: string, since: number) =>
  vi.waitFor(() => {
    const found = inbox.taken.slice(since).find(({ to }) => to.includes(address))
    if (!found) throw new Error('no letter yet')
    return found
  }, 10_000)

const grantsOf = (tenant: Tenant) =>
  superuser.sql<Record<string, unknown>>('SELECT * FROM agent_grants WHERE org_id = $1 ORDER BY id', [
    tenant.orgId,
  ])

test('a product vouches for who is signed in there, and the client gets a token that names the person', async () => {
  const user = await known('acme', 'u_1', 'ana@acme.test')
  const { connected_account_id } = await practice.connectAccount({ org: 'acme', user: 'u_1' })
  const browser = newBrowser()
  const clientId = await register()
  const interaction = await asked(browser, clientId, orgAt('acme'))
  expect(interaction).toMatchObject({ prompt: 'login', orgId: 'acme', client: { local: true } })
  const { to, code } = await vouched(interaction, 'u_1')
  expect(to.origin + to.pathname).toBe('https://app.acme.test/vouch')
  const signedIn = await finishWithProduct(interaction, code, origin)
  expect(signedIn).toEqual(account(user))
  const { to: consentAt } = await goOn(browser, {
    kind: 'signed_in',
    account: signedIn,
    authTime: new Date(),
  })
  const { authorize } = await import('#runtime')
  const consent = await readInteraction({ headers: browser.headers() }, uidOf(consentAt))
  const screen = await authorize.screen(consent, signedIn, t)
  expect(screen.view.accounts).toMatchObject([{ id: connected_account_id, connector: { id: 'sandbox' } }])
  expect(screen.text).toContain('It calls itself “Claude”. Nobody has checked that name.')
  expect(screen.text).toContain('127.0.0.1:51999')
  const decision = await authorize.allow(
    consent,
    signedIn,
    {
      hash: screen.hash,
      duration: 'once',
      accounts: [{ id: connected_account_id ?? '', mode: 'all', tools: [] }],
    },
    t,
    origin,
  )
  const { to: back } = await goOn(browser, decision)
  const answered = new URL(back)
  expect(`${answered.origin}${answered.pathname}`).toBe(redirectUri)
  const token = await post(
    '/oauth/token',
    new URLSearchParams({
      ...{ grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri },
      ...{ code: answered.searchParams.get('code') ?? '', code_verifier: verifier },
    }).toString(),
    'application/x-www-form-urlencoded',
  )
  expect(token.status, JSON.stringify(token.body)).toBe(200)
  const claims = JSON.parse(
    Buffer.from(token.body.access_token?.split('.')[1] ?? '', 'base64url').toString(),
  ) as Record<string, unknown>
  const [grant] = await grantsOf(user.tenant)
  expect(claims).toMatchObject({
    org: 'acme',
    aud: orgAt('acme'),
    permissions: ['tools:read', 'tools:write'],
  })
  expect(parseId('agent_grant', String(claims.grant_id))).toBe(grant?.id)
  expect(parseId('end_user', String(claims.sub))).toBe(user.userId)
  expect((await listAudit(user.tenant, { action: 'agent_grant.created' }, null, 5)).length).toBe(1)
  expect((await listEvents(user.tenant, { type: 'agent_grant.created' }, null, 5))[0]?.data).toMatchObject({
    user_id: 'u_1',
    client_id: clientId,
    connected_account_ids: [connected_account_id],
  })
})

test('a victim whose product vouches for an attacker’s sign-in signs nobody in: the answer is good in one browser alone', async () => {
  const victim = await known('globex', 'u_9', 'vic@globex.test')
  const attacker = newBrowser()
  const clientId = await register()
  const interaction = await asked(attacker, clientId, orgAt('globex'))
  const { code, redirect_url } = await vouched(interaction, 'u_9')
  const uid = uidOf(redirect_url)
  // The victim's browser follows its own product's redirect, without the cookie.
  await expect(readInteraction({ headers: newBrowser().headers() }, uid)).rejects.toMatchObject({
    code: 'session_expired',
  })
  await expect(finishWithProduct(null, code, origin)).rejects.toMatchObject({ code: 'user_mismatch' })
  // And what leaked is burnt: not even the browser that began can use it now.
  await expect(finishWithProduct(interaction, code, origin)).rejects.toMatchObject({ code: 'session_used' })
  const events = await listAudit(victim.tenant, { action: 'sign_in.refused' }, null, 5)
  expect(events).toMatchObject([{ outcome: 'denied', error_code: 'user_mismatch', user_id: 'u_9' }])
  // Nor is it good for another interaction of the attacker's own.
  const again = await asked(attacker, clientId, orgAt('globex'))
  const second = await vouched(again, 'u_9')
  const other = newBrowser()
  const elsewhere = await asked(other, clientId, orgAt('globex'))
  await expect(finishWithProduct(elsewhere, second.code, origin)).rejects.toMatchObject({
    code: 'user_mismatch',
  })
})

test('a product vouches once, for its own org, in time, and not for whoever is locked out', async () => {
  const user = await known('acme', 'u_1', 'ana@acme.test')
  await known('other', 'u_1', 'ana@other.test')
  const browser = newBrowser()
  const interaction = await asked(browser, await register(), orgAt('acme'))
  const handle = new URL(await askProduct(interaction)).searchParams.get('sign_in') ?? ''
  const other = await practice.tenant('other')
  const restricted = { ...practice.caller, reach: other } as typeof practice.caller
  for (const [caller, input] of [
    [restricted, { user_id: 'u_1' }],
    [practice.caller, { user_id: 'u_1', org_id: 'other' }],
  ] as const)
    await expect(confirmSignIn(caller, handle, input, origin)).rejects.toMatchObject({ code: 'not_found' })
  await expect(
    confirmSignIn(practice.caller, 'bhf_si_unknown', { user_id: 'u_1' }, origin),
  ).rejects.toMatchObject({ code: 'not_found' })
  await confirmSignIn(practice.caller, handle, { user_id: 'u_1' }, origin)
  await expect(confirmSignIn(practice.caller, handle, { user_id: 'u_2' }, origin)).rejects.toMatchObject({
    code: 'session_used',
  })
  const late = new URL(await askProduct(interaction)).searchParams.get('sign_in') ?? ''
  await superuser.tamper(`UPDATE sign_ins SET expires_at = now() - interval '1 second' WHERE org_id = $1`, [
    user.tenant.orgId,
  ])
  await expect(confirmSignIn(practice.caller, late, { user_id: 'u_1' }, origin)).rejects.toMatchObject({
    code: 'session_expired',
  })
  const slow = await vouched(interaction, 'u_1')
  await superuser.tamper(`UPDATE sign_ins SET expires_at = now() - interval '1 second' WHERE org_id = $1`, [
    user.tenant.orgId,
  ])
  await expect(finishWithProduct(interaction, slow.code, origin)).rejects.toMatchObject({
    code: 'session_expired',
  })
})

test('asks no product whose page lies outside its registered origins', async () => {
  const { tenant } = await known('acme', 'u_1', 'ana@acme.test')
  const outside = { settings: { sign_in_url: 'https://elsewhere.test/vouch' } }
  const refused = { code: 'invalid_request', facts: { param: 'settings.sign_in_url' } }
  await expect(forOrg(tenant, (tx) => changeOrgIn(tx, tenant, outside))).rejects.toMatchObject(refused)
  const interaction = await asked(newBrowser(), await register(), orgAt('acme'))
  await superuser.tamper(`UPDATE organizations SET origins = '{https://elsewhere.test}' WHERE id = $1`, [
    tenant.orgId,
  ])
  await expect(askProduct(interaction)).rejects.toMatchObject({ code: 'not_found' })
  expect((await signInView(interaction, false)).product).toBe(false)
})

test('a code by mail signs in who has the address, in the browser that asked, and is good once', async () => {
  const user = await known('mailed', 'u_1', 'mia@mailed.test')
  const browser = newBrowser()
  const interaction = await asked(browser, await register(), orgAt('mailed'))
  const since = inbox.taken.length
  const letter = await beginMail(interaction, ' MIA@mailed.test', 'en', origin)
  if (letter) await mailCode(letter)
  const { text, raw } = await letterTo('mia@mailed.test', since)
  expect(raw).toMatch(/^Subject: Your code to sign in at mailed\r$/m)
  expect(text).not.toContain('Claude')
  const code = /\b(\d{8})\b/.exec(text)?.[1] ?? ''
  expect(await tryMailCode(interaction, '123')).toBe('shape')
  expect(await tryMailCode(interaction, '00000000' === code ? '00000001' : '00000000')).toBe('wrong')
  expect(await provenPeople(interaction)).toEqual([])
  const elsewhere = await asked(newBrowser(), await register(), orgAt('mailed'))
  expect(await tryMailCode(elsewhere, code)).toBe('over')
  expect(await tryMailCode(interaction, `${code.slice(0, 4)} ${code.slice(4)}`)).toBe('right')
  expect(await finishWithMail(interaction, user.userId, origin)).toEqual(account(user))
  await expect(finishWithMail(interaction, user.userId, origin)).rejects.toMatchObject({
    code: 'session_expired',
  })
  expect(await tryMailCode(interaction, code)).toBe('over')
})

test('too many wrong codes end the right one too, and another letter does not begin anew', async () => {
  await known('guessed', 'u_1', 'gia@guessed.test')
  const interaction = await asked(newBrowser(), await register(), orgAt('guessed'))
  const since = inbox.taken.length
  const letter = await beginMail(interaction, 'gia@guessed.test', 'en', origin)
  if (letter) await mailCode(letter)
  const code = /\b(\d{8})\b/.exec((await letterTo('gia@guessed.test', since)).text)?.[1] ?? ''
  const wrong = code === '00000000' ? '00000001' : '00000000'
  for (let at = 0; at < mailRules.tries; at++) await tryMailCode(interaction, wrong)
  expect(await tryMailCode(interaction, code)).toBe('over')
  expect(await provenPeople(interaction)).toEqual([])
  expect(await beginMail(interaction, 'gia@guessed.test', 'en', origin)).toBeNull()
})

test('answers the same for an address that nobody has, to the last try', async () => {
  await known('quiet', 'u_1', 'quinn@quiet.test')
  const said: string[][] = []
  for (const address of ['quinn@quiet.test', 'nobody@quiet.test']) {
    const interaction = await asked(newBrowser(), await register(), orgAt('quiet'))
    const answers: string[] = []
    for (let send = 0; send < mailRules.sends + 1; send++) {
      const letter = await beginMail(interaction, address, 'en', origin)
      answers.push(letter ? 'sent' : 'no more')
      if (letter) await mailCode(letter)
    }
    for (let at = 0; at <= mailRules.tries; at++) answers.push(await tryMailCode(interaction, '99999999'))
    said.push(answers)
  }
  expect(said[0]).toEqual(said[1])
  expect(said[0]).toEqual([
    'sent',
    'sent',
    'sent',
    'sent',
    'no more',
    'wrong',
    'wrong',
    'wrong',
    'wrong',
    'over',
    'over',
  ])
})

test('an address gets so many codes an hour, however many browsers ask', async () => {
  const { tenant } = await known('flooded', 'u_1', 'flo@flooded.test')
  for (let at = 0; at < signInMailsPerHourMax.address + 3; at++) {
    const interaction = await asked(newBrowser(), await register(), orgAt('flooded'))
    const letter = await beginMail(interaction, 'flo@flooded.test', 'en', origin)
    if (letter) await mailCode(letter)
  }
  const rows = await superuser.sql('SELECT FROM mails WHERE org_id = $1', [tenant.orgId])
  expect(rows).toHaveLength(signInMailsPerHourMax.address)
})

test('where the resource is every org’s, the address is proven first, and then one of the orgs that know it is chosen', async () => {
  const first = await known('north', 'u_1', 'both@people.test')
  const second = await known('south', 'u_7', 'both@people.test')
  const interaction = await asked(newBrowser(), await register(), `${base}/mcp`)
  expect(await signInView(interaction, false)).toMatchObject({
    organization: null,
    product: false,
    state: 'ask',
    choices: [],
  })
  const since = inbox.taken.length
  const letter = await beginMail(interaction, 'both@people.test', 'en', origin)
  if (letter) await mailCode(letter)
  expect((await signInView(interaction, true)).choices).toEqual([])
  const { text } = await letterTo('both@people.test', since)
  expect(text).not.toMatch(/north|south|Deployment/)
  expect(text).toContain(new URL(base).host)
  expect(await tryMailCode(interaction, /\b(\d{8})\b/.exec(text)?.[1] ?? '')).toBe('right')
  const { state, choices } = await signInView(interaction, true)
  expect(state).toBe('choose')
  expect(choices.map(({ name }) => name).sort()).toEqual(['north', 'south'])
  const stranger = await known('west', 'u_3', 'else@people.test')
  await expect(finishWithMail(interaction, stranger.userId, origin)).rejects.toMatchObject({
    code: 'session_expired',
  })
  expect(await finishWithMail(interaction, second.userId, origin)).toEqual(account(second))
  expect(first.userId).not.toBe(second.userId)
})

/** What a call would read of a consent. */
async function fact(tenant: Tenant, grant: Record<string, unknown>) {
  const select = grantFact.select({
    org: '$1::uuid',
    grant: '$2::uuid',
    agentOrg: '$3::uuid',
    agent: '$4::uuid',
  })
  const values = [tenant.orgId, grant.id, grant.agent_org_id, grant.agent_id]
  const [row] = await superuser.sql<{ fact: unknown }>(`SELECT ${select} AS fact`, values)
  return grantFact.parse(row?.fact)
}

async function toolOf(name: string): Promise<Tool> {
  const { connectors } = await import('#runtime')
  const tool = connectors.sandbox?.tools[name]
  if (!tool) throw new Error(`no ${name}`)
  return tool
}

test('who is asked again because tools changed is told which, and what they agree to now is what there is now', async () => {
  const user = await known('again', 'u_1', 'ana@again.test')
  const { connected_account_id } = await practice.connectAccount({ org: 'again', user: 'u_1' })
  const id = connected_account_id ?? ''
  const on = { id: parseId('connected_account', id) ?? '', user_id: user.userId }
  const clientId = await register()
  const first = await atConsent(newBrowser(), clientId, user)
  expect(first.screen.view.changed).toEqual([])
  await first.allow({ accounts: [{ id, mode: 'pick', tools: ['sandbox.list_tasks'] }] })
  const [list, create] = [await toolOf('sandbox.list_tasks'), await toolOf('sandbox.create_task')]
  const then = pinOf({ ...list, description: 'It did less then.' })
  await superuser.tamper('UPDATE agent_grants SET tools = $2 WHERE org_id = $1', [
    user.tenant.orgId,
    JSON.stringify({ [on.id]: { [list.name]: then } }),
  ])
  const { screen, allow } = await atConsent(newBrowser(), clientId, user)
  // What was never agreed to did not change since.
  expect(screen.view.changed).toEqual([{ name: list.name, title: list.title }])
  expect(screen.text).toContain(`Changed since you agreed · ${list.title} · ${list.name}`)
  // What was drawn before a tool became another is not agreed to after it: `first` was asked of the same words but one.
  await expect(allow({ hash: first.screen.hash })).rejects.toMatchObject({ code: 'conflict' })
  await allow({ accounts: [{ id, mode: 'pick', tools: ['sandbox.list_tasks'] }] })
  const [outdated, anew] = await grantsOf(user.tenant)
  if (!outdated || !anew) throw new Error('no consents')
  expect(coversCall(await fact(user.tenant, outdated), on, list)).toBe(false)
  expect(hasChanged(await fact(user.tenant, outdated), on, list)).toBe(true)
  expect(hasChanged(await fact(user.tenant, outdated), on, create)).toBe(false)
  expect(coversCall(await fact(user.tenant, anew), on, list)).toBe(true)
  // And there is nothing left to tell.
  expect((await atConsent(newBrowser(), clientId, user)).screen.view.changed).toEqual([])
})

test('a screen names the tools as they are: one that becomes another under it is not agreed to', async () => {
  const user = await known('meanwhile', 'u_1', 'ana@meanwhile.test')
  await practice.connectAccount({ org: 'meanwhile', user: 'u_1' })
  const { connectors } = await import('#runtime')
  const { interaction, screen } = await atConsent(newBrowser(), await register(), user)
  const sandbox = connectors.sandbox
  const list = await toolOf('sandbox.list_tasks')
  if (!sandbox) throw new Error('no sandbox')
  const later = createAuthorizePages({
    ...connectors,
    sandbox: {
      ...sandbox,
      tools: { ...sandbox.tools, [list.name]: { ...list, description: 'Lists tasks, and mails them.' } },
    },
  })
  const after = await later.screen(interaction, account(user), t)
  expect(after.text).toBe(screen.text)
  expect(after.hash).not.toBe(screen.hash)
})

test('a consent covers the tools that were chosen on the accounts that were chosen, and its text is kept', async () => {
  const user = await known('narrow', 'u_1', 'ana@narrow.test')
  const { connected_account_id } = await practice.connectAccount({ org: 'narrow', user: 'u_1' })
  const id = connected_account_id ?? ''
  const { screen, allow } = await atConsent(newBrowser(), await register(), user)
  await expect(allow({ accounts: [] })).rejects.toMatchObject({ facts: { param: 'scopes' } })
  await expect(allow({ hash: 'other' })).rejects.toMatchObject({ code: 'conflict' })
  await expect(allow({ duration: '9999' })).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(
    allow({ accounts: [{ id, mode: 'pick', tools: ['sandbox.no_such_tool'] }] }),
  ).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(
    allow({ accounts: [{ id: `ca_${'1'.repeat(32)}`, mode: 'all', tools: [] }] }),
  ).rejects.toMatchObject({ code: 'invalid_request' })
  expect(await grantsOf(user.tenant)).toEqual([])
  const read = await allow({ accounts: [{ id, mode: 'read', tools: [] }] })
  expect(read).toMatchObject({ kind: 'consented', scopes: ['tools:read'] })
  await allow({ accounts: [{ id, mode: 'pick', tools: ['sandbox.create_task'] }] })
  const [onlyRead, picked] = await grantsOf(user.tenant)
  if (!onlyRead || !picked) throw new Error('no consents')
  const [first, second] = [await fact(user.tenant, onlyRead), await fact(user.tenant, picked)]
  const on = { id: parseId('connected_account', id) ?? '', user_id: user.userId }
  const [list, create] = [await toolOf('sandbox.list_tasks'), await toolOf('sandbox.create_task')]
  expect([coversCall(first, on, list), coversCall(first, on, create)]).toEqual([true, false])
  expect([coversCall(second, on, list), coversCall(second, on, create)]).toEqual([false, true])
  // A tool that does more than it did when it was shown is another tool, and another person's account another account.
  expect(coversCall(first, on, { ...list, effect: 'delete' })).toBe(false)
  expect(coversCall(first, on, { ...list, description: 'Lists tasks, and mails them.' })).toBe(false)
  expect(coversCall(first, on, { ...list })).toBe(true)
  expect(first?.tools[on.id]?.[list.name]).toEqual({ effect: 'read', hash: hashOf(list) })
  expect(coversCall(first, { ...on, user_id: on.id }, list)).toBe(false)
  expect(await fact(user.tenant, { ...onlyRead, agent_id: onlyRead.id })).toBeNull()
  const evidence = onlyRead.evidence as Record<string, unknown>
  expect(evidence).toMatchObject({
    locale: 'en',
    client: { kind: 'dcr', name: 'Claude', redirect_host: '127.0.0.1:51999', local: true },
    hash: createHash('sha256').update(String(evidence.text)).digest('hex'),
  })
  expect(String(evidence.text)).toContain(screen.text)
  expect((evidence.left_out as Record<string, string[]>)[id]).toContain('sandbox.create_task')
})

test('a consent ends when it is taken back, with its accounts, its person, and its org; its time ends it too', async () => {
  const user = await known('ending', 'u_1', 'ana@ending.test')
  const { connected_account_id } = await practice.connectAccount({ org: 'ending', user: 'u_1' })
  const id = parseId('connected_account', connected_account_id ?? '') ?? ''
  const clientId = await register()
  const granted = async () => {
    const { allow } = await atConsent(newBrowser(), clientId, user)
    const { grantId } = (await allow()) as { grantId: string }
    const [row] = (await grantsOf(user.tenant)).filter((one) => one.id === grantId)
    if (!row) throw new Error('no consent')
    expect(await fact(user.tenant, row)).not.toBeNull()
    return row
  }
  const { connect, caller } = practice
  const back = await granted()
  await connect.revokeAgentGrant(user.tenant, caller, String(back.id), origin)
  expect(await fact(user.tenant, back)).toBeNull()
  const late = await granted()
  await superuser.tamper(`UPDATE agent_grants SET expires_at = now() - interval '1 second' WHERE id = $1`, [
    late.id,
  ])
  expect(await fact(user.tenant, late)).toBeNull()
  const ended = await granted()
  await connect.revoke(user.tenant, caller, id, 'test', origin)
  expect(await fact(user.tenant, ended)).toBeNull()
  await practice.connectAccount({ org: 'ending', user: 'u_1' })
  // The same account, connected anew, is not let in by what was agreed to before.
  expect(await fact(user.tenant, ended)).toBeNull()
  const left = await granted()
  await connect.removeUser(user.tenant, caller, 'u_1', origin)
  expect(await fact(user.tenant, left)).toBeNull()
  const events = await listEvents(user.tenant, { type: 'agent_grant.revoked' }, null, 10)
  expect(events.map(({ data }) => data.reason)).toEqual(['deleted', 'test', 'revoked'])
  const audited = await listAudit(user.tenant, { action: 'agent_grant.revoked' }, null, 10)
  expect(audited).toHaveLength(3)
})

test('who has no account yet lets a client in, which can do nothing with accounts that come later', async () => {
  const user = await known('empty', 'u_1', 'ana@empty.test')
  const { screen, allow } = await atConsent(newBrowser(), await register(), user)
  expect(screen.view.accounts).toEqual([])
  expect(await allow()).toMatchObject({ scopes: ['tools:read', 'tools:write'] })
  const { connected_account_id } = await practice.connectAccount({ org: 'empty', user: 'u_1' })
  const [grant] = await grantsOf(user.tenant)
  const on = { id: parseId('connected_account', connected_account_id ?? '') ?? '', user_id: user.userId }
  const read = grant ? await fact(user.tenant, grant) : null
  expect(read?.accountIds).toEqual([])
  expect(coversCall(read, on, await toolOf('sandbox.list_tasks'))).toBe(false)
})

test('a client that an admin has disabled is let in by nobody', async () => {
  const user = await known('blocked', 'u_1', 'ana@blocked.test')
  await practice.connectAccount({ org: 'blocked', user: 'u_1' })
  const clientId = await register()
  const { allow } = await atConsent(newBrowser(), clientId, user)
  await allow()
  await superuser.tamper('UPDATE agents SET disabled_at = now() WHERE client_id = $1', [clientId])
  const { screen, allow: again } = await atConsent(newBrowser(), clientId, user)
  expect(screen.view).toMatchObject({ blocked: true, accounts: [] })
  await expect(again()).rejects.toMatchObject({ code: 'forbidden' })
})
