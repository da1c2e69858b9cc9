import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { createAgentIn, disableAgentIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import { liftStop, placeStop } from '#lib/limits'
import { createDraft, createPolicyIn, publishDraft } from '#lib/policy'
import { policyInput } from '#lib/policy/schema'
import type { Caller, Tenant } from '#lib/proof'
import { deleteCeilingIn, putCeilingIn } from '#lib/scopes'
import { toolNames } from '#runtime'
import { GET } from '../../app/api/v1/tools/route.ts'
import { type Practice, rootKey, startPractice } from '../../scripts/testing/practice.ts'

let practice: Practice
let tenant: Tenant
let agent = ''
let mira: Caller
let orgs = 0
const by = { type: 'test', id: 'test' }

beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  const org = `org-${++orgs}`
  await practice.session({ org_id: org, user_id: 'u_1', user: { groups: ['finance'] } })
  tenant = await practice.tenant(org)
  agent = (await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira', team: 'sales' }))).id
  await practice.connectAccount({ org, user: 'u_1', agents: [agent] })
  mira = {
    kind: 'agent',
    agentId: parseId('agent', agent) ?? '',
    agentOrgId: tenant.orgId,
    reach: tenant,
    userId: null,
  } as Caller
})

async function publish(source: string) {
  const draft = await createDraft(tenant, { engine: 'cedar', source }, by, async () => {})
  expect(draft.problems.filter(({ severity }) => severity === 'error')).toEqual([])
  await publishDraft(tenant, parseId('policy_version', draft.id) ?? '', { force: false }, by, async () => {})
}

/** What stands in the way of each of the practice provider's tools; nothing of those that can be called. */
async function blocked(userId: string | null = 'u_1', caller = mira): Promise<Record<string, string>> {
  const tools = await practice.broker.listTools({ tenant, caller, userId }, { connector: 'sandbox' })
  expect(tools.length).toBeGreaterThan(3)
  return Object.fromEntries(
    tools.flatMap((tool) => (tool.blocked === null ? [] : [[tool.name.slice(8), tool.blocked]])),
  )
}
const writes = ['create_task', 'delete_task']

test('what policy denies whatever a call says is blocked, and nothing else is', async () => {
  expect(await blocked()).toEqual({})
  await publish(`permit(principal, action, resource);
    forbid(principal is Agent, action, resource) unless { action in Action::"effect:read" };`)
  expect(Object.keys(await blocked()).sort()).toEqual(expect.arrayContaining(writes))
  expect(await blocked()).not.toHaveProperty('list_tasks')
})

test.each([
  [
    'forbidden for some params',
    'forbid(principal, action == Action::"sandbox.create_task", resource) when { context.params.title == "x" };',
  ],
  ['forbidden at some times', 'forbid(principal, action, resource) when { context.local.hour < 24 };'],
  ['forbidden after some calls', 'forbid(principal, action, resource) when { context.usage.last_day >= 0 };'],
  ['forbidden to another team', 'forbid(principal in Team::"support", action, resource);'],
  ['forbidden to the product', 'forbid(principal is Product, action, resource);'],
  ['asked about', '@decision("ask") permit(principal, action, resource);'],
])('a tool that is %s stays', async (_, source) => {
  await publish(`permit(principal, action, resource);\n${source}`)
  expect(await blocked()).toEqual({})
})

test('what nothing permits is blocked; a permit that hangs on params permits', async () => {
  await publish(`permit(principal, action == Action::"sandbox.create_task", resource)
      when { principal in Team::"sales" && context.params.title == "x" };
    permit(principal, action == Action::"sandbox.list_tasks", resource) when { resource.user in Group::"finance" };
    permit(principal, action == Action::"sandbox.delete_task", resource)
      when { principal in Team::"support" } when { context.local.hour > 8 };`)
  const why = await blocked()
  expect(why).toMatchObject({ delete_task: 'policy', list_projects: 'policy' })
  expect(Object.keys(why)).not.toEqual(expect.arrayContaining(['create_task']))
  expect(Object.keys(why)).not.toEqual(expect.arrayContaining(['list_tasks']))
})

test('rules, stops and ceilings block as they refuse', async () => {
  const stop = await placeStop(
    tenant,
    { subject: { type: 'agent', id: agent }, reason: 'as a test' },
    { caller: practice.caller, actor: by },
    toolNames,
    async () => {},
  )
  expect(new Set(Object.values(await blocked()))).toEqual(new Set(['stopped']))
  expect(await blocked('u_1', practice.caller)).toEqual({})
  await liftStop(
    tenant,
    parseId('stop', stop.id) ?? '',
    null,
    { caller: practice.caller, actor: by },
    async () => {},
  )
  const { ceiling } = await forOrg(tenant, (tx) =>
    putCeilingIn(tx, tenant, { connector: 'sandbox', group: 'finance', scopes: ['tasks:read'] }, by),
  )
  expect(await blocked()).toMatchObject({ create_task: 'ceiling' })
  await forOrg(tenant, (tx) => deleteCeilingIn(tx, tenant, parseId('scope_ceiling', ceiling.id) ?? ''))
  const rule = policyInput.parse({ name: 'no', effects: ['delete'] })
  await forOrg(tenant, (tx) => createPolicyIn(tx, tenant, rule, by))
  expect(await blocked()).toEqual({ delete_task: 'policy' })
  // Whoever the user is.
  expect(await blocked(null)).toEqual({ delete_task: 'policy' })
  await forOrg(tenant, (tx) => disableAgentIn(tx, tenant, parseId('agent', agent) ?? ''))
  await expect(blocked()).rejects.toMatchObject({ code: 'forbidden' })
})

test('what is handed to a model leaves out what it cannot have, and keeps what its user may still grant', async () => {
  const rule = policyInput.parse({ name: 'no', effects: ['delete'] })
  await forOrg(tenant, (tx) => createPolicyIn(tx, tenant, rule, by))
  const names = async (query: string) => {
    const url = `http://localhost/api/v1/tools?org_id=${tenant.externalId}&connector=sandbox&limit=100&${query}`
    const response = await GET(new Request(url, { headers: { authorization: `Bearer ${rootKey}` } }), {
      params: Promise.resolve({}),
    })
    const { data } = (await response.json()) as { data: { name: string; available?: boolean }[] }
    return data.map(({ name }) => name)
  }
  for (const user of ['u_1', 'nobody_yet']) {
    expect(await names(`user_id=${user}`)).toContain('sandbox.delete_task')
    const told = await names(`user_id=${user}&format=anthropic`)
    expect(told).not.toContain('sandbox__delete_task')
    expect(told).toContain('sandbox__create_task')
  }
})
