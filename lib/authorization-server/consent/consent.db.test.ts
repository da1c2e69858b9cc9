import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { hashOf, type Tool } from '#lib/connector-kit'
import { listEvents } from '#lib/events'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { coversCall, grantFact, hasChanged, pinOf } from '#lib/scopes'
import { origin } from '../../../scripts/testing/practice.ts'
import { createAuthorizePages } from '../index.ts'
import {
  account,
  atConsent,
  grantsOf,
  known,
  newBrowser,
  practice,
  prepareConsent,
  register,
  superuser,
  t,
} from './testing.ts'

prepareConsent()

/** What a call would read of a consent. */
async function fact(tenant: Tenant, grant: Record<string, unknown>) {
  const select = grantFact.select({
    org: '$1::uuid',
    grant: '$2::uuid',
    agentOrg: '$3::uuid',
    agent: '$4::uuid',
  })
  const values = [tenant.orgId, grant.id, grant.agent_org_id, grant.agent_id]
  const [row] = await superuser.sql<{ fact: unknown }>(`SELECT ${select} AS fact`, values)
  return grantFact.parse(row?.fact)
}

async function toolOf(name: string): Promise<Tool> {
  const { connectors } = await import('#runtime')
  const tool = connectors.sandbox?.tools[name]
  if (!tool) throw new Error(`no ${name}`)
  return tool
}

test('who is asked again because tools changed is told which, and what they agree to now is what there is now', async () => {
  const user = await known('again', 'u_1', 'ana@again.test')
  const { connected_account_id } = await practice.connectAccount({ org: 'again', user: 'u_1' })
  const id = connected_account_id ?? ''
  const on = { id: parseId('connected_account', id) ?? '', user_id: user.userId }
  const clientId = await register()
  const first = await atConsent(newBrowser(), clientId, user)
  expect(first.screen.view.changed).toEqual([])
  await first.allow({ accounts: [{ id, mode: 'pick', tools: ['sandbox.list_tasks'] }] })
  const [list, create] = [await toolOf('sandbox.list_tasks'), await toolOf('sandbox.create_task')]
  const then = pinOf({ ...list, description: 'It did less then.' })
  await superuser.tamper('UPDATE agent_grants SET tools = $2 WHERE org_id = $1', [
    user.tenant.orgId,
    JSON.stringify({ [on.id]: { [list.name]: then } }),
  ])
  const { screen, allow } = await atConsent(newBrowser(), clientId, user)
  // What was never agreed to did not change since.
  expect(screen.view.changed).toEqual([{ name: list.name, title: list.title }])
  expect(screen.text).toContain(`Changed since you agreed · ${list.title} · ${list.name}`)
  // What was drawn before a tool became another is not agreed to after it: `first` was asked of the same words but one.
  await expect(allow({ hash: first.screen.hash })).rejects.toMatchObject({ code: 'conflict' })
  await allow({ accounts: [{ id, mode: 'pick', tools: ['sandbox.list_tasks'] }] })
  const [outdated, anew] = await grantsOf(user.tenant)
  if (!outdated || !anew) throw new Error('no consents')
  expect(coversCall(await fact(user.tenant, outdated), on, list)).toBe(false)
  expect(hasChanged(await fact(user.tenant, outdated), on, list)).toBe(true)
  expect(hasChanged(await fact(user.tenant, outdated), on, create)).toBe(false)
  expect(coversCall(await fact(user.tenant, anew), on, list)).toBe(true)
  // And there is nothing left to tell.
  expect((await atConsent(newBrowser(), clientId, user)).screen.view.changed).toEqual([])
})

test('a screen names the tools as they are: one that becomes another under it is not agreed to', async () => {
  const user = await known('meanwhile', 'u_1', 'ana@meanwhile.test')
  await practice.connectAccount({ org: 'meanwhile', user: 'u_1' })
  const { connectors } = await import('#runtime')
  const { interaction, screen } = await atConsent(newBrowser(), await register(), user)
  const sandbox = connectors.sandbox
  const list = await toolOf('sandbox.list_tasks')
  if (!sandbox) throw new Error('no sandbox')
  const later = createAuthorizePages({
    ...connectors,
    sandbox: {
      ...sandbox,
      tools: { ...sandbox.tools, [list.name]: { ...list, description: 'Lists tasks, and mails them.' } },
    },
  })
  const after = await later.screen(interaction, account(user), t)
  expect(after.text).toBe(screen.text)
  expect(after.hash).not.toBe(screen.hash)
})

test('a consent covers the tools that were chosen on the accounts that were chosen, and its text is kept', async () => {
  const user = await known('narrow', 'u_1', 'ana@narrow.test')
  const { connected_account_id } = await practice.connectAccount({ org: 'narrow', user: 'u_1' })
  const id = connected_account_id ?? ''
  const { screen, allow } = await atConsent(newBrowser(), await register(), user)
  await expect(allow({ accounts: [] })).rejects.toMatchObject({ facts: { param: 'scopes' } })
  await expect(allow({ hash: 'other' })).rejects.toMatchObject({ code: 'conflict' })
  await expect(allow({ duration: '9999' })).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(
    allow({ accounts: [{ id, mode: 'pick', tools: ['sandbox.no_such_tool'] }] }),
  ).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(
    allow({ accounts: [{ id: `ca_${'1'.repeat(32)}`, mode: 'all', tools: [] }] }),
  ).rejects.toMatchObject({ code: 'invalid_request' })
  expect(await grantsOf(user.tenant)).toEqual([])
  const read = await allow({ accounts: [{ id, mode: 'read', tools: [] }] })
  expect(read).toMatchObject({ kind: 'consented', scopes: ['tools:read'] })
  await allow({ accounts: [{ id, mode: 'pick', tools: ['sandbox.create_task'] }] })
  const [onlyRead, picked] = await grantsOf(user.tenant)
  if (!onlyRead || !picked) throw new Error('no consents')
  const [first, second] = [await fact(user.tenant, onlyRead), await fact(user.tenant, picked)]
  const on = { id: parseId('connected_account', id) ?? '', user_id: user.userId }
  const [list, create] = [await toolOf('sandbox.list_tasks'), await toolOf('sandbox.create_task')]
  expect([coversCall(first, on, list), coversCall(first, on, create)]).toEqual([true, false])
  expect([coversCall(second, on, list), coversCall(second, on, create)]).toEqual([false, true])
  // A tool that does more than it did when it was shown is another tool, and another person's account another account.
  expect(coversCall(first, on, { ...list, effect: 'delete' })).toBe(false)
  expect(coversCall(first, on, { ...list, description: 'Lists tasks, and mails them.' })).toBe(false)
  expect(coversCall(first, on, { ...list })).toBe(true)
  expect(first?.tools[on.id]?.[list.name]).toEqual({ effect: 'read', hash: hashOf(list) })
  expect(coversCall(first, { ...on, user_id: on.id }, list)).toBe(false)
  expect(await fact(user.tenant, { ...onlyRead, agent_id: onlyRead.id })).toBeNull()
  const evidence = onlyRead.evidence as Record<string, unknown>
  expect(evidence).toMatchObject({
    locale: 'en',
    client: { kind: 'dcr', name: 'Claude', redirect_host: '127.0.0.1:51999', local: true },
    hash: createHash('sha256').update(String(evidence.text)).digest('hex'),
  })
  expect(String(evidence.text)).toContain(screen.text)
  expect((evidence.left_out as Record<string, string[]>)[id]).toContain('sandbox.create_task')
})

test('a consent ends when it is taken back, with its accounts, its person, and its org; its time ends it too', async () => {
  const user = await known('ending', 'u_1', 'ana@ending.test')
  const { connected_account_id } = await practice.connectAccount({ org: 'ending', user: 'u_1' })
  const id = parseId('connected_account', connected_account_id ?? '') ?? ''
  const clientId = await register()
  const granted = async () => {
    const { allow } = await atConsent(newBrowser(), clientId, user)
    const { grantId } = (await allow()) as { grantId: string }
    const [row] = (await grantsOf(user.tenant)).filter((one) => one.id === grantId)
    if (!row) throw new Error('no consent')
    expect(await fact(user.tenant, row)).not.toBeNull()
    return row
  }
  const { connect, caller } = practice
  const back = await granted()
  await connect.revokeAgentGrant(user.tenant, caller, String(back.id), origin)
  expect(await fact(user.tenant, back)).toBeNull()
  const late = await granted()
  await superuser.tamper(`UPDATE agent_grants SET expires_at = now() - interval '1 second' WHERE id = $1`, [
    late.id,
  ])
  expect(await fact(user.tenant, late)).toBeNull()
  const ended = await granted()
  await connect.revoke(user.tenant, caller, id, 'test', origin)
  expect(await fact(user.tenant, ended)).toBeNull()
  await practice.connectAccount({ org: 'ending', user: 'u_1' })
  // The same account, connected anew, is not let in by what was agreed to before.
  expect(await fact(user.tenant, ended)).toBeNull()
  const left = await granted()
  await connect.removeUser(user.tenant, caller, 'u_1', origin)
  expect(await fact(user.tenant, left)).toBeNull()
  const events = await listEvents(user.tenant, { type: 'agent_grant.revoked' }, null, 10)
  expect(events.map(({ data }) => data.reason)).toEqual(['deleted', 'test', 'revoked'])
  const audited = await listAudit(user.tenant, { action: 'agent_grant.revoked' }, null, 10)
  expect(audited).toHaveLength(3)
})

test('who has no account yet lets a client in, which can do nothing with accounts that come later', async () => {
  const user = await known('empty', 'u_1', 'ana@empty.test')
  const { screen, allow } = await atConsent(newBrowser(), await register(), user)
  expect(screen.view.accounts).toEqual([])
  expect(await allow()).toMatchObject({ scopes: ['tools:read', 'tools:write'] })
  const { connected_account_id } = await practice.connectAccount({ org: 'empty', user: 'u_1' })
  const [grant] = await grantsOf(user.tenant)
  const on = { id: parseId('connected_account', connected_account_id ?? '') ?? '', user_id: user.userId }
  const read = grant ? await fact(user.tenant, grant) : null
  expect(read?.accountIds).toEqual([])
  expect(coversCall(read, on, await toolOf('sandbox.list_tasks'))).toBe(false)
})

test('a client that an admin has disabled is let in by nobody', async () => {
  const user = await known('blocked', 'u_1', 'ana@blocked.test')
  await practice.connectAccount({ org: 'blocked', user: 'u_1' })
  const clientId = await register()
  const { allow } = await atConsent(newBrowser(), clientId, user)
  await allow()
  await superuser.tamper('UPDATE agents SET disabled_at = now() WHERE client_id = $1', [clientId])
  const { screen, allow: again } = await atConsent(newBrowser(), clientId, user)
  expect(screen.view).toMatchObject({ blocked: true, accounts: [] })
  await expect(again()).rejects.toMatchObject({ code: 'forbidden' })
})
