import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { getRequest, listRequests } from '#lib/consent'
import { forOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { authenticateMember, createAgentIn, issueSignInLinkIn, redeemSignInLink } from '#lib/identity'
import { parseId } from '#lib/ids'
import type { Caller } from '#lib/proof'
import { changeOrgIn, ensureOrg, resolveObject } from '#lib/tenancy'
import { type OrganizationChange, organizationChange } from '#lib/tenancy/schema'
import { prepareOrgKeys } from '#lib/vault'
import { authorizeByHttp } from '../../../sandbox/drive.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { isDemanded } from './admission.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
const read = ['tasks:read']
const both = ['tasks:read', 'tasks:write']

type Rules = NonNullable<NonNullable<OrganizationChange['settings']>['connection_approval']>

let orgs = 0
/** A new org in which an admin approves what the rules say. */
async function orgWith(rules: Rules) {
  const name = `demanding-${orgs++}`
  const tenant = await ensureOrg(practice.caller, name, prepareOrgKeys)
  await demand(name, rules)
  return { name, tenant }
}

async function demand(name: string, rules: Rules) {
  const { settings } = organizationChange.parse({ settings: { connection_approval: rules } })
  const tenant = await practice.tenant(name)
  await forOrg(tenant, (tx) => changeOrgIn(tx, tenant, { settings }))
}

const any: Rules = [{ connector: 'sandbox' }]

type Asked = { user?: string; scopes?: readonly string[] } & Record<string, unknown>

const invited = (org: string, { user = 'u_1', scopes = both, ...more }: Asked = {}) =>
  practice.session({ org_id: org, user_id: user, scopes: { sandbox: scopes }, ...more })
type Invited = Awaited<ReturnType<typeof invited>>

/** The person's yes on the consent screen. @returns whether it led to the request page, or to the provider */
async function yes(session: Invited, scopes: readonly string[] = both) {
  const { location, flow } = await practice.approve(session, scopes)
  return { location, flow, asked: location.startsWith(`/connect/${session.id}/request/sandbox?`) }
}

async function ask(session: Invited, scopes: readonly string[] = both, reason = 'I plan my week with it.') {
  const { open } = await practice.connect.enter(session.token)
  return practice.connect.askForApproval(open, { connector: 'sandbox', scopes, reason }, origin)
}

async function screen(session: Invited, scopes: readonly string[] = both) {
  const { open } = await practice.connect.enter(session.token)
  return practice.connect.requestScreen(open, 'sandbox', scopes, 'en')
}

async function decide(
  requestId: string,
  approve: boolean,
  more: { note?: string; by?: string; as?: Caller } = {},
) {
  const { tenant, id } = await resolveObject(practice.caller, 'connection_request', requestId)
  const decision = { approve, note: more.note ?? null, decidedBy: more.by ?? null }
  return practice.connect.decideRequest(tenant, more.as ?? practice.caller, id, decision, origin)
}

/** From the provider's page to where only the host's word is missing. */
async function finish({
  location,
  flow,
}: {
  location: string
  flow: Awaited<ReturnType<typeof yes>>['flow']
}) {
  const back = await authorizeByHttp({ authorizeUrl: location, user: 'ana', grant: 'all' })
  const authConfigId = back.pathname.split('/').at(-1) ?? ''
  const ended = await practice.connect.callback(flow, authConfigId, back.searchParams, origin)
  return ended.flow.confirmationCode ?? ''
}

async function confirm(session: Invited, code: string, user = 'u_1') {
  const { tenant, id } = await resolveObject(practice.caller, 'connect_session', session.id)
  return practice.connect.confirm(
    tenant,
    practice.caller,
    id,
    { user_id: user, confirmation_code: code },
    origin,
  )
}

const connected = async (session: Invited, scopes: readonly string[] = both) =>
  confirm(session, await finish(await yes(session, scopes)))

const runOut = (requestId: string) =>
  superuser.tamper(`UPDATE connection_requests SET expires_at = now() - interval '1 second' WHERE id = $1`, [
    parseId('connection_request', requestId),
  ])

// The demand.

test('reads a demand by connector, by scope, and by what a scope carries', () => {
  const connector = { id: 'x', implies: { repo: ['public_repo'] } }
  expect(isDemanded([{ connector: 'x' }], connector, [])).toBe(true)
  expect(isDemanded([{ connector: 'y' }], connector, ['repo'])).toBe(false)
  expect(isDemanded([{ connector: 'x', scopes: ['admin'] }], connector, ['repo'])).toBe(false)
  expect(isDemanded([{ connector: 'x', scopes: ['admin'] }], connector, ['repo', 'admin'])).toBe(true)
  expect(isDemanded([{ connector: 'x', scopes: ['public_repo'] }], connector, ['repo'])).toBe(true)
  expect(isDemanded([], connector, ['repo'])).toBe(false)
})

test('sends nobody to the provider before an admin has approved, and everybody where none is demanded', async () => {
  const { name } = await orgWith(any)
  expect((await yes(await invited(name))).asked).toBe(true)
  expect((await practice.state()).last_requests.filter(({ path }) => path.startsWith('/authorize'))).toEqual(
    [],
  )
  await demand(name, [{ connector: 'github' }])
  expect((await yes(await invited(name))).asked).toBe(false)
  await demand(name, [{ connector: 'sandbox', scopes: ['tasks:delete'] }])
  expect((await yes(await invited(name))).asked).toBe(false)
  const more = [...both, 'tasks:delete']
  expect((await yes(await invited(name, { scopes: more }), more)).asked).toBe(true)
})

// The question.

test('asks once: who asks for the same again is told of the open request', async () => {
  const { name, tenant } = await orgWith(any)
  const [one, two] = [await invited(name), await invited(name)]
  const first = await ask(one)
  expect(first).toMatchObject({
    status: 'pending',
    user_id: 'u_1',
    connector: 'sandbox',
    scopes: both,
    agents: [],
    reason: 'I plan my week with it.',
    connect_session_id: one.id,
  })
  const many = await Promise.all(Array.from({ length: 10 }, () => ask(two)))
  expect(new Set(many.map(({ id }) => id))).toEqual(new Set([first.id]))
  expect(await listRequests(tenant, {}, null, 10)).toHaveLength(1)
  const events = await listEvents(tenant, { type: 'connection_request.created' }, null, 10)
  expect(events).toMatchObject([{ data: { connection_request_id: first.id, user_id: 'u_1', scopes: both } }])
  expect(JSON.stringify(events)).not.toContain('plan my week')
  expect(await listAudit(tenant, { action: 'connection_request.created' }, null, 10)).toMatchObject([
    { actor: { type: 'end_user' }, user_id: 'u_1', details: { connection_request_id: first.id } },
  ])
  expect(await practice.connect.status((await practice.connect.enter(one.token)).open)).toMatchObject({
    status: 'open',
    approval_request_id: first.id,
  })
})

test('takes no request for what the session does not offer, without a reason, or where none is needed', async () => {
  const { name } = await orgWith(any)
  const session = await invited(name)
  await expect(ask(session, both, '  ')).rejects.toEqual(refusal('invalid_request'))
  await expect(ask(session, both, 'x'.repeat(501))).rejects.toEqual(refusal('invalid_request'))
  // What the product needs is part of it, and what it does not offer is not.
  expect((await ask(session, ['tasks:delete'])).scopes).toEqual(both)
  await demand(name, [])
  await expect(ask(session)).rejects.toEqual(refusal('conflict'))
})

// The answer.

test('lets an approved person through once, for no more than was approved', async () => {
  const { name, tenant } = await orgWith(any)
  const session = await invited(name)
  const request = await ask(session)
  expect(await screen(session)).toMatchObject({ state: 'waiting' })
  await decide(request.id, true, { note: 'Fine.' })
  expect(await screen(session)).toMatchObject({ state: 'approved', note: 'Fine.' })
  const wider = [...both, 'tasks:delete']
  expect((await yes(await invited(name, { scopes: wider }), wider)).asked).toBe(true)
  expect((await yes(await invited(name, { user: 'u_2' }))).asked).toBe(true)

  const done = await connected(await invited(name, { scopes: read }), read)
  expect(done.status).toBe('completed')
  const used = await getRequest(tenant, parseId('connection_request', request.id) ?? '')
  expect(used).toMatchObject({ status: 'used', connection_id: expect.stringMatching(/^cn_/) })
  expect((await yes(await invited(name, { scopes: read }), read)).asked).toBe(true)
  expect(await listEvents(tenant, { type: 'connection_request.approved' }, null, 10)).toHaveLength(1)
})

test('is good for the agents that were approved, and for no other', async () => {
  const { name, tenant } = await orgWith(any)
  const agentNamed = (agent: string) =>
    forOrg(tenant, async (tx) => (await createAgentIn(tx, tenant, { name: agent })).id)
  const [planner, stranger] = [await agentNamed('Planner'), await agentNamed('Stranger')]
  await decide((await ask(await invited(name, { agents: [planner] }))).id, true)
  expect((await yes(await invited(name, { agents: [stranger] }))).asked).toBe(true)
  expect((await yes(await invited(name, { agents: [planner, stranger] }))).asked).toBe(true)
  expect((await yes(await invited(name))).asked).toBe(true)
  expect((await yes(await invited(name, { agents: [planner] }))).asked).toBe(false)
})

test('connects one of two that race for one approval', async () => {
  const { name } = await orgWith(any)
  await decide((await ask(await invited(name))).id, true)
  const ends = []
  for (let n = 0; n < 2; n++) {
    const session = await invited(name)
    ends.push({ session, code: await finish(await yes(session)) })
  }
  const words = await Promise.allSettled(ends.map(({ session, code }) => confirm(session, code)))
  expect(words.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  for (const word of words)
    if (word.status === 'rejected') expect(word.reason).toEqual(refusal('policy_denied'))
})

test('connects nothing that came to be demanded while the person was at the provider', async () => {
  const { name } = await orgWith([])
  const session = await invited(name)
  const code = await finish(await yes(session))
  await demand(name, any)
  await expect(confirm(session, code)).rejects.toEqual(refusal('policy_denied'))
  const accounts = await superuser.sql(
    `SELECT FROM connected_accounts a JOIN organizations o ON o.id = a.org_id WHERE o.external_id = $1`,
    [name],
  )
  expect(accounts).toEqual([])
})

test('renews what is connected without asking again, and asks for more', async () => {
  const { name } = await orgWith([])
  const { connected_account_id } = await connected(await invited(name, { scopes: both }))
  await demand(name, any)
  const again = { connected_account_id }
  expect((await yes(await invited(name, { ...again, scopes: read }), read)).asked).toBe(false)
  const wider = [...both, 'tasks:delete']
  expect((await yes(await invited(name, { ...again, scopes: wider }), wider)).asked).toBe(true)
  const done = await connected(await invited(name, again))
  expect(done.status).toBe('completed')
  const { tenant, id } = await resolveObject(practice.caller, 'connected_account', connected_account_id ?? '')
  await practice.connect.revoke(tenant, practice.caller, id, 'test', origin)
  expect((await yes(await invited(name, again))).asked).toBe(true)
})

test('tells the person of a denial with its note, and lets them ask again', async () => {
  const { name, tenant } = await orgWith(any)
  const session = await invited(name)
  const request = await ask(session)
  const denied = await decide(request.id, false, { note: 'Use the shared account.', by: 'boss' })
  expect(denied).toMatchObject({ status: 'denied', decided_by: { user_id: 'boss' } })
  expect(await screen(session)).toMatchObject({ state: 'denied', note: 'Use the shared account.' })
  expect((await yes(session)).asked).toBe(true)
  expect((await ask(session)).id).not.toBe(request.id)
  expect(await listAudit(tenant, { action: 'connection_request.denied' }, null, 10)).toMatchObject([
    { outcome: 'denied', actor: { type: 'root_key' } },
  ])
})

test('is decided once, whoever is second, and never by whoever asked', async () => {
  const { name, tenant } = await orgWith(any)
  const request = await ask(await invited(name, { user: 'u_self' }))
  await expect(decide(request.id, true, { by: 'u_self' })).rejects.toEqual(refusal('forbidden'))
  const all = await Promise.allSettled(
    [true, false, true, false].map((approve) => decide(request.id, approve)),
  )
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const one of all) if (one.status === 'rejected') expect(one.reason).toEqual(refusal('conflict'))
  const row = parseId('connection_request', request.id)
  for (const change of [
    `status = 'pending'`,
    `note = 'other'`,
    `scopes = '{}'`,
    `reason = 'other'`,
    `decided_at = now()`,
  ])
    await expect(
      superuser.sql(`UPDATE connection_requests SET ${change} WHERE id = $1`, [row]),
    ).rejects.toThrow(/stays as it is/)
  expect(await listEvents(tenant, {}, null, 10)).toHaveLength(2)
})

test('lets no member of the console decide what they asked for themselves', async () => {
  const { name, tenant } = await orgWith(any)
  const member = async (email: string) => {
    const token = await forOrg(tenant, (tx) => issueSignInLinkIn(tx, tenant, email, 'security_admin'))
    const found = await redeemSignInLink(token)
    if (!found) throw new Error('no member')
    return (await authenticateMember({ memberId: found.id, sessionVersion: found.sessionVersion })).caller
  }
  const request = await ask(await invited(name, { user: 'u_mail' }))
  await superuser.sql(`UPDATE end_users SET email = 'Ana@Acme.test' WHERE external_id = 'u_mail'`, [])
  await expect(decide(request.id, true, { as: await member('ana@acme.test') })).rejects.toEqual(
    refusal('forbidden'),
  )
  await expect(decide(request.id, true, { as: await member('boss@acme.test') })).resolves.toMatchObject({
    status: 'approved',
    decided_by: { type: 'member' },
  })
})

test('runs out: a question that nobody decides, and an approval that nobody uses', async () => {
  const { name, tenant } = await orgWith(any)
  const session = await invited(name)
  const asked = await ask(session)
  await runOut(asked.id)
  expect(await screen(session)).toMatchObject({ state: 'expired' })
  await expect(decide(asked.id, true)).rejects.toEqual(refusal('conflict'))
  const again = await ask(session)
  expect(again.id).not.toBe(asked.id)
  await decide(again.id, true)
  await runOut(again.id)
  expect((await yes(session)).asked).toBe(true)
  expect(await practice.connect.sweepRequests(tenant)).toBe(1)
  expect(await practice.connect.sweepRequests(tenant)).toBe(0)
  expect(await listEvents(tenant, { type: 'connection_request.expired' }, null, 10)).toHaveLength(2)
  expect(await listAudit(tenant, { action: 'connection_request.expired' }, null, 1)).toMatchObject([
    { actor: { type: 'system' } },
  ])
})

test('forgets what a person asked who leaves, and what was approved for one who is locked out', async () => {
  const { name, tenant } = await orgWith(any)
  await decide((await ask(await invited(name, { user: 'u_out' }))).id, true)
  await practice.connect.deactivateUser(tenant, practice.caller, 'u_out', origin)
  await practice.connect.reactivateUser(tenant, practice.caller, 'u_out', origin)
  expect((await yes(await invited(name, { user: 'u_out' }))).asked).toBe(true)
  await practice.connect.removeUser(tenant, practice.caller, 'u_out', origin)
  expect(await listRequests(tenant, {}, null, 10)).toEqual([])
})

test('keeps one person from asking without end', async () => {
  const { name } = await orgWith(any)
  const session = await invited(name, { user: 'u_many' })
  const { tenant, id } = await resolveObject(practice.caller, 'connect_session', session.id)
  await superuser.sql(
    `INSERT INTO connection_requests (org_id, id, user_id, session_id, connector, scopes, reason, expires_at)
     SELECT s.org_id, gen_random_uuid(), s.user_id, s.id, 'sandbox', ARRAY[n::text], 'made up', now() + interval '1 day'
     FROM connect_sessions s, generate_series(1, 20) n WHERE s.org_id = $1 AND s.id = $2`,
    [tenant.orgId, id],
  )
  await expect(ask(session)).rejects.toEqual(refusal('rate_limited'))
})

test("reports another org's request as absent, never as forbidden", async () => {
  const { name } = await orgWith(any)
  const other = await orgWith(any)
  const request = await ask(await invited(name))
  const id = parseId('connection_request', request.id) ?? ''
  const absent = '0190a000-0000-7000-8000-000000000000'
  for (const which of [id, absent]) {
    await expect(getRequest(other.tenant, which)).rejects.toEqual(refusal('not_found'))
    const decision = { approve: true, note: null, decidedBy: null }
    await expect(
      practice.connect.decideRequest(other.tenant, practice.caller, which, decision, origin),
    ).rejects.toEqual(refusal('not_found'))
  }
  expect(await getRequest(await practice.tenant(name), id)).toMatchObject({ status: 'pending' })
})
