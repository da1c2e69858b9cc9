import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { listConnections } from '#lib/consent'
import { connectSessionInput } from '#lib/consent/schema'
import { listEvents } from '#lib/events'
import { parseId } from '#lib/ids'
import { resolveObject } from '#lib/tenancy'
import { connectors } from '#runtime'
import { authorizeByHttp } from '../../../sandbox/drive.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import type { FlowCookie } from '../index.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
const all = ['tasks:read', 'tasks:write', 'projects:read', 'tasks:delete']

type Asked = { org?: string; user?: string; scopes?: readonly string[] } & Record<string, unknown>

/** An invitation, approved in one browser, with that browser on its way to the provider. */
async function approved({ org = 'acme', user = 'u_1', scopes = all, ...more }: Asked = {}) {
  const session = await practice.session({ org_id: org, user_id: user, scopes: { sandbox: scopes }, ...more })
  const { location, flow } = await practice.approve(session, scopes)
  return { session, location, flow, user }
}
type Approved = Awaited<ReturnType<typeof approved>>

/** The provider's redirect back, once a person there has decided. */
const answered = async (
  { location }: Pick<Approved, 'location'>,
  person = 'ana',
  grant: readonly string[] | 'all' | 'deny' = 'all',
) => authorizeByHttp({ authorizeUrl: location, user: person, grant })

const deliver = (flow: FlowCookie | null, back: URL) =>
  practice.connect.callback(flow, back.pathname.split('/').at(-1) ?? '', back.searchParams, origin)

/** From the invitation to where only the host's word is missing. */
async function finished(asked: Asked = {}, person = 'ana', grant: readonly string[] | 'all' = 'all') {
  const started = await approved(asked)
  const { flow } = await deliver(started.flow, await answered(started, person, grant))
  return { ...started, code: flow.confirmationCode ?? '' }
}

async function confirm(sessionId: string, user: string, code: string) {
  const { tenant, id } = await resolveObject(practice.caller, 'connect_session', sessionId)
  const word = { user_id: user, confirmation_code: code }
  return practice.connect.confirm(tenant, practice.caller, id, word, origin)
}

async function sessionRow(sessionId: string) {
  const [row] = await superuser.sql('SELECT status, status_reason FROM connect_sessions WHERE id = $1', [
    parseId('connect_session', sessionId),
  ])
  return row
}

async function accountsOf(org: string, user: string) {
  return superuser.sql<{ id: string; status: string; provider_account_id: string }>(
    `SELECT a.id, a.status, a.provider_account_id FROM connected_accounts a
     JOIN organizations o ON o.id = a.org_id JOIN end_users u ON (u.org_id, u.id) = (a.org_id, a.user_id)
     WHERE o.external_id = $1 AND u.external_id = $2`,
    [org, user],
  )
}

const listTasks = (accountId: string | null) =>
  practice.execute({ connected_account_id: accountId ?? '', tool_name: 'sandbox.list_tasks' })

const runOut = (sessionId: string) =>
  superuser.sql(`UPDATE connect_sessions SET expires_at = now() - interval '1 second' WHERE id = $1`, [
    parseId('connect_session', sessionId),
  ])

/** Where the practice provider is looked for. */
const reach = (base: object) =>
  superuser.sql(`UPDATE auth_configs SET base_urls = $1 WHERE connector = 'sandbox'`, [JSON.stringify(base)])

// Who finished must be who was invited.

test('spends no code in a browser other than the one that approved', async () => {
  const started = await approved({ user: 'u_cosf' })
  const back = await answered(started)
  const stranger = await approved({ user: 'u_other' })
  for (const jar of [null, { session: started.session.id }, stranger.flow]) {
    await expect(deliver(jar, back)).rejects.toEqual(
      refusal(jar?.session === stranger.session.id ? 'bad_request' : 'user_mismatch'),
    )
  }
  expect((await practice.state()).token_authorization_code).toBe(0)
  expect(await accountsOf('acme', 'u_cosf')).toEqual([])
  // What was refused to the others is still good for the browser that it belongs to.
  await expect(deliver(started.flow, back)).resolves.toBeDefined()
})

test('connects nothing and gives the fresh tokens back when the host says that another person finished', async () => {
  const { session, code } = await finished({ user: 'u_victim' })
  await expect(confirm(session.id, 'u_attacker', code)).rejects.toEqual(refusal('user_mismatch'))
  expect((await practice.state()).revocation).toBe(1)
  expect(await accountsOf('acme', 'u_victim')).toEqual([])
  expect(await accountsOf('acme', 'u_attacker')).toEqual([])
  expect(await sessionRow(session.id)).toEqual({ status: 'failed', status_reason: 'user_mismatch' })
  await expect(confirm(session.id, 'u_victim', code)).rejects.toEqual(refusal('session_used'))
  const sealed = await superuser.sql(
    'SELECT FROM connect_attempts WHERE sealed_answer IS NOT NULL AND session_id = $1',
    [parseId('connect_session', session.id)],
  )
  expect(sealed).toEqual([])
  const tenant = await practice.tenant('acme')
  expect(await listAudit(tenant, { action: 'connection.failed' }, null, 1)).toMatchObject([
    { outcome: 'denied', error_code: 'user_mismatch', details: { finished_by: 'u_attacker' } },
  ])
})

test('keeps the tokens of a mismatch until the provider can be told that they are over', async () => {
  const { session, code } = await finished({ org: 'later', user: 'u_victim' })
  const { tenant, id } = await resolveObject(practice.caller, 'connect_session', session.id)
  const sealed = () =>
    superuser.sql('SELECT FROM connect_attempts WHERE session_id = $1 AND sealed_answer IS NOT NULL', [id])
  await reach({ base: 'http://127.0.0.1:9' })
  try {
    await expect(confirm(session.id, 'u_attacker', code)).rejects.toEqual(refusal('user_mismatch'))
  } finally {
    await reach({})
  }
  expect(await sealed()).toHaveLength(1)
  await expect(confirm(session.id, 'u_victim', code)).rejects.toEqual(refusal('session_used'))
  expect(await practice.connect.sweepAnswers(tenant)).toBe(1)
  expect((await practice.state()).revocation).toBe(1)
  expect(await sealed()).toEqual([])
  expect(await listAudit(tenant, { action: 'connection.failed' }, null, 10)).toHaveLength(1)
})

test('names the account to a provider that revokes by account, where tokens are given back and where consent ends', async () => {
  const revoke = connectors.sandbox?.auth.revoke
  if (!revoke) throw new Error('the practice provider revokes')
  const before = { ...revoke }
  const told = async () =>
    (await practice.state()).last_requests
      .filter(({ path }) => path === '/token/revocation')
      .map(({ body }) => new URLSearchParams(body).get('token'))
  Object.assign(revoke, { body: 'form_account', accountField: 'token' })
  try {
    const { session, code } = await finished({ user: 'u_named' })
    await expect(confirm(session.id, 'u_attacker', code)).rejects.toEqual(refusal('user_mismatch'))
    expect(await told()).toEqual(['usr_ana'])
    const { connected_account_id } = await practice.connectAccount({
      org: 'acme',
      user: 'u_named',
      person: 'ben',
    })
    const { tenant, id } = await resolveObject(
      practice.caller,
      'connected_account',
      connected_account_id ?? '',
    )
    const revoked = await practice.connect.revoke(tenant, practice.caller, id, 'test', origin)
    expect(revoked.upstream).toBe('revoked')
    expect(await told()).toEqual(['usr_ana', 'usr_ben'])
  } finally {
    Object.assign(revoke, before)
  }
})

test('refuses a wrong confirmation code and takes the right one after', async () => {
  const { session, code } = await finished({ user: 'u_code' })
  for (const wrong of ['', 'bhf_cc_wrong', `${code}x`, code.slice(0, -1)]) {
    await expect(confirm(session.id, 'u_code', wrong)).rejects.toEqual(refusal('forbidden'))
  }
  await expect(confirm(session.id, 'u_code', code)).resolves.toMatchObject({ status: 'completed' })
})

test('refuses the code of one session for another', async () => {
  const [one, two] = [await finished({ user: 'u_swap' }), await finished({ user: 'u_swap' }, 'ben')]
  await expect(confirm(one.session.id, 'u_swap', two.code)).rejects.toEqual(refusal('forbidden'))
  await expect(confirm(two.session.id, 'u_swap', two.code)).resolves.toMatchObject({ status: 'completed' })
})

test('has nothing to confirm before the person has finished', async () => {
  const { session } = await approved({ user: 'u_early' })
  await expect(confirm(session.id, 'u_early', 'bhf_cc_anything')).rejects.toEqual(refusal('conflict'))
})

test('makes one connection of 50 confirmations at once, and tells the others that the session is used', async () => {
  const { session, code } = await finished({ user: 'u_race' })
  const words = await Promise.allSettled(
    Array.from({ length: 50 }, () => confirm(session.id, 'u_race', code)),
  )
  expect(words.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const word of words)
    if (word.status === 'rejected') expect(word.reason).toEqual(refusal('session_used'))
  const accounts = await accountsOf('acme', 'u_race')
  expect(accounts).toMatchObject([{ status: 'active' }])
  expect(
    await superuser.sql('SELECT FROM connections WHERE account_id = $1', [accounts[0]?.id]),
  ).toHaveLength(1)
})

test('makes one account of two invitations of one user that are confirmed at once', async () => {
  const ends = await Promise.all([1, 2, 3].map(() => finished({ org: 'twins', user: 'u_twice' })))
  const sessions = await Promise.all(ends.map(({ session, code }) => confirm(session.id, 'u_twice', code)))
  expect(new Set(sessions.map(({ connected_account_id }) => connected_account_id)).size).toBe(1)
  const accounts = await accountsOf('twins', 'u_twice')
  expect(accounts).toHaveLength(1)
  const chain = await superuser.sql<{ previous_connection_id: string | null }>(
    'SELECT previous_connection_id FROM connections WHERE account_id = $1',
    [accounts[0]?.id],
  )
  expect(chain).toHaveLength(3)
  expect(chain.filter(({ previous_connection_id }) => previous_connection_id === null)).toHaveLength(1)
})

// The provider's answer.

test('redeems a code once when its callback comes twice at once, and never again after', async () => {
  const started = await approved({ user: 'u_replay' })
  const back = await answered(started)
  const ends = await Promise.allSettled([deliver(started.flow, back), deliver(started.flow, back)])
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  for (const end of ends) if (end.status === 'rejected') expect(end.reason).toEqual(refusal('bad_request'))
  await expect(deliver(started.flow, back)).rejects.toEqual(refusal('bad_request'))
  expect((await practice.state()).token_authorization_code).toBe(1)
})

const spoilt: Record<string, (back: URL, foreign: URL) => void> = {
  'the state of another session': (back, foreign) =>
    back.searchParams.set('state', foreign.searchParams.get('state') ?? ''),
  'no state': (back) => back.searchParams.delete('state'),
  'its state twice': (back) => back.searchParams.append('state', back.searchParams.get('state') ?? ''),
  'the iss of another server': (back) => back.searchParams.set('iss', 'https://evil.example'),
  'the iss with a slash more': (back) => back.searchParams.set('iss', `${back.searchParams.get('iss')}/`),
  'the iss in other case': (back) =>
    back.searchParams.set('iss', (back.searchParams.get('iss') ?? '').toUpperCase()),
  'no iss though it is announced': (back) => back.searchParams.delete('iss'),
  'two iss': (back) => back.searchParams.append('iss', 'https://evil.example'),
  'two codes': (back) => back.searchParams.append('code', 'another'),
  'two errors': (back) => {
    back.searchParams.append('error', 'access_denied')
    back.searchParams.append('error', 'access_denied')
  },
  'an error of another server': (back) => {
    back.searchParams.delete('code')
    back.searchParams.set('error', 'access_denied')
    back.searchParams.set('iss', 'https://evil.example')
  },
  'neither code nor error': (back) => back.searchParams.delete('code'),
  'the redirect URI of another auth config': (back) => {
    back.pathname = `/connect/callback/ac_${'0'.repeat(32)}`
  },
  'a redirect URI that is none': (back) => {
    back.pathname = '/connect/callback/ac_x'
  },
}

test.each(Object.entries(spoilt))('redeems no code that comes with %s', async (_, spoil) => {
  const [started, other] = [await approved({ user: 'u_spoilt' }), await approved({ user: 'u_foreign' })]
  const [back, foreign] = [await answered(started), await answered(other)]
  spoil(back, foreign)
  await expect(deliver(started.flow, back)).rejects.toEqual(refusal('bad_request'))
  expect((await practice.state()).token_authorization_code).toBe(0)
  expect(await accountsOf('acme', 'u_spoilt')).toEqual([])
})

test('takes an error before a code, and never shows the provider’s text', async () => {
  const started = await approved({ user: 'u_both', return_url: 'https://host.example/back' })
  const back = await answered(started)
  back.searchParams.set('error', '<script>')
  back.searchParams.set('error_description', '<img src=x>')
  const { location } = await deliver(started.flow, back)
  expect(new URL(location).searchParams.get('status')).toBe('failed')
  expect(location).not.toMatch(/script|img/)
  expect((await practice.state()).token_authorization_code).toBe(0)
  expect(await sessionRow(started.session.id)).toEqual({
    status: 'failed',
    status_reason: 'provider_server_error',
  })
})

test('calls it declined when the person says no at the provider', async () => {
  const started = await approved({ user: 'u_no' })
  await deliver(started.flow, await answered(started, 'ana', 'deny'))
  expect(await sessionRow(started.session.id)).toEqual({
    status: 'declined',
    status_reason: 'declined_at_provider',
  })
  expect(await accountsOf('acme', 'u_no')).toEqual([])
  expect((await practice.state()).token_authorization_code).toBe(0)
})

test.each([
  ['the token endpoint fails', { token_error: { status: 503, body: {} } }, 'upstream_error'],
  [
    'the token endpoint refuses',
    { token_error: { status: 400, body: { error: 'invalid_grant' } } },
    'upstream_rejected',
  ],
  ['the token endpoint answers a page', { html_200: true, body_for: 'token' }, 'upstream_error'],
] as const)('connects nothing when %s', async (_, faults, code) => {
  const started = await approved({ user: 'u_fault' })
  const back = await answered(started)
  await practice.faults(faults)
  await expect(deliver(started.flow, back)).rejects.toEqual(refusal(code))
  expect(await sessionRow(started.session.id)).toEqual({ status: 'failed', status_reason: code })
  expect(await accountsOf('acme', 'u_fault')).toEqual([])
})

// What was granted.

test('records the scopes that the provider granted, and refuses a tool that needs more before any call', async () => {
  const { session, code } = await finished({ user: 'u_partial' }, 'ana', ['profile', 'tasks:read'])
  const { connected_account_id } = await confirm(session.id, 'u_partial', code)
  const tenant = await practice.tenant('acme')
  const [connection] = await listConnections(
    tenant,
    parseId('connected_account', connected_account_id ?? '') ?? '',
  )
  expect(connection).toMatchObject({ scopes: ['tasks:read'], scopes_requested: all, scopes_refused: [] })
  await expect(listTasks(connected_account_id)).resolves.toMatchObject({ status: 'succeeded' })
  const before = await practice.state()
  await expect(
    practice.execute({
      connected_account_id,
      tool_name: 'sandbox.create_task',
      params: { title: 'not allowed' },
    }),
  ).rejects.toMatchObject({
    code: 'insufficient_scope',
    facts: { required_scopes: [['tasks:write']], granted_scopes: ['tasks:read'] },
  })
  expect((await practice.state()).api).toEqual(before.api)
})

test('makes a new connection of a new consent, which names the one before and what changed', async () => {
  const first = await practice.connectAccount({ org: 'acme', user: 'u_again', scopes: ['tasks:read'] })
  const accountId = first.connected_account_id ?? ''
  const second = await practice.connectAccount({ org: 'acme', user: 'u_again', accountId })
  expect(second.connected_account_id).toBe(accountId)
  const tenant = await practice.tenant('acme')
  const [before, after] = await listConnections(tenant, parseId('connected_account', accountId) ?? '')
  expect(before).toMatchObject({ scopes: ['tasks:read'], previous_connection_id: null })
  expect(after).toMatchObject({ scopes: all, previous_connection_id: before?.id })
  expect(await listAudit(tenant, { action: 'connection.scopes_changed' }, null, 10)).toMatchObject([
    { connected_account_id: accountId, connection_id: after?.id, changed_fields: ['scopes'] },
  ])
  expect(await listEvents(tenant, { type: 'connection.scopes_changed' }, null, 10)).toMatchObject([
    { data: { connected_account_id: accountId, connection_id: after?.id, scopes: all } },
  ])
  await expect(listTasks(accountId)).resolves.toMatchObject({ status: 'succeeded' })
})

test('leaves the old credential as it is when a reconnect ends in another account', async () => {
  const { connected_account_id } = await practice.connectAccount({ org: 'acme', user: 'u_same' })
  const started = await approved({ user: 'u_same', connected_account_id })
  await practice.faults({ wrong_account: 'ben' })
  const back = await answered(started, 'ana')
  await expect(deliver(started.flow, back)).rejects.toEqual(refusal('account_mismatch'))
  const { revocation } = await practice.state()
  expect(revocation).toBe(1)
  expect(await accountsOf('acme', 'u_same')).toMatchObject([
    { status: 'active', provider_account_id: 'usr_ana' },
  ])
  await expect(listTasks(connected_account_id)).resolves.toMatchObject({ status: 'succeeded' })
})

test('brings no account back that was deleted', async () => {
  const { connected_account_id } = await practice.connectAccount({ org: 'acme', user: 'u_gone' })
  const started = await approved({ user: 'u_gone', connected_account_id })
  const tenant = await practice.tenant('acme')
  const id = parseId('connected_account', connected_account_id ?? '') ?? ''
  await practice.connect.remove(tenant, practice.caller, id, origin)
  await expect(approved({ user: 'u_gone', connected_account_id })).rejects.toEqual(refusal('invalid_request'))
  // The consent that was under way ended with the account, before its code was spent.
  const spent = (await practice.state()).token_authorization_code
  await expect(deliver(started.flow, await answered(started))).rejects.toEqual(refusal('session_expired'))
  expect((await practice.state()).token_authorization_code).toBe(spent)
})

// A session that is over.

test('opens, approves and ends nothing with a session that ran out, was cancelled or was used', async () => {
  const run = async (prepare: (started: Approved) => Promise<unknown>, code: string) => {
    const started = await approved({ user: 'u_over' })
    const back = await answered(started)
    await prepare(started)
    const before = await practice.state()
    await expect(practice.connect.enter(started.session.token)).rejects.toEqual(refusal(code))
    await expect(practice.approve(started.session, all)).rejects.toEqual(refusal(code))
    await expect(deliver(started.flow, back)).rejects.toEqual(refusal(code))
    await expect(confirm(started.session.id, 'u_over', 'bhf_cc_x')).rejects.toEqual(refusal(code))
    expect((await practice.state()).token_authorization_code).toBe(before.token_authorization_code)
  }
  await run(({ session }) => runOut(session.id), 'session_expired')
  await run(async ({ session }) => {
    const { tenant, id } = await resolveObject(practice.caller, 'connect_session', session.id)
    await practice.connect.cancel(tenant, practice.caller, id, origin)
  }, 'session_expired')
  await run(async ({ session }) => {
    const { open } = await practice.connect.enter(session.token)
    await practice.connect.decline(open, origin)
  }, 'session_used')
})

test('confirms nothing after the session ran out, whatever code comes', async () => {
  const { session, code } = await finished({ user: 'u_late' })
  await runOut(session.id)
  await expect(confirm(session.id, 'u_late', code)).rejects.toEqual(refusal('session_expired'))
  expect(await accountsOf('acme', 'u_late')).toEqual([])
})

test.each(['ran out', 'was cancelled'])(
  'gives fresh tokens back that nobody vouched for before the session %s',
  async (how) => {
    const { session } = await finished({ org: 'sweep', user: 'u_unheard' })
    const { tenant, id } = await resolveObject(practice.caller, 'connect_session', session.id)
    expect(await practice.connect.sweepAnswers(tenant)).toBe(0)
    if (how === 'ran out') await runOut(session.id)
    else await practice.connect.cancel(tenant, practice.caller, id, origin)
    expect(await practice.connect.sweepAnswers(tenant)).toBe(1)
    expect(await practice.connect.sweepAnswers(tenant)).toBe(0)
    expect((await practice.state()).revocation).toBe(1)
    expect(
      await superuser.sql('SELECT status, sealed_answer FROM connect_attempts WHERE session_id = $1', [id]),
    ).toEqual([{ status: 'discarded', sealed_answer: null }])
    expect(await listAudit(tenant, { action: 'connection.failed' }, null, 1)).toMatchObject([
      { error_code: 'unconfirmed', details: { connect_session_id: session.id } },
    ])
  },
)

test('keeps tokens that nobody vouched for until the provider can be told, but not for ever', async () => {
  const { session } = await finished({ org: 'sweep', user: 'u_unreached' })
  const { tenant, id } = await resolveObject(practice.caller, 'connect_session', session.id)
  await practice.connect.cancel(tenant, practice.caller, id, origin)
  const sealed = () =>
    superuser.sql('SELECT FROM connect_attempts WHERE session_id = $1 AND sealed_answer IS NOT NULL', [id])
  await reach({ base: 'http://127.0.0.1:9' })
  try {
    expect(await practice.connect.sweepAnswers(tenant)).toBe(0)
    expect(await sealed()).toHaveLength(1)
    await superuser.sql(
      `UPDATE connect_sessions SET finished_at = now() - interval '11 minutes' WHERE id = $1`,
      [id],
    )
    expect(await practice.connect.sweepAnswers(tenant)).toBe(1)
    expect(await sealed()).toEqual([])
  } finally {
    await reach({})
  }
})

test('gives fresh tokens back when the session ran out while the provider answered', async () => {
  const started = await approved({ user: 'u_between' })
  const back = await answered(started)
  await practice.faults({ latency_ms: 400, latency_for: 'token' })
  const delivered = deliver(started.flow, back)
  await expect.poll(async () => (await practice.state()).token_authorization_code).toBe(1)
  await runOut(started.session.id)
  await expect(delivered).rejects.toMatchObject({ code: expect.stringMatching(/^session_(used|expired)$/) })
  await expect.poll(async () => (await practice.state()).revocation).toBe(1)
})

test('takes an ended session’s link for no other', async () => {
  const { session, code } = await finished({ user: 'u_link' })
  await confirm(session.id, 'u_link', code)
  await expect(practice.connect.enter(session.token)).rejects.toEqual(refusal('session_used'))
  const link = session.hosted_url.split('/').at(-1) ?? ''
  await expect(practice.connect.enter(link)).rejects.toEqual(refusal('session_used'))
  await expect(confirm(session.id, 'u_link', code)).rejects.toEqual(refusal('session_used'))
})

// Where a browser may be sent and framed.

test.each([
  '//evil.example',
  '/\\evil.example',
  'https:\\\\evil.example',
  'https://host.example\\@evil.example',
  'https://host.example@evil.example/',
  'https://user:pass@host.example/',
  'https:///evil.example',
  'https:evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'http://host.example/',
  'ftp://host.example/',
  ' https://host.example/',
  'https://host.example/ x',
  'https://host.example/\n',
  'https://host.example/\t',
  'host.example',
  '',
])('takes no return_url like %j', (return_url) => {
  expect(connectSessionInput.safeParse({ user_id: 'u_1', return_url }).success).toBe(false)
})

test('sends no browser to, and is framed by no, origin that the org has not registered', async () => {
  const base = { org_id: 'origins', user_id: 'u_1' }
  await practice.session({
    ...base,
    return_url: 'https://host.example/back?x=1',
    embed_origins: ['https://host.example'],
  })
  for (const extra of [
    { return_url: 'https://host.example.evil.example/' },
    { return_url: 'https://host.example:8443/' },
    { return_url: 'https://xn--hst-tna.example/' },
    { return_url: 'https://sub.host.example/' },
    { embed_origins: ['https://evil.example'] },
    { embed_origins: ['https://host.example', 'https://evil.example'] },
  ]) {
    await expect(practice.session({ ...base, ...extra }), JSON.stringify(extra)).rejects.toEqual(
      refusal('invalid_request'),
    )
  }
  for (const embed of [
    '*',
    'https://*.host.example',
    'https://host.example/',
    'null',
    "'self'",
    'https://a.example;x',
  ]) {
    expect(connectSessionInput.safeParse({ user_id: 'u_1', embed_origins: [embed] }).success, embed).toBe(
      false,
    )
  }
  const kept = await practice.session({ ...base, return_url: 'https://host.example/other' })
  expect(await practice.connect.shell(kept.id)).toMatchObject({ frameAncestors: [] })
})

test('a revoked account that is renewed while another holds its place ends in that other, never in an error', async () => {
  const first = await practice.connectAccount({ org: 'twice', user: 'u_1' })
  const revoked = first.connected_account_id ?? ''
  const tenant = await practice.tenant('twice')
  await practice.connect.revoke(
    tenant,
    practice.caller,
    parseId('connected_account', revoked) ?? '',
    'test',
    origin,
  )
  const second = await practice.connectAccount({ org: 'twice', user: 'u_1' })
  expect(second.connected_account_id).not.toBe(revoked)
  const renewed = await practice.connectAccount({ org: 'twice', user: 'u_1', accountId: revoked })
  expect(renewed).toMatchObject({ status: 'completed', connected_account_id: second.connected_account_id })
})

test('an earlier consent ends at the provider when a new one takes its place, and the new one lives', async () => {
  const first = await practice.connectAccount({ org: 'superseded', user: 'u_1' })
  const account = first.connected_account_id ?? ''
  await practice.connectAccount({ org: 'superseded', user: 'u_1' })
  const tenant = await practice.tenant('superseded')
  const rows = await superuser.sql<{ id: string }>(
    "SELECT id FROM upstream_revocations WHERE org_id = $1 AND status = 'pending'",
    [tenant.orgId],
  )
  expect(rows).toHaveLength(1)
  expect(await practice.connect.settleRevocation(tenant, String(rows[0]?.id))).toBe('revoked')
  expect((await practice.state()).revocation).toBe(1)
  const run = await practice.execute({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })
  expect(run.status).toBe('succeeded')
})

test("a pause is not the end user's to end, and a revocation ends the consents that are under way", async () => {
  const first = await practice.connectAccount({ org: 'halted', user: 'u_1' })
  const id = parseId('connected_account', first.connected_account_id ?? '') ?? ''
  const tenant = await practice.tenant('halted')
  await practice.connect.setPaused(tenant, practice.caller, id, true, origin)
  await practice.connectAccount({ org: 'halted', user: 'u_1' })
  await expect(
    practice.execute({ connected_account_id: first.connected_account_id, tool_name: 'sandbox.list_tasks' }),
  ).rejects.toMatchObject({ code: 'account_paused' })
  const pending = await practice.session({
    org_id: 'halted',
    user_id: 'u_1',
    connected_account_id: first.connected_account_id,
  })
  await practice.connect.revoke(tenant, practice.caller, id, 'test', origin)
  await expect(practice.connect.enter(pending.token)).rejects.toMatchObject({ code: 'session_expired' })
})
