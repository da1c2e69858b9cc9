import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { listAudit } from '#lib/audit'
import { config } from '#lib/config'
import { listAccounts, listConnections } from '#lib/consent'
import { importInput } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { createEgress, parseAllow } from '#lib/egress'
import { listEvents } from '#lib/events'
import { authenticateKey, createAgentIn, createApiKeyIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import { POST } from '../../../app/api/v1/connected_accounts/route.ts'
import type { Tokens } from '../../../sandbox/rig.ts'
import { origin, type Practice, rootKey, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { createConnect } from '../index.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())
afterEach(() => vi.restoreAllMocks())

const org = 'acme'
const scopes = ['tasks:read', 'tasks:write', 'projects:read']
const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
const internalId = (id: string) => parseId('connected_account', id) ?? ''

const bodyOf = (user: string, tokens: Partial<Tokens>, more: Record<string, unknown> = {}) => ({
  org_id: org,
  user_id: user,
  connector: 'sandbox',
  scopes,
  tokens: {
    access_token: tokens.access_token,
    ...(tokens.refresh_token && { refresh_token: tokens.refresh_token }),
    ...(tokens.expires_in !== undefined && { expires_in_seconds: Number(tokens.expires_in) }),
  },
  ...more,
})

const bringIn = (user: string, tokens: Partial<Tokens>, more: Record<string, unknown> = {}) =>
  practice.connect.importAccount(practice.caller, importInput.parse(bodyOf(user, tokens, more)), origin)

const listTasks = (accountId: string) =>
  practice.execute({ connected_account_id: accountId, tool_name: 'sandbox.list_tasks' })

const accountsOf = async (user: string) =>
  listAccounts(await practice.tenant(org), { user_id: user }, null, 50)

const consentsOf = async (accountId: string) =>
  listConnections(await practice.tenant(org), internalId(accountId))

const audited = async (action: string, user: string) =>
  listAudit(await practice.tenant(org), { action, user_id: user }, null, 50)

/** Over HTTP's own door, as a client meets it. */
const post = async (body: unknown, secret = rootKey) => {
  const request = new Request('http://127.0.0.1/api/v1/connected_accounts', {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const response = await POST(request, { params: Promise.resolve({}) })
  const text = await response.text()
  return { status: response.status, text, body: JSON.parse(text) }
}

const stored = async () => {
  const [counts] = await superuser.sql(`SELECT (SELECT count(*)::int FROM connected_accounts) AS accounts,
    (SELECT count(*)::int FROM connections) AS connections, (SELECT count(*)::int FROM credentials) AS credentials,
    (SELECT count(*)::int FROM end_users) AS users, (SELECT count(*)::int FROM idempotency_keys) AS claims`)
  return counts
}

test('takes over tokens that work, says whose they are, and lets a tool run with them', async () => {
  const tokens = await practice.tokensElsewhere('ana')
  const { account, outcome } = await bringIn('u_take', tokens, { external_reference: 'nango-17' })
  expect(outcome).toBe('imported')
  expect(account).toMatchObject({
    status: 'active',
    user_id: 'u_take',
    account: { id: 'usr_ana' },
    connection: { scopes },
  })
  expect(Date.parse(account.credential_expires_at ?? '')).toBeGreaterThan(Date.now() + 200_000)
  await expect(listTasks(account.id)).resolves.toMatchObject({ status: 'succeeded' })
  expect((await practice.state()).token_refresh).toBe(0)
})

test('leaves evidence that says who vouched for a consent that nobody here saw', async () => {
  const tokens = await practice.tokensElsewhere('ana')
  const { account } = await bringIn('u_evidence', tokens, {
    user: { name: 'Ana Lima', email: 'ana@acme.test' },
    purpose: 'triage',
    external_reference: 'nango-18',
  })
  const [consent] = await consentsOf(account.id)
  for (const words of [
    'given elsewhere, outside this portal',
    'root_key root, who answers for it',
    'Reference there: nango-18',
    'Ana Lima (ana@acme.test)',
    'Purpose: triage',
    'as the importer says',
  ]) {
    expect(consent?.consent_text).toContain(words)
  }
  const [row] = await superuser.sql<{ consented_by: unknown; grantee_product: boolean }>(
    'SELECT consented_by, grantee_product FROM connections WHERE account_id = $1',
    [internalId(account.id)],
  )
  expect(row).toMatchObject({
    grantee_product: true,
    consented_by: { type: 'import', imported_by: { type: 'root_key' }, external_reference: 'nango-18' },
  })
  expect(await audited('connected_account.imported', 'u_evidence')).toMatchObject([
    {
      outcome: 'allowed',
      scopes_granted: scopes,
      details: { verified: true, external_reference: 'nango-18' },
    },
  ])
  const events = await listEvents(
    await practice.tenant(org),
    { type: 'connected_account.connected' },
    null,
    5,
  )
  expect(events[0]?.data).toMatchObject({ connected_account_id: account.id, scopes })
})

test('names agents as the grantees, and then the product may not use the account itself', async () => {
  const tenant = await practice.tenant(org)
  const agent = await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Triage' }))
  const { account } = await bringIn('u_agent', await practice.tokensElsewhere(), { agents: [agent.id] })
  expect((await consentsOf(account.id))[0]).toMatchObject({ grantees: [agent.id] })
  await expect(listTasks(account.id)).rejects.toEqual(refusal('forbidden'))
})

/** Tokens whose access token the provider refuses by now, though nothing in them says so. */
async function outlived(person: string): Promise<Tokens> {
  await practice.faults({ access_ttl_seconds: 1 })
  const { expires_in: _, ...tokens } = await practice.tokensElsewhere(person)
  await vi.waitUntil(async () => (await practice.userinfo(tokens.access_token)) === 401, { timeout: 10_000 })
  await practice.reset()
  return tokens
}

test.each([
  [
    'has run out by its date',
    'u_renew_1',
    async () => ({ ...(await practice.tokensElsewhere('ben')), expires_in: 0 }),
  ],
  ['the provider refuses though no date says so', 'u_renew_2', () => outlived('ben')],
])('renews once an access token that %s, and keeps the pair that comes back', async (_, user, obtain) => {
  const { account } = await bringIn(user, await obtain())
  expect(account).toMatchObject({ status: 'active', account: { id: 'usr_ben' } })
  const state = await practice.state()
  expect(state).toMatchObject({ token_refresh: 1, refresh_redemptions_max: 1 })
  // The pair that came back is the one that is held: it can be renewed again.
  await expect(
    practice.connect.refresh(await practice.tenant(org), practice.caller, internalId(account.id), origin),
  ).resolves.toMatchObject({ status: 'active' })
  await expect(listTasks(account.id)).resolves.toMatchObject({ status: 'succeeded' })
  expect(await audited('connected_account.imported', user)).toMatchObject([
    { details: { renewed: true, scopes_from: 'provider' } },
  ])
})

test('keeps the refresh token that was given where a renewal brings none', async () => {
  const tokens = await practice.tokensElsewhere()
  await practice.faults({ rotation: 'none', omit_refresh_token: true })
  const { account } = await bringIn('u_keep', { ...tokens, expires_in: 0 })
  await practice.connect.refresh(await practice.tenant(org), practice.caller, internalId(account.id), origin)
  expect((await practice.state()).token_refresh).toBe(2)
  await expect(listTasks(account.id)).resolves.toMatchObject({ status: 'succeeded' })
})

test('records what the provider says was granted before what the importer says, and nothing where nobody does', async () => {
  const few = await practice.tokensElsewhere('ana', 'openid profile tasks:read offline_access')
  const narrowed = await bringIn('u_few', { ...few, expires_in: 0 })
  expect(narrowed.account.connection?.scopes).toEqual(['tasks:read'])
  const silent = await bringIn('u_silent', await practice.tokensElsewhere(), { scopes: undefined })
  expect(silent.account.connection?.scopes).toEqual([])
  const said = await bringIn(
    'u_said',
    { ...(await practice.tokensElsewhere()), expires_in: 0 },
    { scopes: undefined },
  )
  expect(said.account.connection?.scopes.toSorted()).toEqual(
    ['projects:read', 'tasks:delete', 'tasks:read', 'tasks:write'].toSorted(),
  )
  const strange = await bringIn('u_strange', await practice.tokensElsewhere(), {
    scopes: ['tasks:read', 'root:everything', 'openid'],
  })
  expect(strange.account.connection?.scopes).toEqual(['tasks:read'])
})

// What cannot be imported leaves nothing behind.

test.each([
  [
    'both tokens are over',
    'upstream_rejected',
    async () => practice.revokeUser('cleo'),
    {},
    /connect session/,
  ],
  [
    'the access token is over and no refresh token came with it',
    'upstream_rejected',
    async () => practice.revokeUser('cleo'),
    { refresh_token: undefined },
    /no refresh token/,
  ],
  [
    'the provider is down',
    'upstream_error',
    async () => practice.faults({ token_error: { status: 503, body: {}, share: 1 } }),
    { expires_in: 0 },
    /could not renew/,
  ],
  [
    'our client is refused',
    'upstream_rejected',
    async () =>
      practice.faults({ token_error: { status: 401, body: { error: 'invalid_client' }, share: 1 } }),
    { expires_in: 0 },
    /auth_config_id/,
  ],
  [
    'the renewal is answered by nobody',
    'upstream_error',
    async () => practice.faults({ lost_refresh: 1 }),
    { expires_in: 0 },
    /may be spent/,
  ],
] as const)('stores nothing and says what to do when %s', async (_, code, spoil, change, words) => {
  const tokens = await practice.tokensElsewhere('cleo')
  const before = await stored()
  await spoil()
  const given = { ...tokens, ...change }
  const answer = await post(bodyOf('u_nothing', given as Partial<Tokens>))
  expect(answer.body).toMatchObject({ code })
  expect(answer.body.detail).toMatch(words)
  expect(await stored()).toEqual(before)
  expect((await audited('connected_account.import_failed', 'u_nothing'))[0]).toMatchObject({
    outcome: 'failed',
    error_code: code,
    details: { connector: 'sandbox' },
  })
  for (const secret of [tokens.access_token, tokens.refresh_token ?? '']) {
    expect(answer.text).not.toContain(secret)
  }
})

test('stores nothing and asks nobody when an access token has run out alone', async () => {
  const before = await stored()
  const answer = await post(bodyOf('u_over', { access_token: 'over', expires_in: 0 }))
  expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request', param: 'tokens' } })
  expect(await stored()).toEqual(before)
  expect(await practice.state()).toMatchObject({ userinfo: 0, token_refresh: 0 })
})

test('keeps what the provider renewed when it then does not say whose it is, and verifies it later', async () => {
  const tokens = await practice.tokensElsewhere('ben')
  await practice.faults({ next_status: { status: 503, count: 1, retry_after: null, scope: 'userinfo' } })
  const answer = await post(bodyOf('u_half', { ...tokens, expires_in: 0 }))
  expect(answer).toMatchObject({ status: 502, body: { code: 'upstream_error', retryable: false } })
  const [account] = await accountsOf('u_half')
  expect(account).toMatchObject({ status: 'unverified', account: { label: 'Not verified yet' } })
  expect(answer.body.detail).toContain(`kept in ${account?.id}, unverified`)
  await expect(listTasks(account?.id ?? '')).rejects.toEqual(refusal('reauthorization_required'))
  // The same request finds what was kept, and does not spend the refresh token again.
  const { account: verified, outcome } = await bringIn('u_half', { ...tokens, expires_in: 0 })
  expect(outcome).toBe('already')
  expect(verified).toMatchObject({ id: account?.id, status: 'active', account: { id: 'usr_ben' } })
  expect((await practice.state()).refresh_redemptions_max).toBe(1)
  await expect(listTasks(verified.id)).resolves.toMatchObject({ status: 'succeeded' })
})

test('says that the renewed tokens are lost when the database does not take them', async () => {
  const tokens = await practice.tokensElsewhere('ben')
  await superuser.sql(
    `ALTER TABLE connections ADD CONSTRAINT planted CHECK (purpose IS DISTINCT FROM 'refuse me')`,
  )
  const before = await stored()
  const answer = await post(bodyOf('u_lost', { ...tokens, expires_in: 0 }, { purpose: 'refuse me' }))
  await superuser.sql('ALTER TABLE connections DROP CONSTRAINT planted')
  expect(answer.body).toMatchObject({ retryable: false })
  expect(answer.body.detail).toMatch(/renewed the tokens, and they could not be stored.*connect session/)
  expect(await stored()).toEqual(before)
})

test('tells what an interrupted import may have spent', async () => {
  const tokens = await practice.tokensElsewhere('ben')
  const spent = bringIn('u_killed', { ...tokens, expires_in: 0 })
  await spent
  // As a process leaves it that dies between the provider's answer and the commit.
  await superuser.sql(`UPDATE connected_accounts SET status = 'revoked' WHERE label = 'ben@acme.test'`)
  await superuser.sql(
    `INSERT INTO idempotency_keys (org_id, caller, route, key, fingerprint, status, expires_at)
     SELECT o.id, 'import', 'connected_accounts', c.consented_by->>'token', '', 'renewing', now() - interval '1 second'
     FROM organizations o JOIN connections c ON c.org_id = o.id JOIN end_users u ON u.id = c.user_id
     WHERE u.external_id = 'u_killed'`,
  )
  const answer = await post(bodyOf('u_killed', { ...tokens, expires_in: 0 }))
  expect(answer.body).toMatchObject({ code: 'upstream_rejected' })
  expect(answer.body.detail).toContain('interrupted before it could keep the answer')
})

// Twice, and beside what is there.

test('answers the same request with the same account, and asks the provider no more', async () => {
  const tokens = await practice.tokensElsewhere('ana')
  const first = await bringIn('u_twice', { ...tokens, expires_in: 0 })
  const before = await practice.state()
  const second = await bringIn('u_twice', { ...tokens, expires_in: 0 })
  expect(second).toMatchObject({ outcome: 'already', account: { id: first.account.id } })
  expect(await practice.state()).toMatchObject({
    token_refresh: before.token_refresh,
    userinfo: before.userinfo,
  })
  expect(await consentsOf(first.account.id)).toHaveLength(1)
})

test('refuses the same tokens under other terms, and does not spend them again', async () => {
  const tokens = await practice.tokensElsewhere('ana')
  const { account } = await bringIn('u_terms', tokens)
  await expect(
    bringIn('u_terms', { ...tokens, expires_in: 0 }, { purpose: 'another' }),
  ).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(account.id),
  })
  expect((await practice.state()).token_refresh).toBe(0)
})

test('redeems a refresh token once when the same import comes 12 times at once', async () => {
  const tokens = await practice.tokensElsewhere('cleo')
  const ends = await Promise.allSettled(
    Array.from({ length: 12 }, () => bringIn('u_herd', { ...tokens, expires_in: 0 })),
  )
  expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true)
  for (const end of ends)
    if (end.status === 'rejected') expect(end.reason).toEqual(refusal('idempotency_in_progress'))
  expect(await practice.state()).toMatchObject({ token_refresh: 1, refresh_redemptions_max: 1 })
  expect(await accountsOf('u_herd')).toHaveLength(1)
})

test('makes a new consent of the account that the user has connected, and ends the one before it', async () => {
  const session = await practice.connectAccount({
    org,
    user: 'u_portal',
    person: 'ana',
    scopes: ['tasks:read'],
  })
  const { account } = await bringIn('u_portal', await practice.tokensElsewhere('ana'))
  expect(account.id).toBe(session.connected_account_id)
  const consents = await consentsOf(account.id)
  expect(consents).toHaveLength(2)
  expect(consents[1]).toMatchObject({ scopes, previous_connection_id: consents[0]?.id })
  await expect(listTasks(account.id)).resolves.toMatchObject({ status: 'succeeded' })
  const owed = await superuser.sql('SELECT connection_id FROM upstream_revocations WHERE account_id = $1', [
    internalId(account.id),
  ])
  expect(owed).toEqual([{ connection_id: parseId('connection', consents[0]?.id ?? '') }])
})

test('ends nothing at the provider when an import replaces an import, which may be of the same grant', async () => {
  const { account } = await bringIn('u_moves', await practice.tokensElsewhere('ana'))
  const again = await bringIn('u_moves', await practice.tokensElsewhere('ana'))
  expect(again.account.id).toBe(account.id)
  const owed = 'SELECT FROM upstream_revocations WHERE account_id = $1'
  expect(await superuser.sql(owed, [internalId(account.id)])).toEqual([])
})

test('makes a new account where the one before was revoked', async () => {
  const tenant = await practice.tenant(org)
  const { account } = await bringIn('u_back', await practice.tokensElsewhere('ana'))
  await practice.connect.revoke(tenant, practice.caller, internalId(account.id), 'left', origin)
  const again = await bringIn('u_back', await practice.tokensElsewhere('ana'))
  expect(again.account.id).not.toBe(account.id)
  expect((await accountsOf('u_back')).map(({ status }) => status).sort()).toEqual(['active', 'revoked'])
})

test('keeps another person’s account apart, and another organization’s', async () => {
  const own = await bringIn('u_same', await practice.tokensElsewhere('ana'))
  const other = await bringIn('u_other', await practice.tokensElsewhere('ana'))
  const foreign = await bringIn('u_same', await practice.tokensElsewhere('ana'), { org_id: 'globex' })
  expect(new Set([own, other, foreign].map(({ account }) => account.id)).size).toBe(3)
  expect((await listAccounts(await practice.tenant('globex'), {}, null, 50)).map(({ id }) => id)).toEqual([
    foreign.account.id,
  ])
})

// Unverified until somebody looks.

test('stores unchecked what it is told not to check, refuses to use it, and verifies it on a refresh', async () => {
  const tenant = await practice.tenant(org)
  const { account } = await bringIn('u_skip', await practice.tokensElsewhere('ana'), { validate: 'skip' })
  expect(account).toMatchObject({ status: 'unverified' })
  expect(await practice.state()).toMatchObject({ userinfo: 0, token_refresh: 0 })
  await expect(listTasks(account.id)).rejects.toEqual(refusal('reauthorization_required'))
  expect((await practice.state()).api).toEqual({})
  // Nor is it renewed behind anybody's back.
  const due = 'SELECT refresh_due_at FROM credentials WHERE account_id = $1'
  expect(await superuser.sql(due, [internalId(account.id)])).toEqual([{ refresh_due_at: null }])
  const refreshed = await practice.connect.refresh(tenant, practice.caller, internalId(account.id), origin)
  expect(refreshed).toMatchObject({ status: 'active', account: { id: 'usr_ana', label: 'ana@acme.test' } })
  expect(await superuser.sql(due, [internalId(account.id)])).toEqual([{ refresh_due_at: expect.any(Date) }])
  await expect(listTasks(account.id)).resolves.toMatchObject({ status: 'succeeded' })
  expect(await audited('connected_account.verified', 'u_skip')).toHaveLength(1)
})

test('does not put a second account in use for what the user has connected already', async () => {
  const tenant = await practice.tenant(org)
  await bringIn('u_dup', await practice.tokensElsewhere('ana'))
  const { account } = await bringIn('u_dup', await practice.tokensElsewhere('ana'), { validate: 'skip' })
  await expect(
    practice.connect.refresh(tenant, practice.caller, internalId(account.id), origin),
  ).rejects.toEqual(refusal('conflict'))
  expect((await accountsOf('u_dup')).map(({ status }) => status).sort()).toEqual(['active', 'unverified'])
})

test('asks for a new connection where unchecked tokens turn out dead, and the person’s answer takes their place', async () => {
  const tenant = await practice.tenant(org)
  const { account } = await bringIn('u_dead', await practice.tokensElsewhere('cleo'), { validate: 'skip' })
  await practice.revokeUser('cleo')
  await expect(
    practice.connect.refresh(tenant, practice.caller, internalId(account.id), origin),
  ).rejects.toEqual(refusal('reauthorization_required'))
  expect(await accountsOf('u_dead')).toMatchObject([{ status: 'needs_reauth' }])
  const session = await practice.connectAccount({
    org,
    user: 'u_dead',
    person: 'cleo',
    accountId: account.id,
  })
  expect(session.connected_account_id).toBe(account.id)
  expect(await accountsOf('u_dead')).toMatchObject([
    { id: account.id, status: 'active', account: { id: 'usr_cleo' } },
  ])
})

test('ends no grant at the provider for an account of which nobody knows whose it is', async () => {
  const { connectors } = await import('#runtime')
  const { sandbox } = connectors
  if (sandbox?.auth.kind !== 'oauth2' || !sandbox.auth.revoke)
    throw new Error('the practice provider revokes')
  // As Google does: one call ends all that the person granted this client.
  const wider = { ...sandbox.auth, revoke: { ...sandbox.auth.revoke, endsWiderGrant: true } }
  const egress = createEgress({ allow: parseAllow(config().egressAllow), default: config().egressDefault })
  const connect = createConnect({ connectors: { sandbox: { ...sandbox, auth: wider } }, egress })
  const tenant = await practice.tenant(org)
  const { account } = await bringIn('u_wide', await practice.tokensElsewhere('ana'), { validate: 'skip' })
  const revoked = await connect.revoke(tenant, practice.caller, internalId(account.id), 'left', origin)
  expect(revoked).toMatchObject({ stopped: true, upstream: 'unconfirmed' })
  expect((await practice.state()).revocation).toBe(0)
  await egress.close()
})

// The door.

test('answers 201 with the account and never with a token, and keeps them out of the log', async () => {
  const tokens = await practice.tokensElsewhere('ana')
  const written: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0)
  const answer = await post(bodyOf('u_door', { ...tokens, expires_in: 0 }))
  vi.restoreAllMocks()
  expect(answer).toMatchObject({ status: 201, body: { status: 'active', user_id: 'u_door' } })
  for (const secret of [tokens.access_token, tokens.refresh_token ?? '']) {
    expect(answer.text).not.toContain(secret)
    expect(written.join('')).not.toContain(secret)
  }
})

test.each([
  ['no tokens', { tokens: undefined }, 'tokens'],
  ['an API key, which this connector does not take', { tokens: undefined, api_key: 'k-1' }, 'api_key'],
  ['a connector that is none', { connector: 'nowhere' }, 'connector'],
  ['a connector that is not set up', { connector: 'slack' }, 'connector'],
  ['an auth config that is none', { auth_config_id: `ac_${'0'.repeat(32)}` }, 'auth_config_id'],
  ['an agent that is none', { agents: [`ag_${'0'.repeat(32)}`] }, 'agents'],
  [
    'two ends of the access token',
    { tokens: { access_token: 'a', expires_in_seconds: 1, expires_at: '2030-01-01T00:00:00Z' } },
    'tokens',
  ],
  ['a token with a line break', { tokens: { access_token: 'a\r\nb' } }, 'tokens.access_token'],
  ['a field that it does not know', { tenant_id: 'globex' }, 'tenant_id'],
  [
    'a token field that it does not know',
    { tokens: { access_token: 'a', client_secret: 's' } },
    'tokens.client_secret',
  ],
] as const)('refuses %s before anything is asked or stored', async (_, change, param) => {
  const before = await stored()
  const answer = await post({ ...bodyOf('u_refused', { access_token: 'at-1' }), ...change })
  expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request', param } })
  expect(await stored()).toEqual(before)
  expect((await practice.state()).userinfo).toBe(0)
})

test('refuses a body of more than 1 MiB', async () => {
  const huge = JSON.stringify(bodyOf('u_huge', { access_token: 'a'.repeat(1024 * 1024) }))
  expect(await post(huge)).toMatchObject({ status: 413, body: { code: 'payload_too_large' } })
})

test('lets a key import for its own organization only, and only one that may manage', async () => {
  const tenant = await practice.tenant(org)
  const made = (roles: string[]) =>
    forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'k', roles } as never))
  const manager = await made(['manage'])
  const tokens = await practice.tokensElsewhere('ana')
  expect((await authenticateKey(practice.authorization(manager.secret), 'manage')).reach?.externalId).toBe(
    org,
  )
  const foreign = await post({ ...bodyOf('u_key', tokens), org_id: 'globex' }, manager.secret)
  expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } })
  const { org_id: _, ...own } = bodyOf('u_key', tokens)
  expect(await post(own, manager.secret)).toMatchObject({ status: 201, body: { org_id: org } })
  const connecter = await made(['connect'])
  expect(await post(own, connecter.secret)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect(await post(own, 'bhf_sk_nobody')).toMatchObject({ status: 401 })
})

test('takes an auth config of another organization for one that does not exist', async () => {
  const { createAuthConfig } = await import('#lib/oauth')
  const globex = await practice.tenant('globex')
  const config = { connector: 'sandbox', client_id: 'theirs', client_secret: 'theirs' }
  const theirs = await createAuthConfig(globex, practice.caller, config, {}, async () => {})
  const answer = await post(
    bodyOf('u_client', await practice.tokensElsewhere(), { auth_config_id: theirs.id }),
  )
  expect(answer).toMatchObject({ status: 422, body: { param: 'auth_config_id' } })
})
