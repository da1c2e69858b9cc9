import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { listConnections } from '#lib/consent'
import { translator } from '#lib/i18n'
import { resolveObject } from '#lib/tenancy'
import { authorizeByHttp } from '../../../sandbox/drive.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import type { FlowCookie } from '../index.ts'

// What a person chooses beside the permissions: for how long, and how far. Ana's board has two projects, `prj_ana_1`
// and `prj_ana_2`, and one task in neither.

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

const t = translator('en')
const all = ['tasks:read', 'projects:read', 'tasks:write', 'tasks:delete']
const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })

let users = 0
const freshUser = () => `u_${users++}`

/** From the invitation to the page on which one picks. */
async function picking(asked: Record<string, unknown> = {}) {
  const user = freshUser()
  const session = await practice.session({
    org_id: 'terms',
    user_id: user,
    scopes: { sandbox: all },
    ...asked,
  })
  const { location, flow } = await practice.approve(session, all, { limited: ['project'] })
  const back = await authorizeByHttp({ authorizeUrl: location, user: 'ana', grant: 'all' })
  const config = back.pathname.split('/').at(-1) ?? ''
  const ended = await practice.connect.callback(flow, config, back.searchParams, origin)
  const open = await practice.connect.openFlow(session.id, ended.flow)
  return { user, session, open, back, ...ended }
}
type Picking = Awaited<ReturnType<typeof picking>>

const choiceOf = ({ open, flow }: Pick<Picking, 'open' | 'flow'>, search = '') =>
  practice.connect.resourceChoice(open, flow, { search }, t)

const send = async (
  { open, flow }: Pick<Picking, 'open' | 'flow'>,
  pick: readonly string[],
  more: { next?: 'search' | 'more' | 'done'; shown?: readonly string[] } = {},
) =>
  practice.connect.pickResources(
    open,
    flow,
    { kind: 'project', shown: [], next: 'done', search: '', cursor: '', ...more, pick },
    t,
    origin,
  )

const confirm = async (session: { id: string }, user: string, flow: FlowCookie) => {
  const { tenant, id } = await resolveObject(practice.caller, 'connect_session', session.id)
  const word = { user_id: user, confirmation_code: flow.confirmationCode ?? '' }
  return practice.connect.confirm(tenant, practice.caller, id, word, origin)
}

/** An account that reaches the team's offsite and nothing else. */
async function limited() {
  const started = await picking()
  const offsite = (await choiceOf(started)).items.find(({ label }) => label === 'Team offsite')
  const ended = await send(started, [offsite?.value ?? ''])
  const done = await confirm(started.session, started.user, ended.flow)
  return { ...started, account: done.connected_account_id ?? '' }
}

const run = (account: string, tool: string, params: object = {}) =>
  practice.execute({ connected_account_id: account, tool_name: `sandbox.${tool}`, params })

const consentsOf = async (account: string) => {
  const { tenant, id } = await resolveObject(practice.caller, 'connected_account', account)
  return listConnections(tenant, id)
}

const dayMs = 86_400_000

test.each([
  ['7', 7],
  ['30', 30],
  ['90', 90],
  ['open', null],
  [undefined, 90],
])('a consent for %s holds that long', async (duration, days) => {
  const done = await practice.connectAccount({
    org: 'terms',
    user: freshUser(),
    ...(duration !== undefined && { duration }),
  })
  const [consent] = await consentsOf(done.connected_account_id ?? '')
  const lasts = consent?.expires_at && Date.parse(consent.expires_at) - Date.parse(consent.consented_at)
  expect(lasts).toBe(days === null ? null : days * dayMs)
})

test('an organization caps for how long, and its longest is what stands chosen', async () => {
  await practice.connectAccount({ org: 'capped', user: freshUser() })
  await superuser.sql(`UPDATE organizations SET settings = '{"consent_duration_days_max": 14}'
    WHERE external_id = 'capped'`)
  const session = await practice.session({ org_id: 'capped', user_id: freshUser() })
  const { open } = await practice.connect.enter(session.token)
  const { view } = await practice.connect.consentView(open, 'sandbox')
  expect(view.durations.map(({ days, chosen }) => [days, chosen])).toEqual([
    [7, false],
    [14, true],
  ])
  for (const duration of ['30', 'open'])
    await expect(practice.approve(session, all, { duration })).rejects.toEqual(refusal('invalid_request'))
  await expect(practice.approve(session, all)).resolves.toBeDefined()
})

test('refuses a time, a limit or a permission that is not offered, and begins nothing', async () => {
  const session = await practice.session({ org_id: 'terms', user_id: freshUser() })
  for (const chosen of [{ duration: '8' }, { duration: '' }, { limited: ['secret'] }])
    await expect(practice.approve(session, all, chosen)).rejects.toEqual(refusal('invalid_request'))
  await expect(practice.approve(session, ['tasks:admin'])).rejects.toEqual(refusal('invalid_request'))
  const { session: after } = (await practice.connect.enter(session.token)).open
  expect(after.status).toBe('open')
})

test('whoever wants to pick has nothing to confirm before they have picked', async () => {
  const started = await picking()
  expect(started.location).toBe(`/connect/${started.session.id}/resources`)
  await expect(
    confirm(started.session, started.user, { session: '', confirmationCode: 'x' }),
  ).rejects.toEqual(refusal('conflict'))
  expect((await send(started, [])).location).toBe(
    `/connect/${started.session.id}/resources?kind=project&missing=1`,
  )
  // The provider's page is reloaded: the same person is taken back to where they pick.
  const again = await practice.connect.callback(
    started.flow,
    started.back.pathname.split('/').at(-1) ?? '',
    started.back.searchParams,
    origin,
  )
  expect(again.location).toBe(started.location)
})

test('what is picked outlives a search, and what is unticked goes', async () => {
  const started = await picking()
  const offered = await choiceOf(started)
  // Without an agent it is the product that reaches what is picked, and the title says so.
  expect(offered.who).toBe(started.open.tenant.externalId)
  const [first, second] = offered.items
  await send(started, [first?.value ?? '', second?.value ?? ''], {
    next: 'search',
    shown: [first?.value ?? '', second?.value ?? ''],
  })
  const found = await choiceOf(started, 'offsite')
  expect(found.items).toMatchObject([{ label: 'Team offsite', picked: true }])
  expect(found.picked).toMatchObject([{ label: 'Operations', picked: true }])
  await send(started, [], { next: 'search', shown: found.picked.map(({ value }) => value) })
  expect(await choiceOf(started)).toMatchObject({ count: 1, picked: [] })
})

test('refuses a thing under a name that is not its own, of another session, or that nobody offered', async () => {
  const [started, other] = [await picking(), await picking()]
  const [mine] = (await choiceOf(started)).items
  const [theirs] = (await choiceOf(other)).items
  const [body = '', mac = ''] = (mine?.value ?? '').split('.')
  const renamed = Buffer.from(JSON.stringify(['prj_ana_2', 'Operations'])).toString('base64url')
  for (const value of [`${renamed}.${mac}`, `${body}.`, body, '', theirs?.value ?? ''])
    await expect(send(started, [value])).rejects.toEqual(refusal('invalid_request'))
  expect((await choiceOf(started)).count).toBe(0)
})

test('only the browser that came back from the provider picks, once', async () => {
  const started = await picking()
  const [one] = (await choiceOf(started)).items
  const stranger = { session: started.session.id }
  await expect(choiceOf({ ...started, flow: stranger })).rejects.toEqual(refusal('session_used'))
  await send(started, [one?.value ?? ''])
  await expect(send(started, [one?.value ?? ''])).rejects.toEqual(refusal('session_used'))
})

test('gives back what a person left while they picked', async () => {
  const started = await picking()
  const { tenant, id } = await resolveObject(practice.caller, 'connect_session', started.session.id)
  await superuser.sql(`UPDATE connect_sessions SET expires_at = now() - interval '1 second' WHERE id = $1`, [
    id,
  ])
  expect(await practice.connect.sweepAnswers(tenant)).toBe(1)
  expect((await practice.state()).revocation).toBe(1)
})

test('a limit is part of the consent, of its text and of its hash, and cannot be changed after', async () => {
  const { account } = await limited()
  const [consent] = await consentsOf(account)
  expect(consent?.resources).toEqual({ project: [{ id: 'prj_ana_2', label: 'Team offsite' }] })
  expect(consent?.consent_text).toMatch(/\nOnly these · Projects · Team offsite$/)
  await expect(
    superuser.sql(`UPDATE connections SET resources = NULL WHERE resources IS NOT NULL`),
  ).rejects.toThrow(/append-only/)
})

test('under a limit lists hold what was picked and nothing else', async () => {
  const { account } = await limited()
  const tasks = await run(account, 'list_tasks')
  const { tasks: seen } = tasks.output as { tasks: { project_id: string }[] }
  expect(seen.length).toBeGreaterThan(0)
  expect(new Set(seen.map(({ project_id }) => project_id))).toEqual(new Set(['prj_ana_2']))
  expect((await run(account, 'list_projects')).output).toEqual({
    projects: [{ id: 'prj_ana_2', name: 'Team offsite' }],
  })
  const elsewhere = await run(account, 'list_tasks', { project_id: 'prj_ana_1' })
  expect(elsewhere.output).toMatchObject({ tasks: [] })
})

test('under a limit what names another project is refused before anything leaves, and audited', async () => {
  const { account } = await limited()
  const before = await practice.state()
  for (const params of [{ title: 'x', project_id: 'prj_ana_1' }, { title: 'x' }])
    await expect(run(account, 'create_task', params)).rejects.toEqual(refusal('insufficient_scope'))
  expect((await practice.state()).api).toEqual(before.api)
  const [event] = await listAudit(await practice.tenant('terms'), { action: 'tool.executed' }, null, 1)
  expect(event).toMatchObject({ outcome: 'denied', error_code: 'insufficient_scope' })
  await expect(run(account, 'create_task', { title: 'x', project_id: 'prj_ana_2' })).resolves.toMatchObject({
    status: 'succeeded',
  })
})

test('under a limit a task of another project is neither read, nor changed, nor moved, nor deleted', async () => {
  const { account } = await limited()
  const unfiled = 'tsk_ana_5'
  for (const task_id of ['tsk_ana_1', unfiled]) {
    await expect(run(account, 'get_task', { task_id })).rejects.toEqual(refusal('insufficient_scope'))
    await expect(run(account, 'update_task', { task_id, title: 'x' })).rejects.toEqual(
      refusal('insufficient_scope'),
    )
    await expect(run(account, 'update_task', { task_id, project_id: 'prj_ana_2' })).rejects.toEqual(
      refusal('insufficient_scope'),
    )
    await expect(run(account, 'complete_task', { task_id })).rejects.toEqual(refusal('insufficient_scope'))
    await expect(run(account, 'delete_task', { task_id })).rejects.toEqual(refusal('insufficient_scope'))
  }
  await expect(
    run(account, 'update_task', { task_id: 'tsk_ana_2', project_id: 'prj_ana_1' }),
  ).rejects.toEqual(refusal('insufficient_scope'))
  const { api } = await practice.state()
  for (const effect of ['PATCH /api/tasks/{id}', 'POST /api/tasks/{id}/complete', 'DELETE /api/tasks/{id}'])
    expect(api[effect] ?? 0).toBe(0)
  await expect(run(account, 'complete_task', { task_id: 'tsk_ana_2' })).resolves.toMatchObject({
    output: { status: 'done' },
  })
})

test('renewing a limited account begins with what was picked before', async () => {
  const { account, user } = await limited()
  const started = await picking({ user_id: user, connected_account_id: account })
  expect(await choiceOf(started)).toMatchObject({ count: 1 })
  const { view } = await practice.connect.consentView(
    (await practice.connect.enter((await renewal(user, account)).token)).open,
    'sandbox',
  )
  expect(view.reach).toMatchObject([{ kind: 'project', limited: true }])
})

const renewal = (user: string, account: string) =>
  practice.session({
    org_id: 'terms',
    user_id: user,
    connected_account_id: account,
    scopes: { sandbox: all },
  })
