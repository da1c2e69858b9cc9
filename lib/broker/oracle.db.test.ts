import { afterAll, beforeAll, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { createAgentIn, createApiKeyIn } from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import { createPolicyIn } from '#lib/policy'
import { policyInput } from '#lib/policy/schema'
import type { Caller } from '#lib/proof'
import { putCeilingIn } from '#lib/scopes'
import { key } from '#runtime'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

// Every call of 3 organizations × 3 users × 3 ways to name an account × 5 tools × 3 callers, held against what a person
// would say of it who knows the world below and nothing of our code.

const orgs = ['o1', 'o2', 'o3'] as const
const users = ['u1', 'u2', 'u3'] as const
const refs = ['by user', 'by id', 'by the id of a stranger’s'] as const
const tools = ['list_tasks', 'create_task', 'delete_task', 'list_projects', 'github'] as const
const callers = ['product', 'A', 'B'] as const

type Org = (typeof orgs)[number]
type User = (typeof users)[number]
type Tool = (typeof tools)[number]
type Who = (typeof callers)[number]
type Account = {
  of: `${Org}/${User}`
  grantee: Who
  status: 'active' | 'paused' | 'needs_reauth' | 'revoked'
  scopes: readonly string[]
  over?: true
  person: 'ana' | 'ben'
}

const all = ['tasks:read', 'tasks:write', 'tasks:delete', 'projects:read']
const world: readonly Account[] = [
  { of: 'o1/u1', grantee: 'product', status: 'active', scopes: all, person: 'ana' },
  { of: 'o1/u2', grantee: 'product', status: 'active', scopes: all, person: 'ana' },
  { of: 'o1/u2', grantee: 'A', status: 'active', scopes: all, person: 'ben' },
  // o1/u3 has none.
  { of: 'o2/u1', grantee: 'product', status: 'paused', scopes: all, person: 'ana' },
  { of: 'o2/u2', grantee: 'A', status: 'active', scopes: ['tasks:read'], person: 'ana' },
  { of: 'o2/u3', grantee: 'B', status: 'active', scopes: all, over: true, person: 'ana' },
  { of: 'o3/u1', grantee: 'A', status: 'active', scopes: all, person: 'ana' },
  { of: 'o3/u1', grantee: 'A', status: 'active', scopes: ['projects:read'], person: 'ben' },
  { of: 'o3/u2', grantee: 'product', status: 'needs_reauth', scopes: all, person: 'ana' },
  { of: 'o3/u2', grantee: 'product', status: 'active', scopes: ['tasks:read', 'tasks:write'], person: 'ben' },
  { of: 'o3/u3', grantee: 'product', status: 'revoked', scopes: all, person: 'ana' },
]
/** In o1 nobody may delete; in o2 people of no group may only read tasks; in o3 u2 is an intern, who may not write. */
const policyOf: Partial<Record<Org, Tool>> = { o1: 'delete_task' }
const ceilingOf: Partial<Record<`${Org}/${User}` | Org, readonly string[]>> = {
  o2: ['tasks:read', 'tasks:delete'],
  'o3/u2': ['tasks:read', 'projects:read'],
}

type Said = { outcome: string; upstream: 0 | 1 }
const refused = (outcome: string): Said => ({ outcome, upstream: 0 })

function oracle(org: Org, user: User, ref: (typeof refs)[number], tool: Tool, who: Who): Said {
  const own = world.filter(({ of }) => of === `${org}/${user}`)
  // A stranger's account is another organization's: there is no such thing.
  if (ref === 'by the id of a stranger’s') return refused('not_found')
  let account: Account | undefined
  if (ref === 'by id') {
    account = own[0]
    if (!account || (who !== 'product' && account.grantee !== who)) return refused('not_found')
    if (tool === 'github') return refused('invalid_request')
  } else {
    // Nobody has an account at GitHub, and what is revoked is no account any more.
    const there = tool === 'github' ? [] : own.filter(({ status }) => status !== 'revoked')
    const seen = who === 'product' ? there : there.filter(({ grantee }) => grantee === who)
    const working = seen.filter(({ status }) => status === 'active')
    const meant = working.length > 0 ? working : seen
    if (meant.length === 0) return refused('not_found')
    if (meant.length > 1) return refused('ambiguous_account')
    account = meant[0]
  }
  if (!account) return refused('not_found')
  if (account.grantee !== who) return refused('forbidden')
  if (account.status === 'paused') return refused('account_paused')
  if (account.status !== 'active' || account.over) return refused('reauthorization_required')
  const needs = {
    list_tasks: 'tasks:read',
    create_task: 'tasks:write',
    delete_task: 'tasks:delete',
    list_projects: 'projects:read',
    github: '',
  }[tool]
  const most = ceilingOf[`${org}/${user}`] ?? ceilingOf[org]
  if (most && !most.includes(needs)) return refused('policy_denied')
  if (!account.scopes.includes(needs)) return refused('insufficient_scope')
  if (policyOf[org] === tool) return refused('policy_denied')
  // The task that is to be deleted does not exist there.
  return { outcome: tool === 'delete_task' ? 'upstream_rejected' : 'succeeded', upstream: 1 }
}

let practice: Practice
let superuser: Superuser
const ids = new Map<Account, string>()
const as = new Map<string, Caller>()

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  for (const org of orgs) {
    for (const user of users) {
      const groups = ceilingOf[`${org}/${user}`] ? ['interns'] : ['unbound']
      await practice.session({ org_id: org, user_id: user, user: { groups } })
    }
    const tenant = await practice.tenant(org)
    const by = { type: 'test', id: 'oracle' }
    const made = await forOrg(tenant, async (tx) => ({
      secret: (await createApiKeyIn(tx, tenant, { name: 'product', roles: [] })).secret,
      A: await createAgentIn(tx, tenant, { name: 'A' }),
      B: await createAgentIn(tx, tenant, { name: 'B' }),
    }))
    as.set(`${org}/product`, await key('execute')(practice.authorization(made.secret)))
    for (const who of ['A', 'B'] as const) {
      const agentId = parseId('agent', made[who].id) ?? ''
      as.set(`${org}/${who}`, {
        kind: 'agent',
        agentId,
        agentOrgId: tenant.orgId,
        reach: tenant,
        userId: null,
      } as Caller)
    }
    for (const account of world.filter(({ of }) => of.startsWith(org))) {
      const { connected_account_id } = await practice.connectAccount({
        org,
        user: account.of.slice(3),
        person: account.person,
        scopes: account.scopes,
        ...(account.grantee !== 'product' && { agents: [made[account.grantee].id] }),
      })
      const id = connected_account_id ?? ''
      ids.set(account, id)
      const uuid = parseId('connected_account', id)
      await superuser.sql('UPDATE connected_accounts SET status = $2 WHERE id = $1', [uuid, account.status])
      if (account.over)
        await superuser.tamper(
          `UPDATE connections SET expires_at = now() - interval '1 second' WHERE account_id = $1`,
          [uuid],
        )
    }
    // After the accounts: what was let in before stays, and every call is held to it all the same.
    await forOrg(tenant, async (tx) => {
      const forbidden = policyOf[org]
      if (forbidden)
        await createPolicyIn(
          tx,
          tenant,
          policyInput.parse({ name: 'x', tools: [`sandbox.${forbidden}`] }),
          by,
        )
      const connector = 'sandbox'
      if (ceilingOf[org])
        await putCeilingIn(tx, tenant, { connector, group: null, scopes: ceilingOf[org] }, by)
      for (const user of users) {
        const scopes = ceilingOf[`${org}/${user}`]
        if (scopes) await putCeilingIn(tx, tenant, { connector, group: 'interns', scopes }, by)
      }
    })
  }
  await practice.reset()
}, 120_000)
afterAll(() => practice.stop())

const called: Readonly<Record<Tool, { tool_name: string; params: Record<string, unknown> }>> = {
  list_tasks: { tool_name: 'sandbox.list_tasks', params: {} },
  create_task: { tool_name: 'sandbox.create_task', params: { title: 'x' } },
  delete_task: { tool_name: 'sandbox.delete_task', params: { task_id: 'task_of_nobody' } },
  list_projects: { tool_name: 'sandbox.list_projects', params: {} },
  github: { tool_name: 'github.list_issues', params: { owner: 'acme', repository: 'site' } },
}

function named(org: Org, user: User, ref: (typeof refs)[number]): Record<string, string> {
  if (ref === 'by user') return { org_id: org, user_id: user }
  if (ref === 'by id') {
    const own = world.find(({ of }) => of === `${org}/${user}`)
    return {
      connected_account_id: (own && ids.get(own)) ?? publicId('connected_account', crypto.randomUUID()),
    }
  }
  const stranger =
    world.find(({ of }) => !of.startsWith(org) && of.endsWith(user)) ??
    world.find(({ of }) => !of.startsWith(org))
  return { connected_account_id: (stranger && ids.get(stranger)) ?? '' }
}

async function made(org: Org, user: User, ref: (typeof refs)[number], tool: Tool, who: Who): Promise<Said> {
  const outcome = await practice
    .execute({ ...named(org, user, ref), ...called[tool] }, as.get(`${org}/${who}`))
    .then(
      ({ status }) => status,
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    )
  const { last_requests } = await practice.state()
  if (last_requests.length > 0) await practice.reset()
  return { outcome, upstream: last_requests.length as 0 | 1 }
}

test('every combination ends as the oracle says, and a refusal never reaches the provider', async () => {
  const cases = orgs.flatMap((org) =>
    users.flatMap((user) =>
      refs.flatMap((ref) => tools.flatMap((tool) => callers.map((who) => ({ org, user, ref, tool, who })))),
    ),
  )
  expect(cases).toHaveLength(3 * 3 * 3 * 5 * 3)
  const wrong: unknown[] = []
  const denials = new Map<string, number>()
  const seen = new Set<string>()
  for (const { org, user, ref, tool, who } of cases) {
    const [expected, actual] = [oracle(org, user, ref, tool, who), await made(org, user, ref, tool, who)]
    if (expected.outcome !== actual.outcome || expected.upstream !== actual.upstream)
      wrong.push({ org, user, ref, tool, who, expected, actual })
    seen.add(expected.outcome)
    // Whoever names a tool of another connector got the call wrong: nobody decided anything.
    if (expected.upstream === 0 && expected.outcome !== 'invalid_request')
      denials.set(`${org} ${expected.outcome}`, (denials.get(`${org} ${expected.outcome}`) ?? 0) + 1)
  }
  expect(wrong.map((one) => JSON.stringify(one))).toEqual([])
  // A world in which some answer never comes would prove little.
  expect([...seen].sort()).toEqual([
    ...[
      'account_paused',
      'ambiguous_account',
      'forbidden',
      'insufficient_scope',
      'invalid_request',
      'not_found',
    ],
    ...['policy_denied', 'reauthorization_required', 'succeeded', 'upstream_rejected'],
  ])
  const audited = await superuser.sql<{ key: string; n: number }>(
    `SELECT o.external_id || ' ' || e.error_code AS key, count(*)::int AS n FROM audit_events e
     JOIN organizations o ON o.id = e.org_id WHERE e.action = 'tool.executed' AND e.outcome = 'denied' GROUP BY 1`,
  )
  expect(Object.fromEntries(audited.map(({ key: code, n }) => [code, n]))).toEqual(
    Object.fromEntries(denials),
  )
}, 180_000)
