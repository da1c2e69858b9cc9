import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { config } from '#lib/config'
import { oauth2 } from '#lib/connector-kit'
import { listConnections } from '#lib/consent'
import { createEgress, parseAllow } from '#lib/egress'
import { parseId } from '#lib/ids'
import { resolveObject } from '#lib/tenancy'
import { connectors } from '#runtime'
import { authorizeByHttp } from '../../../sandbox/drive.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { createConnect, type FlowCookie } from '../index.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  await practice.reset()
  // Each test is somebody else's first try.
  await superuser.tamper('DELETE FROM credential_tries')
})

const org = 'acme'
const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
const scopes = ['tasks:read', 'tasks:write']
let people = 0
const somebody = () => `u_form_${++people}`

type Asked = { user?: string; accountId?: string }

/** An invitation to one of the practice forms, agreed to in one browser. */
async function agreed(connector: string, { user = somebody(), accountId }: Asked = {}) {
  const session = await practice.session({
    org_id: org,
    user_id: user,
    connectors: [connector],
    scopes: { [connector]: scopes },
    ...(accountId && { connected_account_id: accountId }),
  })
  const { location, flow } = await practice.approve(session, scopes, {}, connector)
  return { session, location, flow, user, connector }
}
type Agreed = Awaited<ReturnType<typeof agreed>>

const submit = async ({ session, connector }: Agreed, flow: FlowCookie, given: Record<string, string>) =>
  practice.connect.submitCredentials(
    await practice.connect.openFlow(session.id, flow),
    flow,
    connector,
    given,
    origin,
  )
const screen = async ({ session, connector }: Agreed, flow: FlowCookie) =>
  practice.connect.credentialScreen(await practice.connect.openFlow(session.id, flow), flow, connector, 'en')

async function confirm({ session, user }: Agreed, code: string, as = user) {
  const { tenant, id } = await resolveObject(practice.caller, 'connect_session', session.id)
  const word = { user_id: as, confirmation_code: code }
  return practice.connect.confirm(tenant, practice.caller, id, word, origin)
}

/** Everything from the invitation to the host's word. */
async function connected(connector: string, given: Record<string, string>, asked: Asked = {}) {
  const one = await agreed(connector, asked)
  const { flow } = await submit(one, one.flow, given)
  const session = await confirm(one, flow.confirmationCode ?? '')
  return { ...one, accountId: session.connected_account_id ?? '' }
}

const listTasks = (accountId: string, connector: string) =>
  practice.execute({ connected_account_id: accountId, tool_name: `${connector}.list_tasks` })

const attemptsOf = (sessionId: string) =>
  superuser.sql<{ status: string; form: unknown; sealed_form: unknown; sealed_answer: unknown }>(
    `SELECT status, form, sealed_form, sealed_answer FROM connect_attempts WHERE session_id = $1 ORDER BY id`,
    [parseId('connect_session', sessionId)],
  )
const statusOf = async (accountId: string) =>
  (
    await superuser.sql<{
      status: string
      status_reason: string | null
      provider_account_id: string
      label: string
    }>('SELECT status, status_reason, provider_account_id, label FROM connected_accounts WHERE id = $1', [
      parseId('connected_account', accountId),
    ])
  )[0]

const kinds = [
  {
    kind: 'api_key',
    connector: 'sandboxkeys',
    paste: ({ secret = '' }) => ({ subdomain: 'acme', api_key: ` "${secret}"\n` }),
    workspace: 'acme',
  },
  {
    kind: 'basic',
    connector: 'sandboxbasic',
    paste: ({ name = '', secret = '' }) => ({ email: `${name} `, password: secret }),
  },
  {
    kind: 'client',
    connector: 'sandboxclient',
    paste: ({ name = '', secret = '' }) => ({ client_id: name, client_secret: `${secret}\r\n` }),
  },
  {
    kind: 'service_account',
    connector: 'sandboxservice',
    paste: ({ file = {} }) => ({ key_file: JSON.stringify(file, null, 2) }),
  },
] as const satisfies {
  kind: Parameters<Practice['issueKey']>[0]['kind']
  connector: string
  workspace?: string
  paste: (key: { name?: string; secret?: string; file?: object }) => Record<string, string>
}[]

test.each(kinds)(
  'a pasted $kind is tried, waits for the host, and then works and is renewed',
  async (one) => {
    const key = await practice.issueKey({
      kind: one.kind,
      ...('workspace' in one && { workspace: one.workspace }),
    })
    const started = await agreed(one.connector)
    expect(started.location).toBe(`/connect/${started.session.id}/credentials/${one.connector}`)
    const { location, flow } = await submit(started, started.flow, one.paste(key))
    expect(location).toBe(`/connect/${started.session.id}/done`)
    // Nothing is there before the host's word.
    const none = `SELECT count(*)::int AS n FROM connected_accounts WHERE connector = $1`
    const [before] = await superuser.sql<{ n: number }>(none, [one.connector])
    const session = await confirm(started, flow.confirmationCode ?? '')
    const [after] = await superuser.sql<{ n: number }>(none, [one.connector])
    expect((after?.n ?? 0) - (before?.n ?? 0)).toBe(1)
    const accountId = session.connected_account_id ?? ''
    expect(await listTasks(accountId, one.connector)).toMatchObject({ status: 'succeeded' })
    const tenant = await practice.tenant(org)
    const internal = parseId('connected_account', accountId) ?? ''
    expect(await practice.connect.refresh(tenant, practice.caller, internal, origin)).toMatchObject({
      status: 'active',
    })
    expect(await listTasks(accountId, one.connector)).toMatchObject({ status: 'succeeded' })
    const consents = await listConnections(tenant, internal)
    expect(consents).toMatchObject([{ scopes }])
  },
)

test('the account of a workspace says whose it is, and another workspace is another account', async () => {
  const user = somebody()
  const ids: string[] = []
  for (const workspace of ['acme', 'globex']) {
    const { secret = '' } = await practice.issueKey({ kind: 'api_key', workspace })
    const given = { subdomain: workspace, api_key: secret }
    const { accountId } = await connected('sandboxkeys', given, { user })
    ids.push(accountId)
    expect(await statusOf(accountId)).toMatchObject({
      provider_account_id: `${workspace}/usr_ana`,
      label: `ana@acme.test (${workspace})`,
    })
  }
  expect(new Set(ids).size).toBe(2)
})

test('what is refused stands in the form again, its secret sealed and in no answer, and may be kept', async () => {
  const { id, secret = '' } = await practice.issueKey({ kind: 'api_key', workspace: 'acme' })
  const one = await agreed('sandboxkeys')
  await practice.faults({ next_status: { status: 503, count: 1 } })
  const { location, flow } = await submit(one, one.flow, { subdomain: 'acme', api_key: secret })
  expect(location).toBe(one.location)
  const shown = await screen(one, flow)
  expect(shown).toMatchObject({
    refusal: 'provider_unavailable',
    fields: [
      { name: 'subdomain', value: 'acme', kept: false, problem: null },
      { name: 'api_key', value: '', kept: true, problem: null },
    ],
  })
  const [attempt] = await attemptsOf(one.session.id)
  expect(attempt?.sealed_form).not.toBeNull()
  expect(JSON.stringify([shown, attempt, flow])).not.toContain(secret)
  // Nothing pasted: what is kept is tried again, and nothing is kept after that.
  const done = await submit(one, flow, { subdomain: 'acme', api_key: '' })
  expect(done.location).toContain('/done')
  expect(await attemptsOf(one.session.id)).toMatchObject([
    { status: 'answered', form: null, sealed_form: null },
  ])
  await confirm(one, done.flow.confirmationCode ?? '')
  await practice.revokeKey(id)
})

test('what is kept of a form is forgotten when its time is over, and with its attempt', async () => {
  const one = await agreed('sandboxkeys')
  const { flow } = await submit(one, one.flow, { subdomain: 'acme', api_key: 'atk_wrong_but_kept_1234' })
  const session = parseId('connect_session', one.session.id)
  await superuser.tamper(
    `UPDATE connect_attempts SET form_expires_at = now() - interval '1 second' WHERE session_id = $1`,
    [session],
  )
  expect((await screen(one, flow)).fields.map(({ kept, value }) => [kept, value])).toEqual([
    [false, ''],
    [false, ''],
  ])
  await practice.connect.sweepCredentials(await practice.tenant(org))
  expect(await attemptsOf(one.session.id)).toMatchObject([{ form: null, sealed_form: null }])
  await submit(one, flow, { subdomain: 'acme', api_key: 'atk_wrong_but_kept_5678' })
  await practice.connect.decline(await practice.connect.openFlow(one.session.id, flow), origin)
  await practice.connect.sweepCredentials(await practice.tenant(org))
  expect(await attemptsOf(one.session.id)).toMatchObject([{ form: null, sealed_form: null }])
})

test.each([
  ['a wrong key', { subdomain: 'acme', api_key: 'atk_wrong' }, {}, 'credentials_rejected'],
  ['a workspace that is not there', { subdomain: 'initech', api_key: 'atk_wrong' }, {}, 'wrong_address'],
  [
    'a provider that is down',
    { subdomain: 'acme', api_key: 'atk_x' },
    { status: 502 },
    'provider_unavailable',
  ],
  [
    'a key that may not say whose it is',
    { subdomain: 'acme', api_key: 'atk_x' },
    { status: 403 },
    'permission_missing',
  ],
  [
    'a provider that is asked too often',
    { subdomain: 'acme', api_key: 'atk_x' },
    { status: 429 },
    'provider_busy',
  ],
] as const)('says what is wrong: %s', async (_, given, fault, why) => {
  const one = await agreed('sandboxkeys')
  if ('status' in fault) await practice.faults({ next_status: { status: fault.status, count: 1 } })
  const { flow } = await submit(one, one.flow, given)
  expect((await screen(one, flow)).refusal).toBe(why)
  const tenant = await practice.tenant(org)
  const events = await listAudit(tenant, { action: 'connection.credentials_refused' }, null, 1)
  expect(events).toMatchObject([{ error_code: why, outcome: 'failed' }])
})

test.each([
  [
    'sandboxkeys',
    { subdomain: 'acme.example.com', api_key: '' },
    { subdomain: 'not_an_address', api_key: 'missing' },
  ],
  ['sandboxkeys', { subdomain: '', api_key: 'with space' }, { subdomain: 'missing', api_key: 'not_a_key' }],
  ['sandboxbasic', { email: 'ana', password: 'x' }, { email: 'not_an_email' }],
  ['sandboxservice', { key_file: '{"client_email":"a"}' }, { key_file: 'not_a_key_file' }],
])('asks the provider nothing while a field of %s is wrong: %j', async (connector, given, problems) => {
  const one = await agreed(connector)
  const { flow } = await submit(one, one.flow, given)
  const { fields, refusal: why } = await screen(one, flow)
  const found = fields.flatMap(({ name, problem }) => (problem ? [[name, problem]] : []))
  expect(Object.fromEntries(found)).toEqual(problems)
  expect(why).toBeNull()
  const state = await practice.state()
  expect([state.keys.presented, state.token_client_credentials, state.token_jwt_bearer]).toEqual([0, 0, 0])
})

test('keys cannot be guessed through the form: after ten tries of a session nothing is tried', async () => {
  const one = await agreed('sandboxkeys')
  let flow = one.flow
  const tries = Array.from({ length: 14 }, (_, n) => ({ subdomain: 'acme', api_key: `atk_guess_${n}` }))
  // Many at once count as many.
  await Promise.all(tries.slice(0, 8).map((given) => submit(one, one.flow, given)))
  for (const given of tries.slice(8)) flow = (await submit(one, flow, given)).flow
  expect((await screen(one, flow)).refusal).toBe('too_many')
  expect((await practice.state()).keys.presented).toBe(10)
})

test('keys cannot be guessed through many invitations from one address either', async () => {
  for (let at = 0; at < 4; at++) {
    const one = await agreed('sandboxkeys')
    const tries = Array.from({ length: 9 }, (_, n) => ({
      subdomain: 'acme',
      api_key: `atk_guess_${at}_${n}`,
    }))
    await Promise.all(tries.map((given) => submit(one, one.flow, given)))
  }
  expect((await practice.state()).keys.presented).toBe(30)
})

test('a key that a stranger pastes into an invitation is forgotten, and stays as it was at the provider', async () => {
  const { secret = '' } = await practice.issueKey({ kind: 'api_key', workspace: 'acme', user: 'ben' })
  const victimOf = await agreed('sandboxkeys', { user: 'u_attacker' })
  const { flow } = await submit(victimOf, victimOf.flow, { subdomain: 'acme', api_key: secret })
  // The host says whose browser it was: the victim's.
  await expect(confirm(victimOf, flow.confirmationCode ?? '', 'u_victim')).rejects.toEqual(
    refusal('user_mismatch'),
  )
  expect(await attemptsOf(victimOf.session.id)).toMatchObject([
    { status: 'discarded', sealed_answer: null, sealed_form: null },
  ])
  expect((await practice.state()).keys.revoked).toBe(0)
  expect(await connected('sandboxkeys', { subdomain: 'acme', api_key: secret })).toBeTruthy()
})

test('nobody but the browser that agreed fills in the form, once, and only for what it agreed to', async () => {
  const { secret = '' } = await practice.issueKey({ kind: 'api_key', workspace: 'acme' })
  const given = { subdomain: 'acme', api_key: secret }
  const one = await agreed('sandboxkeys')
  const bare: FlowCookie = { session: one.session.id }
  await expect(submit(one, bare, given)).rejects.toEqual(refusal('bad_request'))
  const attempt = one.flow.attempt
  if (!attempt) throw new Error('no attempt')
  const forged = { ...one.flow, attempt: { ...attempt, state: `${attempt.state}x` } }
  await expect(submit(one, forged, given)).rejects.toEqual(refusal('bad_request'))
  await expect(submit({ ...one, connector: 'sandboxbasic' }, one.flow, given)).rejects.toMatchObject({
    code: 'not_found',
  })
  expect((await practice.state()).keys.presented).toBe(0)
  const twice = await Promise.allSettled([submit(one, one.flow, given), submit(one, one.flow, given)])
  expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test('reconnecting with a key of another account changes nothing', async () => {
  const mine = await practice.issueKey({ kind: 'api_key', workspace: 'acme' })
  const other = await practice.issueKey({ kind: 'api_key', workspace: 'acme', user: 'ben' })
  const first = await connected('sandboxkeys', { subdomain: 'acme', api_key: mine.secret ?? '' })
  const again = await agreed('sandboxkeys', { user: first.user, accountId: first.accountId })
  const given = { subdomain: 'acme', api_key: other.secret ?? '' }
  await expect(submit(again, again.flow, given)).rejects.toEqual(refusal('account_mismatch'))
  expect(await attemptsOf(again.session.id)).toMatchObject([{ status: 'failed', sealed_answer: null }])
  expect(await listTasks(first.accountId, 'sandboxkeys')).toMatchObject({ status: 'succeeded' })
})

test('a key that its provider takes no longer needs its person again', async () => {
  const key = await practice.issueKey({ kind: 'api_key', workspace: 'acme' })
  const { accountId } = await connected('sandboxkeys', { subdomain: 'acme', api_key: key.secret ?? '' })
  await practice.revokeKey(key.id)
  await expect(listTasks(accountId, 'sandboxkeys')).rejects.toEqual(refusal('reauthorization_required'))
  expect(await statusOf(accountId)).toMatchObject({ status: 'needs_reauth' })
})

test('a token that is over is derived anew once for all who call at that moment', async () => {
  const key = await practice.issueKey({ kind: 'client' })
  const given = { client_id: key.name, client_secret: key.secret ?? '' }
  const { accountId } = await connected('sandboxclient', given)
  await practice.reset()
  await superuser.tamper(
    `UPDATE credentials SET access_expires_at = now() - interval '1 second' WHERE account_id = $1`,
    [parseId('connected_account', accountId)],
  )
  const calls = await Promise.all(Array.from({ length: 10 }, () => listTasks(accountId, 'sandboxclient')))
  expect(calls.every(({ status }) => status === 'succeeded')).toBe(true)
  expect((await practice.state()).token_client_credentials).toBe(1)
  await practice.revokeKey(key.id)
  await expect(listTasks(accountId, 'sandboxclient')).rejects.toEqual(refusal('reauthorization_required'))
})

test('ending an account ends its key at the provider, where no other account rests on it', async () => {
  const tenant = await practice.tenant(org)
  const key = await practice.issueKey({ kind: 'basic', user: 'cleo' })
  const given = { email: key.name, password: key.secret ?? '' }
  const [one, two] = [await connected('sandboxbasic', given), await connected('sandboxbasic', given)]
  const end = (accountId: string) =>
    practice.connect.revoke(
      tenant,
      practice.caller,
      parseId('connected_account', accountId) ?? '',
      'left',
      origin,
    )
  expect(await end(one.accountId)).toMatchObject({ upstream: 'unconfirmed' })
  expect(await listTasks(two.accountId, 'sandboxbasic')).toMatchObject({ status: 'succeeded' })
  expect(await end(two.accountId)).toMatchObject({ upstream: 'revoked' })
  expect((await practice.state()).keys.revoked).toBe(1)
})

test('a provider that echoes what a call was authorised with tells nobody', async () => {
  const key = await practice.issueKey({ kind: 'basic' })
  const { accountId } = await connected('sandboxbasic', { email: key.name, password: key.secret ?? '' })
  await practice.faults({ echo_token: true })
  const { output } = await practice.execute({
    connected_account_id: accountId,
    tool_name: 'sandboxbasic.create_task',
    params: { title: 'echo' },
  })
  expect(JSON.stringify(output)).not.toContain(key.secret)
})

test('an import takes the same credentials through the same trial', async () => {
  const { importInput } = await import('#lib/consent/schema')
  const bring = (input: Record<string, unknown>) =>
    practice.connect.importAccount(
      practice.caller,
      importInput.parse({ org_id: org, user_id: somebody(), scopes, ...input }),
      origin,
    )
  const key = await practice.issueKey({ kind: 'api_key', workspace: 'globex' })
  const given = { connector: 'sandboxkeys', fields: { subdomain: 'globex' } }
  const { account } = await bring({ ...given, api_key: key.secret })
  expect(account).toMatchObject({ status: 'active', account: { label: 'ana@acme.test (globex)' } })
  expect(await listTasks(account.id, 'sandboxkeys')).toMatchObject({ status: 'succeeded' })
  await expect(bring({ ...given, api_key: 'atk_wrong' })).rejects.toEqual(refusal('upstream_rejected'))
  await expect(bring({ ...given, fields: { subdomain: 'a.b' }, api_key: 'atk_x' })).rejects.toMatchObject({
    code: 'invalid_request',
    facts: { param: 'fields.subdomain' },
  })
  await expect(bring({ connector: 'sandbox', api_key: 'atk_x' })).rejects.toEqual(refusal('invalid_request'))
  await expect(bring({ ...given, tokens: { access_token: 'x' } })).rejects.toEqual(refusal('invalid_request'))
  const client = await practice.issueKey({ kind: 'client' })
  const fields = { client_id: client.name, client_secret: client.secret }
  const skipped = await bring({ connector: 'sandboxclient', fields, validate: 'skip' })
  expect(skipped.account.status).toBe('unverified')
  const internal = parseId('connected_account', skipped.account.id) ?? ''
  const tenant = await practice.tenant(org)
  expect(await practice.connect.refresh(tenant, practice.caller, internal, origin)).toMatchObject({
    status: 'active',
  })
})

test('an operator may switch a form off', async () => {
  const { changeAuthConfig } = await import('#lib/oauth')
  const [row] = await superuser.sql<{ id: string }>(
    `SELECT id FROM auth_configs WHERE connector = 'sandboxservice' AND kind = 'form'`,
  )
  const { deployment } = await import('#lib/db')
  const change = (what: object) =>
    changeAuthConfig(
      deployment,
      practice.caller,
      row?.id ?? '',
      what,
      () => ({}),
      async () => {},
    )
  await expect(change({ client_id: 'x' })).rejects.toEqual(refusal('invalid_request'))
  await change({ disabled: true })
  await expect(agreed('sandboxservice')).rejects.toEqual(refusal('unavailable'))
  await change({ disabled: false })
  expect((await agreed('sandboxservice')).location).toContain('/credentials/')
})

test('where a provider has an address per workspace, the person says which, and is sent there', async () => {
  const { sandbox } = connectors
  if (sandbox?.auth.kind !== 'oauth2') throw new Error('the practice provider is OAuth')
  const asks = [{ name: 'workspace', kind: 'subdomain' as const, example: 'acme' }]
  const auth = oauth2({ ...sandbox.auth, asks })
  const workspaces = { ...sandbox, auth, baseUrls: sandbox.baseUrls, apiBaseUrl: '{base}/t/{workspace}' }
  const egress = createEgress({ allow: parseAllow(config().egressAllow), default: config().egressDefault })
  const connect = createConnect({ connectors: { sandbox: workspaces }, egress })
  const session = await practice.session({ org_id: org, user_id: somebody(), scopes: { sandbox: scopes } })
  const entered = await connect.enter(session.token)
  const consent = await connect.consentView(entered.open, 'sandbox')
  const approval = { connector: 'sandbox', scopes, hash: consent.hash }
  const begun = await connect.approve(entered.open, entered.flow, approval, origin)
  expect(begun.location).toBe(`/connect/${session.id}/credentials/sandbox`)
  const give = async (workspace: string) =>
    connect.submitCredentials(
      await connect.openFlow(session.id, begun.flow),
      begun.flow,
      'sandbox',
      { workspace },
      origin,
    )
  expect((await give('evil.example/')).location).toBe(begun.location)
  const sent = await give('acme')
  expect(sent.location).toMatch(/\/authorize\?/)
  const back = await authorizeByHttp({ authorizeUrl: sent.location, user: 'ana', grant: 'all' })
  const authConfigId = back.pathname.split('/').at(-1) ?? ''
  const ended = await connect.callback(sent.flow, authConfigId, back.searchParams, origin)
  const { tenant, id } = await resolveObject(practice.caller, 'connect_session', session.id)
  const code = ended.flow.confirmationCode ?? ''
  const word = { user_id: session.user_id, confirmation_code: code }
  const done = await connect.confirm(tenant, practice.caller, id, word, origin)
  const accountId = done.connected_account_id ?? ''
  expect(await statusOf(accountId)).toMatchObject({ provider_account_id: 'acme/usr_ana' })
  // A renewal keeps what the person gave.
  const internal = parseId('connected_account', accountId) ?? ''
  expect(await connect.refresh(tenant, practice.caller, internal, origin)).toMatchObject({ status: 'active' })
  expect(await connect.revoke(tenant, practice.caller, internal, 'left', origin)).toMatchObject({
    upstream: 'revoked',
  })
})
