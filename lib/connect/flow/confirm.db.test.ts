import { expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { parseId } from '#lib/ids'
import { resolveObject } from '#lib/tenancy'
import { connectors } from '#runtime'
import { origin } from '../../../scripts/testing/practice.ts'
import {
  type Approved,
  accountsOf,
  all,
  answered,
  approved,
  confirm,
  deliver,
  finished,
  practice,
  prepareConnecting,
  reach,
  refusal,
  runOut,
  sessionRow,
  superuser,
} from './testing.ts'

prepareConnecting()

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
