import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { listConnections } from '#lib/consent'
import { listEvents } from '#lib/events'
import { resolveObject } from '#lib/tenancy'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import type { Narrowing } from '../index.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })

let users = 0
async function connected(duration = 'open') {
  const user = `u_${users++}`
  const done = await practice.connectAccount({ org: 'narrow', user, duration })
  const account = done.connected_account_id ?? ''
  const { tenant, id } = await resolveObject(practice.caller, 'connected_account', account)
  const narrow = (narrowing: Narrowing) =>
    practice.connect.narrow(tenant, practice.caller, id, narrowing, origin)
  return { account, tenant, id, narrow }
}

const run = (account: string, tool: string, params: object = {}) =>
  practice.execute({ connected_account_id: account, tool_name: `sandbox.${tool}`, params })

test('fewer permissions hold from the next call on, with the credential that was there', async () => {
  const { account, narrow, tenant, id } = await connected()
  const before = await practice.state()
  const narrowed = await narrow({ scopes: ['tasks:read'] })
  expect(narrowed.connection?.scopes).toEqual(['tasks:read'])
  await expect(run(account, 'create_task', { title: 'x' })).rejects.toEqual(refusal('insufficient_scope'))
  await expect(run(account, 'list_tasks')).resolves.toMatchObject({ status: 'succeeded' })
  const after = await practice.state()
  // Nobody was asked for anything: neither the person, nor the provider.
  expect(after.token_authorization_code).toBe(before.token_authorization_code)
  expect(after.revocation).toBe(0)

  const [first, second] = await listConnections(tenant, id)
  expect(second).toMatchObject({
    scopes: ['tasks:read'],
    previous_connection_id: first?.id,
    grantees: first?.grantees,
  })
  expect(second?.scopes_refused).toEqual(
    expect.arrayContaining(['tasks:write', 'tasks:delete', 'projects:read']),
  )
  expect(second?.consent_text).toContain('No longer allowed')
  expect(second?.consent_hash).not.toBe(first?.consent_hash)
  const [event] = await listAudit(tenant, { action: 'connection.scopes_changed' }, null, 1)
  expect(event).toMatchObject({ connection_id: second?.id, changed_fields: ['scopes'] })
  const [told] = await listEvents(tenant, { type: 'connection.scopes_changed' }, null, 1)
  expect(told?.data).toMatchObject({ connection_id: second?.id, scopes: ['tasks:read'] })
})

test('more than before is refused, and changes nothing', async () => {
  const { narrow, tenant, id } = await connected('7')
  await narrow({ scopes: ['tasks:read'], resources: { project: [{ id: 'prj_ana_1', label: 'Operations' }] } })
  const beyond: Narrowing[] = [
    { scopes: ['tasks:read', 'tasks:write'] },
    { scopes: [] },
    { resources: { project: [{ id: 'prj_ana_2', label: 'Operations' }] } },
    { resources: { channel: [{ id: 'C1', label: '#general' }] } },
    { expires_in_days: 0 },
    { expires_in_days: 0.5 },
  ]
  for (const narrowing of beyond) await expect(narrow(narrowing)).rejects.toEqual(refusal('invalid_request'))
  for (const same of [{}, { scopes: ['tasks:read'] }, { expires_in_days: 3650 }])
    await expect(narrow(same)).rejects.toEqual(refusal('conflict'))
  expect(await listConnections(tenant, id)).toHaveLength(2)
})

test('an end is set, comes closer, and never moves away', async () => {
  const { narrow } = await connected()
  const daysLeft = (account: Awaited<ReturnType<typeof narrow>>) =>
    Math.round((Date.parse(account.connection?.expires_at ?? '') - Date.now()) / 86_400_000)
  expect(daysLeft(await narrow({ expires_in_days: 30 }))).toBe(30)
  expect(daysLeft(await narrow({ expires_in_days: 7 }))).toBe(7)
  await expect(narrow({ expires_in_days: 30 })).rejects.toEqual(refusal('conflict'))
})

test('what is reached is narrowed at once, and keeps the name that it was picked by', async () => {
  const { account, narrow, tenant, id } = await connected()
  const both = [
    { id: 'prj_ana_1', label: 'Operations' },
    { id: 'prj_ana_2', label: 'Team offsite' },
  ]
  await narrow({ resources: { project: both } })
  await narrow({ resources: { project: [{ id: 'prj_ana_2', label: 'Something harmless' }] } })
  const last = (await listConnections(tenant, id)).at(-1)
  expect(last?.resources).toEqual({ project: [both[1]] })
  expect((await run(account, 'list_projects')).output).toEqual({
    projects: [{ id: 'prj_ana_2', name: 'Team offsite' }],
  })
})

test('of calls and renewals beside a narrowing none loses the credential', async () => {
  const { account, narrow, tenant, id } = await connected()
  const calls = Array.from({ length: 20 }, () =>
    run(account, 'list_tasks').then(
      () => 'done',
      ({ code }: { code: string }) => code,
    ),
  )
  const renewals = Array.from({ length: 5 }, () =>
    practice.connect.refresh(tenant, practice.caller, id, origin).then(
      () => 'done',
      ({ code }: { code: string }) => code,
    ),
  )
  const narrowed = narrow({ scopes: ['tasks:read'] })
  await Promise.allSettled([...calls, ...renewals, narrowed])
  await expect(narrowed).resolves.toBeDefined()
  await expect(run(account, 'list_tasks')).resolves.toMatchObject({ status: 'succeeded' })
  await expect(practice.connect.refresh(tenant, practice.caller, id, origin)).resolves.toMatchObject({
    status: 'active',
  })
  const state = await practice.state()
  expect(state.refresh_redemptions_max).toBe(1)
})

test('two that narrow at once each take away, and neither gives back', async () => {
  const { account, narrow, tenant, id } = await connected()
  await Promise.allSettled([
    narrow({ scopes: ['tasks:read', 'tasks:write'] }),
    narrow({ expires_in_days: 7 }),
  ])
  const last = (await listConnections(tenant, id)).at(-1)
  expect(last).toMatchObject({ scopes: ['tasks:read', 'tasks:write'], expires_at: expect.any(String) })
  await expect(run(account, 'list_projects')).rejects.toEqual(refusal('insufficient_scope'))
})

test('an account that is not in use is not narrowed', async () => {
  const { narrow, tenant, id } = await connected()
  await practice.connect.revoke(tenant, practice.caller, id, 'test', origin)
  await expect(narrow({ scopes: ['tasks:read'] })).rejects.toEqual(refusal('conflict'))
})

test('the tokens open under the new consent alone', async () => {
  const { account, narrow, id } = await connected()
  const [before] = await superuser.sql<{ sealed: Buffer; generation: string }>(
    'SELECT sealed, generation FROM credentials WHERE account_id = $1',
    [id],
  )
  await narrow({ scopes: ['tasks:read'] })
  const keys = await superuser.sql<{ generation: string }>(
    'SELECT generation FROM keyring.credential_keys WHERE account_id = $1',
    [id],
  )
  expect(keys.map(({ generation }) => generation)).toEqual([String(Number(before?.generation) + 1)])
  await superuser.sql('UPDATE credentials SET sealed = $2 WHERE account_id = $1', [id, before?.sealed])
  await expect(run(account, 'list_tasks')).rejects.toEqual(refusal('unavailable'))
})
