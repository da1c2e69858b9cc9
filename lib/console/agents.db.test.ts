// Agents as those see them who watch what they do: an org's own and those that it let in, with what they did here alone.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { forOrg } from '#lib/db'
import { admitAgentIn, createAgentIn, withdrawAdmissionIn } from '#lib/identity'
import { newId, parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { deploymentTenant } from '#lib/tenancy'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { countConnections, listConnectionIds } from './accounts.ts'
import { getCall, listCalls } from './activity.ts'
import {
  type AgentsCursor,
  type AgentsFilter,
  type AgentsOrder,
  agentsOrders,
  getWatchedAgent,
  listWatchedAgents,
} from './agents.ts'
import { attentionOf } from './attention.ts'

const rules = { sandbox: { base: [], implies: {} } }
let practice: Practice
let superuser: Superuser
let acme: Tenant
let globex: Tenant
/** Public ids by name. */
const ids: Record<string, string> = {}
const accounts: Record<string, string> = {}

const uuid = (name: string) => parseId('agent', ids[name] ?? '') ?? ''
const names = async (tenant: Tenant, filter: AgentsFilter = {}, order: AgentsOrder = 'oldest') =>
  (await listWatchedAgents(tenant, filter, order, null, 100)).map(({ agent }) => agent.name)
const accountsOf = async (tenant: Tenant, agent: string) =>
  (await listConnectionIds(tenant, { agent_id: ids[agent] }, 'newest', null, 100, rules)).map(({ id }) => id)

/** Refusals as the audit has them, and calls as they were made, of long ago too. */
async function did(
  tenant: Tenant,
  agent: string,
  refused: number,
  made: number,
  effect: string,
  daysAgo = 0,
) {
  for (let at = 0; at < refused; at += 1)
    await superuser.tamper(
      `INSERT INTO audit_events SELECT (jsonb_populate_record(v, jsonb_build_object('id', $3::text,
         'sequence', (SELECT max(sequence) + 1 FROM audit_events), 'agent_id', $2::text, 'action', 'tool.executed',
         'outcome', 'denied', 'occurred_at', now() - make_interval(days => $4::int)))).*
       FROM audit_events v WHERE v.org_id = $1 ORDER BY sequence LIMIT 1`,
      [tenant.orgId, ids[agent], newId(), daysAgo],
    )
  for (let at = 0; at < made; at += 1)
    await superuser.tamper(
      `INSERT INTO executions SELECT (jsonb_populate_record(e, jsonb_build_object('id', $3::text, 'agent_id', $2::text,
         'actor_type', 'agent', 'actor_id', $2::text, 'effect', $4::text))).* FROM executions e WHERE e.org_id = $1 LIMIT 1`,
      [tenant.orgId, uuid(agent), newId(), effect],
    )
}

beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  for (const org of ['acme', 'globex']) await practice.session({ org_id: org, user_id: 'nobody' })
  acme = await practice.tenant('acme')
  globex = await practice.tenant('globex')
  const home = deploymentTenant(practice.caller)
  const made = [
    [acme, 'Mira', { owner: 'maria@acme.test', team: 'Support', environment: 'production' }],
    [acme, 'Otto', { team: 'Ops_50%' }],
    [globex, 'Theirs', {}],
    [home, 'Shared', {}],
    [home, 'Not let in', {}],
  ] as const
  for (const [tenant, name, facts] of made)
    ids[name] = (await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name, ...facts }))).id
  await forOrg(acme, (tx) => admitAgentIn(tx, acme, uuid('Shared')))
  for (const [user, agents] of [
    ['ana', [ids.Mira ?? '']],
    ['bob', []],
  ] as const) {
    const done = await practice.connectAccount({
      org: 'acme',
      user,
      agents,
      person: user === 'bob' ? 'ben' : 'ana',
    })
    accounts[user] = done.connected_account_id ?? ''
  }
  await practice.connectAccount({ org: 'globex', user: 'ana', agents: [ids.Theirs ?? ''] })
  await practice.execute({ connected_account_id: accounts.bob, tool_name: 'sandbox.list_tasks', params: {} })
}, 120_000)
afterAll(() => practice.stop())

it('are an org’s own and those of the deployment that it let in, and nobody else’s', async () => {
  expect(await names(acme)).toEqual(['Mira', 'Otto', 'Shared'])
  expect(await names(globex)).toEqual(['Theirs'])
  expect(await getWatchedAgent(acme, uuid('Shared'))).toMatchObject({ shared: true, name: 'Shared' })
  for (const name of ['Theirs', 'Not let in'])
    await expect(getWatchedAgent(acme, uuid(name))).rejects.toMatchObject({ code: 'not_found' })
})

it('are found by every field, and what was typed is text and no pattern', async () => {
  expect(await names(acme, { name: 'mir' })).toEqual(['Mira'])
  expect(await names(acme, { owner: 'ACME.test' })).toEqual(['Mira'])
  expect(await names(acme, { owner: 'support' })).toEqual(['Mira'])
  expect(await names(acme, { owner: '_50%' })).toEqual(['Otto'])
  expect(await names(acme, { name: '%' })).toEqual([])
  expect(await names(acme, { environment: 'Production' })).toEqual(['Mira'])
  expect(await names(acme, { kind: 'shared' })).toEqual(['Shared'])
  expect(await names(acme, { kind: 'registered' })).toEqual(['Mira', 'Otto'])
  expect(await names(acme, { status: 'disabled' })).toEqual([])
})

it('have what they did in 7 days, here alone, and the one that is refused most comes first', async () => {
  await did(acme, 'Otto', 12, 0, 'read')
  await did(acme, 'Otto', 3, 0, 'read', 8)
  await did(acme, 'Mira', 2, 11, 'delete')
  await did(acme, 'Shared', 0, 2, 'read')
  expect(await getWatchedAgent(acme, uuid('Otto'))).toMatchObject({
    refused: { count: 12 },
    calls: { count: 0 },
  })
  expect(await getWatchedAgent(acme, uuid('Mira'))).toMatchObject({
    refused: { count: 2 },
    calls: { count: 11 },
  })
  expect((await getWatchedAgent(acme, uuid('Shared'))).last_seen_at).not.toBeNull()
  expect(await names(acme, {}, 'refused_most')).toEqual(['Otto', 'Mira', 'Shared'])
  expect(await names(acme, {}, 'refused_least')).toEqual(['Shared', 'Mira', 'Otto'])
})

it('calls name the agent by the id that its page has', async () => {
  const [call] = await listCalls(acme, { agent_id: ids.Mira }, null, 1)
  expect(call?.actor).toEqual({ type: 'agent', id: ids.Mira })
  expect((await getCall(acme, parseId('execution', call?.id ?? '') ?? '')).actor.id).toBe(ids.Mira)
})

it('one of the deployment’s stays to be seen where it acted, also once it was shut out', async () => {
  await forOrg(acme, (tx) => withdrawAdmissionIn(tx, acme, uuid('Shared')))
  expect(await getWatchedAgent(acme, uuid('Shared'))).toMatchObject({ calls: { count: 2 } })
  await expect(getWatchedAgent(globex, uuid('Shared'))).rejects.toMatchObject({ code: 'not_found' })
})

it('come page by page without a gap or a repeat, in every order', async () => {
  for (const order of agentsOrders) {
    const whole = (await listWatchedAgents(acme, {}, order, null, 100)).map(({ agent }) => agent.id)
    const pages: string[] = []
    for (let cursor: AgentsCursor | null = null; ; ) {
      const [next] = await listWatchedAgents(acme, {}, order, cursor, 1)
      if (!next) break
      pages.push(next.agent.id)
      cursor = next.cursor
    }
    expect(pages, order).toEqual(whole)
    expect(whole, order).toHaveLength(3)
  }
})

it('the overview names those who are refused often or delete much, and nobody of another org', async () => {
  const { unusual } = await attentionOf(acme, rules)
  expect(unusual).toEqual([
    { id: ids.Mira, name: 'Mira', refused: 2, deleted: 11 },
    { id: ids.Otto, name: 'Otto', refused: 12, deleted: 0 },
  ])
  expect((await attentionOf(globex, rules)).unusual).toEqual([])
})

it('the accounts of an agent are those that it may use or used, and none of another org', async () => {
  const ana = parseId('connected_account', accounts.ana ?? '')
  const bob = parseId('connected_account', accounts.bob ?? '')
  // The calls above were made with Bob's account, which no consent gave to any agent.
  expect((await accountsOf(acme, 'Mira')).sort()).toEqual([ana, bob].sort())
  expect(await accountsOf(acme, 'Otto')).toEqual([])
  expect(await accountsOf(acme, 'Theirs')).toEqual([])
  expect(await countConnections(acme, { agent_id: ids.Mira }, 10, rules)).toEqual({ count: 2, more: false })
  expect(await countConnections(acme, { agent_id: 'ag_nothing' }, 10, rules)).toMatchObject({ count: 0 })
})
