import { expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { listConnections } from '#lib/consent'
import { connectSessionInput } from '#lib/consent/schema'
import { listEvents } from '#lib/events'
import { parseId } from '#lib/ids'
import { origin } from '../../../scripts/testing/practice.ts'
import {
  accountsOf,
  all,
  answered,
  approved,
  confirm,
  deliver,
  finished,
  listTasks,
  practice,
  prepareConnecting,
  refusal,
  sessionRow,
  superuser,
} from './testing.ts'

prepareConnecting()

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
