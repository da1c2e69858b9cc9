import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { createAgentIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import { ensureOrg, resolveObject } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import type { MineAccount } from './schema.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
const uuid = (id: string | null | undefined) => parseId('connected_account', id ?? '') ?? ''

const manage = (org: string, user: string, more: object = {}) =>
  practice.session({ org_id: org, user_id: user, kind: 'manage', connectors: [], ...more })

/** A person's own page, as the browser that has opened the link has it. */
async function mine(org: string, user: string) {
  const { open } = await practice.connect.enter((await manage(org, user)).token)
  const view = () => practice.connect.mine(open, 'en')
  const account = async (id: string | null): Promise<MineAccount | undefined> => {
    const { agents, ended } = await view()
    return [...agents.flatMap(({ accounts }) => accounts), ...ended].find((one) => one.id === id)
  }
  return { open, view, account }
}

async function connected(org: string, user: string, more: object = {}) {
  const { connected_account_id } = await practice.connectAccount({ org, user, ...more })
  return connected_account_id ?? ''
}

const execute = (id: string, tool: string, params: object = {}) =>
  practice.execute({ connected_account_id: id, tool_name: tool, params })

const asAdmin = async (id: string, paused: boolean) => {
  const { tenant, id: account } = await resolveObject(practice.caller, 'connected_account', id)
  return practice.connect.setPaused(tenant, practice.caller, account, paused, origin)
}

test('makes a session that manages, and refuses what is about connecting with it', async () => {
  const session = await manage('acme', 'u_kind')
  expect(session).toMatchObject({ kind: 'manage', status: 'open', connectors: [] })
  expect(session.url).toContain(`/connect/${session.id}#token=`)
  const wrong = [
    { connectors: ['sandbox'] },
    { scopes: { sandbox: ['tasks:read'] } },
    { connected_account_id: 'ca_0' },
    { agents: ['ag_0'] },
    { purpose: 'why' },
    { confirmation: 'screen' },
  ]
  for (const more of wrong) {
    const param = Object.keys(more)[0]
    await expect(manage('acme', 'u_kind', more), param).rejects.toMatchObject({
      code: 'invalid_request',
      facts: { param },
    })
  }
  expect(await practice.session({ org_id: 'acme', user_id: 'u_kind' })).toMatchObject({ kind: 'connect' })
})

test('connects nothing in a session that manages, and manages nothing in one that connects', async () => {
  const id = await connected('acme', 'u_split')
  const { open } = await mine('acme', 'u_split')
  await expect(practice.connect.consentView(open, 'sandbox')).rejects.toEqual(refusal('not_found'))
  expect(() => practice.connect.ticket(open, 'sandbox')).toThrow(refusal('not_found'))
  expect((await practice.connect.portalView(open)).connectors).toEqual([])

  const connecting = await practice.session({ org_id: 'acme', user_id: 'u_split' })
  const other = (await practice.connect.enter(connecting.token)).open
  await expect(practice.connect.mine(other, 'en')).rejects.toEqual(refusal('not_found'))
  await expect(practice.connect.mineDetail(other, id, 'en')).rejects.toEqual(refusal('not_found'))
  await expect(practice.connect.endMine(other, id, origin)).rejects.toEqual(refusal('not_found'))
  await expect(practice.connect.pauseMine(other, id, true, origin)).rejects.toEqual(refusal('not_found'))
  await expect(practice.connect.reconnectMine(other, id)).rejects.toEqual(refusal('not_found'))
})

test('is not used up by looking or acting, and is over when its time is', async () => {
  const id = await connected('acme', 'u_again')
  const session = await manage('acme', 'u_again')
  for (let n = 0; n < 3; n++) {
    const { open } = await practice.connect.enter(session.token)
    expect((await practice.connect.mine(open, 'en')).agents).toHaveLength(1)
    await practice.connect.pauseMine(open, id, n % 2 === 0, origin)
  }
  const { open } = await practice.connect.enter(session.token)
  await superuser.sql(`UPDATE connect_sessions SET expires_at = now() - interval '1 second' WHERE id = $1`, [
    parseId('connect_session', session.id),
  ])
  await expect(practice.connect.enter(session.token)).rejects.toEqual(refusal('session_expired'))
  const late = await practice.connect.openFlow(session.id, { session: session.id })
  await expect(practice.connect.endMine(late, id, origin)).rejects.toEqual(refusal('session_expired'))
  expect(open.session.kind).toBe('manage')
})

test('groups accounts by agent, and says what was done with each in words', async () => {
  const tenant = await ensureOrg(practice.caller, 'grouped', prepareOrgKeys)
  const agents: string[] = []
  for (const name of ['Planner', 'Mailer']) {
    const facts = { name, owner: 'Ana Souza', purpose: `${name} for you` }
    agents.push((await forOrg(tenant, (tx) => createAgentIn(tx, tenant, facts))).id)
  }
  const shared = await connected('grouped', 'u_1', { agents })
  const own = await connected('grouped', 'u_1', { person: 'ben', scopes: ['tasks:read'] })
  await execute(own, 'sandbox.list_tasks')
  await execute(own, 'sandbox.create_task', { title: 'secret plan' }).catch(() => undefined)
  const page = await mine('grouped', 'u_1')
  const view = await page.view()
  expect(view).toMatchObject({ organization: 'grouped', user: { id: 'u_1' }, ended: [] })
  expect(view.agents.map(({ name, accounts }) => [name, accounts.map(({ id }) => id)])).toEqual([
    ['grouped', [own]],
    ['Planner', [shared]],
    ['Mailer', [shared]],
  ])
  expect(view.agents[1]).toMatchObject({ owner: 'Ana Souza', purpose: 'Planner for you' })
  const account = await page.account(own)
  expect(account).toMatchObject({
    connector: { id: 'sandbox', name: 'Acme Tasks' },
    label: 'ben@acme.test',
    status: 'active',
    grantees: ['grouped'],
    scopes: [{ scope: 'tasks:read', does: 'read your tasks', risk: 'read' }],
    lastUsedAt: expect.any(String),
    recent: [
      { what: 'used', outcome: 'denied', by: 'product', tool: { title: 'Create a task', effect: 'write' } },
      { what: 'used', outcome: 'allowed', by: 'product', tool: { title: 'List tasks', effect: 'read' } },
      { what: 'connected', by: 'you' },
    ],
  })
  // What was sent and what came back is sealed, and no part of the page.
  expect(JSON.stringify(view)).not.toContain('secret plan')
})

test('ends an account at once, here and at the provider, in the name of its owner', async () => {
  const id = await connected('acme', 'u_end')
  const page = await mine('acme', 'u_end')
  const ended = await practice.connect.endMine(page.open, id, origin)
  expect(ended).toMatchObject({ stopped: true, upstream: 'revoked' })
  await expect(execute(id, 'sandbox.list_tasks')).rejects.toEqual(refusal('reauthorization_required'))
  expect(await page.view()).toMatchObject({
    agents: [],
    ended: [{ id, status: 'revoked', endedThere: 'revoked' }],
  })
  const tenant = await practice.tenant('acme')
  expect(
    await listAudit(tenant, { action: 'connected_account.revoked', user_id: 'u_end' }, null, 2),
  ).toMatchObject([
    { actor: { type: 'end_user' }, connected_account_id: id, details: { reason: 'ended_by_user' } },
  ])
})

test("lets a person end their own pause and not an admin's, and the reverse", async () => {
  const id = await connected('acme', 'u_pause')
  const page = await mine('acme', 'u_pause')
  const pauseMine = (paused: boolean) => practice.connect.pauseMine(page.open, id, paused, origin)
  const status = async () => {
    const account = await page.account(id)
    return [account?.status, [...(account?.pausedBy ?? [])].sort()]
  }
  await pauseMine(true)
  expect(await status()).toEqual(['paused', ['user']])
  await expect(execute(id, 'sandbox.list_tasks')).rejects.toEqual(refusal('account_paused'))
  await expect(asAdmin(id, false)).rejects.toEqual(refusal('conflict'))
  expect(await asAdmin(id, true)).toMatchObject({
    status: 'paused',
    status_reason: 'paused_by_user_and_admin',
  })
  await pauseMine(false)
  expect(await status()).toEqual(['paused', ['admin']])
  await expect(pauseMine(false)).rejects.toEqual(refusal('conflict'))
  expect(await asAdmin(id, false)).toMatchObject({ status: 'active', status_reason: null })
  await expect(execute(id, 'sandbox.list_tasks')).resolves.toMatchObject({ status: 'succeeded' })
  // Again and again is the same as once.
  for (const paused of [true, true, false, false]) await pauseMine(paused)
  expect(await status()).toEqual(['active', []])
})

test('keeps a pause over a new consent, and forgets it when access ends', async () => {
  const id = await connected('acme', 'u_keep')
  const page = await mine('acme', 'u_keep')
  await practice.connect.pauseMine(page.open, id, true, origin)
  await practice.connectAccount({ org: 'acme', user: 'u_keep', accountId: id })
  expect(await page.account(id)).toMatchObject({ status: 'paused', pausedBy: ['user'] })
  await practice.connect.endMine(page.open, id, origin)
  await practice.connectAccount({ org: 'acme', user: 'u_keep', accountId: id })
  expect(await page.account(id)).toMatchObject({ status: 'active', pausedBy: [] })
})

test('narrows an account to what stays ticked, and to nothing more', async () => {
  const id = await connected('acme', 'u_less', { scopes: ['tasks:read', 'tasks:write'] })
  const page = await mine('acme', 'u_less')
  const narrow = (scopes: readonly string[], expiresInDays: number | null = null) =>
    practice.connect.narrowMine(page.open, id, { scopes, resources: {}, expiresInDays }, origin)
  await expect(narrow([])).rejects.toEqual(refusal('invalid_request'))
  await expect(narrow(['tasks:read', 'tasks:delete'])).rejects.toEqual(refusal('invalid_request'))
  await narrow(['tasks:read'], 7)
  const account = await page.account(id)
  expect(account?.scopes.map(({ scope }) => scope)).toEqual(['tasks:read'])
  expect(Date.parse(account?.until ?? '') - Date.now()).toBeLessThan(7.01 * 86_400_000)
  await expect(execute(id, 'sandbox.create_task', { title: 'no' })).rejects.toEqual(
    refusal('insufficient_scope'),
  )
  await expect(narrow(['tasks:read'])).rejects.toEqual(refusal('conflict'))
  const { history } = await practice.connect.mineDetail(page.open, id, 'en')
  expect(history.map(({ current, scopes }) => [current, scopes.length])).toEqual([
    [true, 1],
    [false, 2],
  ])
  for (const { id: consent } of history) {
    const receipt = await practice.connect.receiptOfMine(page.open, id, consent, 'json')
    expect(receipt.contentType).toContain('json')
  }
})

test('connects an account again that was lost or ended, by a consent of its own', async () => {
  const id = await connected('acme', 'u_lost')
  const page = await mine('acme', 'u_lost')
  await superuser.sql(
    `UPDATE connected_accounts SET status = 'needs_reauth', status_reason = 'invalid_grant' WHERE id = $1`,
    [uuid(id)],
  )
  expect(await page.account(id)).toMatchObject({ status: 'needs_reauth' })
  const again = await practice.connect.reconnectMine(page.open, id)
  expect(again.open.session).toMatchObject({
    kind: 'connect',
    connectors: ['sandbox'],
    user_id: page.open.session.user_id,
  })
  const consent = await practice.connect.consentView(again.open, 'sandbox')
  expect(consent.view.account).toMatchObject({ label: 'ana@acme.test' })
})

test("reports another person's account, another org's and a receipt of another account as absent", async () => {
  const theirs = await connected('acme', 'u_theirs')
  const elsewhere = await connected('globex', 'u_mine')
  const own = await connected('acme', 'u_mine', { person: 'ben' })
  const page = await mine('acme', 'u_mine')
  const absent = `ca_${'0'.repeat(32)}`
  const kept = { scopes: ['tasks:read'], resources: {}, expiresInDays: null }
  for (const id of [theirs, elsewhere, absent, 'nonsense', uuid(own)]) {
    const steps = [
      () => practice.connect.mineDetail(page.open, id, 'en'),
      () => practice.connect.endMine(page.open, id, origin),
      () => practice.connect.pauseMine(page.open, id, true, origin),
      () => practice.connect.narrowMine(page.open, id, kept, origin),
      () => practice.connect.reconnectMine(page.open, id),
      () => practice.connect.receiptOfMine(page.open, id, 'cn_0', 'json'),
    ]
    for (const step of steps) {
      const thrown = await step().then(
        () => null,
        (error: unknown) => error,
      )
      expect(thrown).toEqual(refusal('not_found'))
      expect((thrown as Error).message).toBe('Not found')
    }
  }
  expect(JSON.stringify(await page.view())).not.toMatch(new RegExp(`${theirs}|${elsewhere}`))
  const other = await mine('acme', 'u_theirs')
  const [consent] = (await practice.connect.mineDetail(other.open, theirs, 'en')).history
  await expect(practice.connect.receiptOfMine(page.open, own, consent?.id ?? '', 'json')).rejects.toEqual(
    refusal('not_found'),
  )
  await expect(execute(theirs, 'sandbox.list_tasks')).resolves.toMatchObject({ status: 'succeeded' })
})
