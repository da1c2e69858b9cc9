import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '#lib/proof'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import {
  type ConnectionsCursor,
  type ConnectionsOrder,
  countConnections,
  listConnectionIds,
} from './accounts.ts'
import { getCall, listCalls, listRefused } from './activity.ts'
import { attentionOf } from './attention.ts'
import { getPerson, listPeople } from './people.ts'
import { listReceipts } from './receipts.ts'
import { deleteView, saveView, viewsOf } from './saved-views.ts'

const rules = { sandbox: { base: [], implies: {} } }
let practice: Practice
let superuser: Superuser
let acme: Tenant
let globex: Tenant

const ids = async (tenant: Tenant, filter = {}, order: ConnectionsOrder = 'newest', most = 100) =>
  (await listConnectionIds(tenant, filter, order, null, most, rules)).map(({ id }) => id)

beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  const { resolveTenant } = await import('#lib/tenancy')
  const one = await practice.connectAccount({
    org: 'acme',
    user: 'ana',
    scopes: ['tasks:read', 'projects:read'],
  })
  await practice.connectAccount({ org: 'acme', user: 'bob', person: 'ben' })
  await practice.connectAccount({ org: 'globex', user: 'ana' })
  acme = await resolveTenant(practice.caller, 'acme')
  globex = await resolveTenant(practice.caller, 'globex')
  const call = { connected_account_id: one.connected_account_id, tool_name: 'sandbox.list_tasks', params: {} }
  await practice.execute(call)
  await practice
    .execute({ ...call, tool_name: 'sandbox.delete_task', params: { task_id: 'x' } })
    .catch(() => null)
})
afterAll(() => practice.stop())

describe('connections', () => {
  it('come page by page without a gap or a repeat, in every order', async () => {
    for (const order of ['newest', 'oldest', 'unused_longest', 'used_last'] as const) {
      const whole = await listConnectionIds(acme, {}, order, null, 100, rules)
      const pages: ConnectionsCursor[] = []
      for (let cursor: ConnectionsCursor | null = null; ; ) {
        const [next] = await listConnectionIds(acme, {}, order, cursor, 1, rules)
        if (!next) break
        pages.push(next)
        cursor = next
      }
      expect(pages, order).toEqual(whole)
      expect(whole, order).toHaveLength(2)
    }
    expect(await ids(acme, {}, 'oldest')).toEqual((await ids(acme)).reverse())
    const unused = await ids(acme, {}, 'unused_longest')
    expect(await ids(acme, {}, 'used_last')).toEqual(unused.reverse())
  })

  it('are those of one org alone, and the count agrees with the list', async () => {
    expect(await ids(globex)).toHaveLength(1)
    expect((await ids(acme)).filter((id) => id === 'none')).toEqual([])
    for (const filter of [{}, { user_id: 'ana' }, { status: 'active' }, { connector: 'github' }])
      expect(await countConnections(acme, filter, 10, rules)).toEqual({
        count: (await ids(acme, filter)).length,
        more: false,
      })
    expect(await countConnections(acme, {}, 1, rules)).toEqual({ count: 1, more: true })
  })
})

describe('attention', () => {
  it('is nothing for an org where all is well, and is of one org alone', async () => {
    const quiet = await attentionOf(globex, rules)
    for (const [name, value] of Object.entries(quiet))
      expect(value, name).toEqual(['failing', 'unusual'].includes(name) ? [] : { count: 0, more: false })
  })

  it('counts what lies idle, what ends, what was granted for nothing, and what must be renewed', async () => {
    const [ana] = await ids(acme, { user_id: 'ana' })
    const [bob] = await ids(acme, { user_id: 'bob' })
    await superuser.tamper(
      `UPDATE connections SET consented_at = now() - interval '100 days', expires_at = now() + interval '3 days'
       WHERE account_id = $1`,
      [ana],
    )
    await superuser.tamper(
      `UPDATE connected_accounts SET created_at = now() - interval '100 days', last_used_at = NULL WHERE id = $1`,
      [bob],
    )
    expect(await attentionOf(acme, rules)).toMatchObject({
      dormant: { count: 1 },
      expiring_consents: { count: 1 },
      over_granted: { count: 1 },
      needs_reauth: { count: 0 },
      refused_calls: { count: 1 },
    })
    expect(await ids(acme, { attention: 'dormant' })).toEqual([bob])
    expect(await ids(acme, { attention: 'expiring' })).toEqual([ana])
    expect(await ids(acme, { attention: 'over_granted' })).toEqual([ana])
    await superuser.tamper(`UPDATE connected_accounts SET status = 'needs_reauth' WHERE id = $1`, [bob])
    expect(await attentionOf(acme, rules)).toMatchObject({
      needs_reauth: { count: 1 },
      dormant: { count: 0 },
    })
  })
})

describe('calls, people and receipts', () => {
  it('a call is told with who, for whom and what was decided; a refused one is told apart', async () => {
    const [call] = await listCalls(acme, { tool_name: 'sandbox.list_tasks' }, null, 10)
    expect(call).toMatchObject({ status: 'succeeded', user_id: 'ana', actor: { type: 'root_key' } })
    const [refused, ...others] = await listRefused(acme, {}, null, 10)
    expect(refused?.call).toMatchObject({ status: 'refused', tool_name: 'sandbox.delete_task' })
    expect(others).toEqual([])
    expect(await listRefused(acme, {}, refused?.cursor ?? null, 10)).toEqual([])
    expect(await listCalls(globex, {}, null, 10)).toEqual([])
    expect(await listRefused(globex, {}, null, 10)).toEqual([])
    const uuid = String(call?.id)
      .slice(3)
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    expect(await getCall(acme, uuid)).toEqual(call)
    await expect(getCall(globex, uuid)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('a person is found by id or e-mail address, with what they connected', async () => {
    expect((await listPeople(acme, {}, 'newest', null, 10)).map(({ user_id }) => user_id)).toEqual([
      'bob',
      'ana',
    ])
    expect((await listPeople(acme, {}, 'oldest', null, 10)).map(({ user_id }) => user_id)).toEqual([
      'ana',
      'bob',
    ])
    await superuser.tamper(
      `UPDATE end_users SET email = 'Ana@Acme.test' WHERE external_id = 'ana' AND org_id = $1`,
      [acme.orgId],
    )
    const [ana, ...others] = await listPeople(acme, { user: 'Ana@Acme.test' }, 'newest', null, 10)
    expect(ana).toMatchObject({ user_id: 'ana', accounts: 1, consents: 1, status: 'active' })
    expect(others).toEqual([])
    const uuid = String(ana?.id)
      .slice(4)
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    await expect(getPerson(globex, uuid)).rejects.toMatchObject({ code: 'not_found' })
    expect(await listPeople(acme, { status: 'deactivated' }, 'newest', null, 10)).toEqual([])
  })

  it('a receipt is listed with its consent, and none of another org', async () => {
    const all = await listReceipts(acme, {}, null, 10)
    expect(all).toHaveLength(2)
    expect(await listReceipts(acme, { user_id: 'ana' }, null, 10)).toMatchObject([
      { user_id: 'ana', connector: 'sandbox', in_force: true },
    ])
    expect(await listReceipts(acme, { user_id: 'nobody' }, null, 10)).toEqual([])
    expect(await listReceipts(globex, {}, null, 10)).toHaveLength(1)
  })
})

describe('saved views', () => {
  it('are a member’s own; the same name replaces, and nobody deletes another’s', async () => {
    const memberIds = ['0190a000-0000-7000-8000-000000000001', '0190a000-0000-7000-8000-000000000002']
    for (const id of memberIds)
      await superuser.sql(`INSERT INTO members (org_id, id, email, role) VALUES ($1, $2, $3, 'owner')`, [
        acme.orgId,
        id,
        `${id}@acme.test`,
      ])
    const [one = '', two = ''] = memberIds
    const mine = { home: acme, memberId: one }
    const theirs = { home: acme, memberId: two }
    await saveView(mine, 'accounts', 'Idle', 'attention=dormant')
    await saveView(mine, 'accounts', 'Idle', 'attention=dormant&sort=used_last')
    await saveView(mine, 'accounts', '', 'columns=id')
    const known = await viewsOf(mine, 'accounts')
    expect(known).toMatchObject({
      named: [{ name: 'Idle', query: 'attention=dormant&sort=used_last' }],
      last: 'columns=id',
    })
    expect(await viewsOf(theirs, 'accounts')).toEqual({ named: [], last: null })
    expect(await viewsOf(mine, 'people')).toEqual({ named: [], last: null })
    const id = known.named[0]?.id ?? ''
    await deleteView(theirs, id)
    expect((await viewsOf(mine, 'accounts')).named).toHaveLength(1)
    await deleteView(mine, id)
    expect((await viewsOf(mine, 'accounts')).named).toEqual([])
  })

  it('are only so many that one finds one’s way', async () => {
    const viewer = { home: acme, memberId: '0190a000-0000-7000-8000-000000000002' }
    for (let at = 0; at < 50; at += 1) await saveView(viewer, 'people', `view ${at}`, '')
    await saveView(viewer, 'people', 'view 7', 'status=active')
    await saveView(viewer, 'people', '', 'dense=1')
    await expect(saveView(viewer, 'people', 'one more', '')).rejects.toMatchObject({ code: 'conflict' })
  })
})
