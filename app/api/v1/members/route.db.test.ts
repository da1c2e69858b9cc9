import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { authenticateMember, createApiKeyIn, redeemSignInLink, systemCaller } from '#lib/identity'
import type { MemberRole } from '#lib/identity/schema'
import { newId, parseId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { deploymentTenant, ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { origin, type Practice, startPractice } from '../../../../scripts/testing/practice.ts'
import { POST as disable } from './[id]/disable/route.ts'
import { POST as enable } from './[id]/enable/route.ts'
import { POST as endSessionsRoute } from './[id]/end_sessions/route.ts'
import { PATCH } from './[id]/route.ts'
import { POST as issue } from './[id]/sign_in_links/route.ts'
import { changeRole, endSessions, setMemberDisabled } from './changes.ts'
import { GET, POST } from './route.ts'

// Members of the console, through the API that a host's backend has and through the changes that the console makes.

let practice: Practice
let tenant: Tenant
let org = ''
let orgs = 0

beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  org = `members-${++orgs}`
  tenant = await ensureOrg(systemCaller('test'), org, prepareOrgKeys)
})

type Answer = { status: number; body: Record<string, unknown> & { data: Record<string, unknown>[] } }
type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>

async function secretWith(roles: string[], in_: Tenant = tenant): Promise<string> {
  return (await forOrg(in_, (tx) => createApiKeyIn(tx, in_, { name: 'test', roles }))).secret
}

async function call(
  handler: unknown,
  secret: string,
  {
    body,
    id,
    query = '',
    method = 'POST',
  }: { body?: object; id?: string; query?: string; method?: string } = {},
): Promise<Answer> {
  const request = new Request(`http://localhost/api/v1/members${query}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const answer = await (handler as Handler)(request, { params: Promise.resolve({ id: id ?? '' }) })
  return { status: answer.status, body: (await answer.json()) as Answer['body'] }
}

const invite = (secret: string, email: string, role: MemberRole) =>
  call(POST, secret, { body: { org_id: org, email, role } })

/** What the browser of a member holds once they have opened the link. */
async function signIn(url: unknown) {
  const token = new URLSearchParams(new URL(String(url)).hash.slice(1)).get('token') ?? ''
  const found = await redeemSignInLink(token)
  if (!found) throw new Error('no member')
  const session = { memberId: found.id, sessionVersion: found.sessionVersion }
  return { session, caller: (await authenticateMember(session)).caller as Caller }
}

const actions = async () => {
  const events = await listAudit(tenant, {}, null, 50)
  return events
    .map(({ action }) => action)
    .filter((action) => action.startsWith('member.'))
    .reverse()
}

const by = (caller: Caller) => ({ tenant, caller, origin })
const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })

test('a backend invites, changes, disables and enables members of an org, each in the audit by a name of its own', async () => {
  const secret = await secretWith([])
  const made = await invite(secret, 'Ana@Acme.test', 'owner')
  expect(made).toMatchObject({
    status: 201,
    body: { email: 'ana@acme.test', role: 'owner', status: 'invited', org_id: org },
  })
  await signIn(made.body.sign_in_url)
  const second = await invite(secret, 'bo@acme.test', 'support')
  const id = String(second.body.id)
  expect(await call(PATCH, secret, { method: 'PATCH', id, body: { role: 'auditor' } })).toMatchObject({
    status: 200,
    body: { role: 'auditor' },
  })
  expect((await call(disable, secret, { id })).body).toMatchObject({ status: 'disabled' })
  expect((await call(disable, secret, { id })).body).toMatchObject({ status: 'disabled' })
  expect((await call(enable, secret, { id })).body).toMatchObject({ status: 'invited' })
  expect((await call(endSessionsRoute, secret, { id })).status).toBe(200)
  expect((await call(issue, secret, { id })).status).toBe(201)
  const { body } = await call(GET, secret, { method: 'GET', query: `?org_id=${org}` })
  expect(body.data.map(({ email }) => email)).toEqual(['bo@acme.test', 'ana@acme.test'])
  expect(await actions()).toEqual([
    'member.invited',
    'member.invited',
    'member.role_changed',
    'member.disabled',
    'member.enabled',
    'member.sessions_ended',
    'member.sign_in_link_issued',
  ])
})

test('an address is one member, in whatever case, and a disabled one is not invited again', async () => {
  const secret = await secretWith([])
  const { body } = await invite(secret, 'ana@acme.test', 'support')
  expect((await invite(secret, 'ANA@acme.test', 'owner')).status).toBe(409)
  await call(disable, secret, { id: String(body.id) })
  expect((await invite(secret, 'ana@acme.test', 'owner')).status).toBe(409)
})

test.each(['admin', 'root', '', 'OWNER'])('there is no role %j', async (role) => {
  expect((await invite(await secretWith([]), 'ana@acme.test', role as MemberRole)).status).toBe(422)
})

test('a key makes nobody who may do more than itself, and reaches no other org and no operator', async () => {
  const manage = await secretWith(['manage', 'read'])
  for (const role of ['owner', 'security_admin', 'approver', 'developer'] as const)
    expect((await invite(manage, `${role}@acme.test`, role)).status, role).toBe(403)
  const made = await invite(manage, 'auditor@acme.test', 'auditor')
  expect(made.status).toBe(201)
  const id = String(made.body.id)
  expect((await call(PATCH, manage, { method: 'PATCH', id, body: { role: 'owner' } })).status).toBe(403)
  const boss = await invite(await secretWith([]), 'boss@acme.test', 'owner')
  expect((await call(issue, manage, { id: String(boss.body.id) })).status).toBe(403)
  expect((await invite(await secretWith(['read']), 'x@acme.test', 'support')).status).toBe(403)

  const other = `members-other-${orgs}`
  const stranger = await secretWith([], await ensureOrg(systemCaller('test'), other, prepareOrgKeys))
  expect((await call(disable, stranger, { id })).status).toBe(404)
  expect((await invite(stranger, 'x@acme.test', 'support')).status).toBe(404)
  expect(
    (await call(POST, await secretWith([]), { body: { email: 'x@acme.test', role: 'owner' } })).body,
  ).toMatchObject({ org_id: org })
})

test('nobody changes their own role or disables themselves, and the last owner stays', async () => {
  const secret = await secretWith([])
  const first = await invite(secret, 'ana@acme.test', 'owner')
  const ana = await signIn(first.body.sign_in_url)
  const own = ana.session.memberId
  await expect(changeRole(by(ana.caller), own, 'auditor')).rejects.toEqual(refusal('forbidden'))
  await expect(setMemberDisabled(by(ana.caller), own, true)).rejects.toEqual(refusal('forbidden'))
  const id = String(first.body.id)
  expect((await call(PATCH, secret, { method: 'PATCH', id, body: { role: 'auditor' } })).status).toBe(409)
  expect((await call(disable, secret, { id })).status).toBe(409)

  const two = await invite(secret, 'bo@acme.test', 'owner')
  const bo = await signIn(two.body.sign_in_url)
  // Each takes the other's role away, at the same moment: one of them stays an owner.
  const answers = await Promise.allSettled([
    changeRole(by(ana.caller), bo.session.memberId, 'support'),
    changeRole(by(bo.caller), own, 'support'),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test('a change of role, an end of sessions and a disabling are felt by the very next request', async () => {
  const secret = await secretWith([])
  const owner = systemCaller('test')
  const member = await invite(secret, 'cy@acme.test', 'support')
  const id = parseId('member', String(member.body.id)) ?? ''
  let cookie = (await signIn(member.body.sign_in_url)).session
  for (const change of [
    () => changeRole(by(owner), id, 'auditor'),
    () => endSessions(by(owner), id),
    () => setMemberDisabled(by(owner), id, true),
  ]) {
    await expect(authenticateMember(cookie)).resolves.toBeTruthy()
    await change()
    await expect(authenticateMember(cookie)).rejects.toEqual(refusal('unauthenticated'))
    cookie = { ...cookie, sessionVersion: cookie.sessionVersion + 1 }
  }
  // Enabled again, the old cookie stays dead.
  await setMemberDisabled(by(owner), id, false)
  await expect(authenticateMember(cookie)).rejects.toEqual(refusal('unauthenticated'))
})

test('another process feels it as soon as this one has answered', async () => {
  const secret = await secretWith([])
  const member = await invite(secret, 'fa@acme.test', 'support')
  const { session } = await signIn(member.body.sign_in_url)
  const script = fileURLToPath(new URL('../../../../scripts/testing/member-process.ts', import.meta.url))
  const other = fork(script, [], { execArgv: ['--conditions=react-server'] })
  const said = async () => (await once(other, 'message'))[0]
  const asks = (of: typeof session) => {
    other.send(of)
    return said()
  }
  try {
    expect(await said()).toBe('ready')
    expect(await asks(session)).toBe('support')
    await call(PATCH, secret, { method: 'PATCH', id: String(member.body.id), body: { role: 'auditor' } })
    expect(await asks(session)).toBe('unauthenticated')
    expect(await asks({ ...session, sessionVersion: session.sessionVersion + 1 })).toBe('auditor')
  } finally {
    other.disconnect()
  }
})

test('a link that was out does not outlive a disabling', async () => {
  const secret = await secretWith([])
  const member = await invite(secret, 'di@acme.test', 'support')
  const id = String(member.body.id)
  await call(disable, secret, { id })
  await call(enable, secret, { id })
  await expect(signIn(member.body.sign_in_url)).rejects.toThrow('no member')
})

test('a member of an org is no operator of the deployment', async () => {
  const member = await invite(await secretWith([]), 'eve@acme.test', 'owner')
  const { caller } = await signIn(member.body.sign_in_url)
  expect(() => deploymentTenant(caller)).toThrow()
  expect(caller.reach?.orgId).toBe(tenant.orgId)
})

test('the database holds no role but the seven', async () => {
  const data = { org_id: tenant.orgId, id: newId(), email: 'x@acme.test', role: 'admin' }
  await expect(forOrg(tenant, (tx) => tx.members.create({ data }))).rejects.toThrow(/members_role_check/)
})
