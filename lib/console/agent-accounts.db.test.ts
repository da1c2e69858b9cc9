// Which accounts an agent reaches: found from what names it where those are few, asked of each account where they are many.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { forOrg } from '#lib/db'
import { admitAgentIn, createAgentIn } from '#lib/identity'
import { newId, parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { deploymentTenant } from '#lib/tenancy'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { type ConnectionsFilter, countConnections, listConnectionIds } from './accounts.ts'

const rules = {}
const people = ['ana', 'ben', 'cyn', 'dan', 'eva']
let practice: Practice
let superuser: Superuser
let acme: Tenant
let globex: Tenant
let mira: string
let shared: string
/** Internal ids by person, and people by them. */
const accounts: Record<string, string> = {}

const uuid = (agent: string) => parseId('agent', agent) ?? ''
const reached = async (agent: string, filter: ConnectionsFilter = {}, tenant = acme) => {
  const found = await listConnectionIds(tenant, { ...filter, agent_id: agent }, 'newest', null, 100, rules)
  expect((await countConnections(tenant, { ...filter, agent_id: agent }, 100, rules)).count).toBe(
    found.length,
  )
  const ids = new Set(found.map(({ id }) => id))
  expect(ids.size).toBe(found.length)
  return people.filter((person) => ids.has(accounts[person] ?? ''))
}

/** The same by every way of asking: of all accounts, of each person's, and as of an agent that very many let in. */
async function expectReached(agent: string, expected: readonly string[]) {
  expect(await reached(agent)).toEqual(expected)
  for (const person of people)
    expect(await reached(agent, { user_id: person })).toEqual(expected.filter((one) => one === person))
  await superuser.tamper(
    `INSERT INTO connection_grantees (org_id, connection_id, agent_org_id, agent_id)
     SELECT g.*, $2::uuid FROM (SELECT $1::uuid, gen_random_uuid(), $3::uuid FROM generate_series(1, 50001)) AS g`,
    [acme.orgId, uuid(agent), agent === shared ? deploymentTenant(practice.caller).orgId : acme.orgId],
  )
  expect(await reached(agent), 'of very many').toEqual(expected)
  expect(await reached(agent, { status: 'active' })).toEqual(expected)
  expect(await reached(agent, { status: 'revoked' })).toEqual([])
  await superuser.tamper(
    `DELETE FROM connection_grantees g WHERE NOT EXISTS (SELECT FROM connections c WHERE c.id = g.connection_id)`,
  )
}

const lend = (agent: string, agentOrg: Tenant, person: string, ended: boolean, revoked: boolean) =>
  superuser.tamper(
    `INSERT INTO agent_grants (org_id, id, agent_org_id, agent_id, user_id, client_id, oauth_grant_id, resource, evidence,
       account_ids, ended_account_ids, revoked_at, revoked_by)
     SELECT $1, gen_random_uuid(), $2, $3, a.user_id, 'c', gen_random_uuid()::text, 'https://mcp.test', '{}', ARRAY[a.id],
       CASE WHEN $5 THEN ARRAY[a.id] ELSE '{}' END, CASE WHEN $6 THEN now() END, CASE WHEN $6 THEN '{}'::jsonb END
     FROM connected_accounts a WHERE a.id = $4`,
    [acme.orgId, agentOrg.orgId, uuid(agent), accounts[person], ended, revoked],
  )

beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  for (const org of ['acme', 'globex']) await practice.session({ org_id: org, user_id: 'nobody' })
  acme = await practice.tenant('acme')
  globex = await practice.tenant('globex')
  const home = deploymentTenant(practice.caller)
  const made = async (tenant: Tenant, name: string) =>
    (await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name }))).id
  mira = await made(acme, 'Mira')
  shared = await made(home, 'Shared')
  for (const tenant of [acme, globex]) await forOrg(tenant, (tx) => admitAgentIn(tx, tenant, uuid(shared)))
  const agents: Record<string, string[]> = { ana: [mira], ben: [shared], cyn: [mira, shared] }
  for (const [at, user] of people.entries()) {
    const done = await practice.connectAccount({
      org: 'acme',
      user,
      agents: agents[user] ?? [],
      person: ['ana', 'ben', 'cleo'][at % 3] ?? 'ana',
    })
    accounts[user] = parseId('connected_account', done.connected_account_id ?? '') ?? ''
  }
  await practice.connectAccount({ org: 'globex', user: 'ana', agents: [shared] })
}, 120_000)
afterAll(() => practice.stop())

it('an agent reaches what consents name it in, the deployment’s agents too, and in this org alone', async () => {
  await expectReached(mira, ['ana', 'cyn'])
  await expectReached(shared, ['ben', 'cyn'])
  expect(await reached(mira, {}, globex)).toEqual([])
  expect(await listConnectionIds(globex, { agent_id: shared }, 'newest', null, 100, rules)).toHaveLength(1)
})

it('a consent that another took the place of lets nobody in any more', async () => {
  const renewed = newId()
  await superuser.tamper(
    `INSERT INTO connections SELECT (jsonb_populate_record(c, jsonb_build_object('id', $2::text))).* FROM connections c
     JOIN connected_accounts a ON a.current_connection_id = c.id WHERE a.id = $1`,
    [accounts.cyn, renewed],
  )
  await superuser.tamper('UPDATE connected_accounts SET current_connection_id = $2 WHERE id = $1', [
    accounts.cyn,
    renewed,
  ])
  await expectReached(mira, ['ana'])
  await expectReached(shared, ['ben'])
})

it('what somebody lent it is reached until it is taken back or the account was ended', async () => {
  const home = deploymentTenant(practice.caller)
  await lend(mira, acme, 'dan', false, false)
  await lend(mira, acme, 'eva', false, true)
  await lend(shared, home, 'dan', true, false)
  await lend(shared, home, 'eva', false, false)
  await expectReached(mira, ['ana', 'dan'])
  await expectReached(shared, ['ben', 'eva'])
})

it('what it used of late is reached, whoever let it in', async () => {
  await practice.execute({
    connected_account_id: `ca_${accounts.eva?.replaceAll('-', '')}`,
    tool_name: 'sandbox.list_tasks',
    params: {},
  })
  await superuser.tamper(`UPDATE executions SET agent_id = $2 WHERE org_id = $1`, [acme.orgId, uuid(mira)])
  await expectReached(mira, ['ana', 'dan', 'eva'])
})

it('an account that is gone is reached by nobody', async () => {
  await superuser.tamper('UPDATE connected_accounts SET deleted_at = now() WHERE id = $1', [accounts.ana])
  await expectReached(mira, ['dan', 'eva'])
})
