// What the console's pages ask for, through the functions that they ask: every list by every filter and order, at its
// beginning and far down; every count, histogram and facet.

import { listApprovals } from '#lib/approvals'
import { exploreAudit, headOf, namesIn, tallyAudit } from '#lib/audit'
import { exploreFilter } from '#lib/audit/schema'
import { listRevocations } from '#lib/connect'
import { listAccounts, listRequests } from '#lib/consent'
import {
  agentsOrders,
  attentionOf,
  type ConnectionsOrder,
  countCallsOf,
  countConnections,
  countStoppedCalls,
  lastCallOf,
  listCalls,
  listConnectionIds,
  listPeople,
  listReceipts,
  listRefused,
  listWatchedAgents,
  type ScopeRules,
} from '#lib/console'
import { forOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'

export type Query = { name: string; run: () => Promise<unknown> }

/** Rows of a page and one more, as the console reads them; of an export; and as far as "all that match" is counted. */
const [pageRows, exportRows, countedMost] = [51, 200, 10_000]

const rules: ScopeRules = Object.fromEntries(
  ['github', 'google', 'slack', 'zendesk', 'airtable', 'sandbox'].map((id) => [
    id,
    { base: [], implies: {} },
  ]),
)

/** Some rows of the seeded organization, to ask for. */
type Known = {
  from: number
  to: number
  firstAgent: string
  lastAgent: string
  account: string
  events: number
}

async function knownOf(tenant: Tenant): Promise<Known> {
  const [row] = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<Omit<Known, 'from' | 'to' | 'events'>[]>`
      SELECT (SELECT id FROM agents WHERE org_id = ${tenant.orgId}::uuid ORDER BY id LIMIT 1) AS "firstAgent",
        (SELECT id FROM agents WHERE org_id = ${tenant.orgId}::uuid ORDER BY id DESC LIMIT 1) AS "lastAgent",
        (SELECT id FROM connected_accounts WHERE org_id = ${tenant.orgId}::uuid ORDER BY id LIMIT 1) AS account`,
  )
  const to = Date.now()
  if (!row) throw new Error('nothing is seeded')
  return { ...row, from: to - 390 * 86_400_000, to, events: Number(await headOf(tenant)) }
}

/** An id of a moment, so that a page begins there. */
function idAt(ms: number): string {
  const hex = Math.floor(ms).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

const iso = (ms: number) => new Date(ms).toISOString()

export async function queriesOf(tenant: Tenant): Promise<Query[]> {
  const known = await knownOf(tenant)
  return [
    { name: 'overview', run: () => attentionOf(tenant, rules) },
    ...connections(tenant, known),
    ...people(tenant, known),
    ...activity(tenant, known),
    ...others(tenant, known),
    ...audit(tenant, known),
  ]
}

const users = { 'one user': 'user-5', 'a user of many': 'user-0', nobody: 'user-none' }

function connections(tenant: Tenant, { from, to, firstAgent, lastAgent }: Known): Query[] {
  const statuses = ['active', 'paused', 'needs_reauth', 'revoked', 'unverified']
  const filters: Record<string, Parameters<typeof countConnections>[1]> = {
    all: {},
    ...Object.fromEntries(Object.entries(users).map(([name, user_id]) => [name, { user_id }])),
    ...Object.fromEntries(statuses.map((status) => [status, { status }])),
    connector: { connector: 'github' },
    'rare connector': { connector: 'sandbox' },
    'no such connector': { connector: 'none' },
    'frequent agent': { agent_id: publicId('agent', firstAgent) },
    'rare agent': { agent_id: publicId('agent', lastAgent) },
    'rare agent, expiring': { agent_id: publicId('agent', lastAgent), attention: 'expiring' },
    dormant: { attention: 'dormant' },
    expiring: { attention: 'expiring' },
    'over-granted': { attention: 'over_granted' },
    'rare connector, revoked': { connector: 'sandbox', status: 'revoked' },
    'connector, unverified': { connector: 'github', status: 'unverified' },
    'rare connector, expiring': { connector: 'sandbox', attention: 'expiring' },
    'rare connector, dormant': { connector: 'sandbox', attention: 'dormant' },
    'paused, expiring': { status: 'paused', attention: 'expiring' },
    'revoked, expiring': { status: 'revoked', attention: 'expiring' },
    'a user of many, paused': { user_id: 'user-0', status: 'paused' },
  }
  const orders: ConnectionsOrder[] = ['newest', 'oldest', 'unused_longest', 'used_last']
  /** With nine tenths of the rows before it. */
  const deep: Record<ConnectionsOrder, number> = {
    newest: from + (to - from) / 10,
    oldest: to - (to - from) / 10,
    unused_longest: to - (to - from) / 50,
    used_last: from + (to - from) / 5,
  }
  const page = async (
    filter: (typeof filters)[string],
    order: ConnectionsOrder,
    far: boolean,
    most: number,
  ) => {
    const cursor = far ? { used: Math.floor(deep[order]), id: idAt(deep[order]) } : null
    const found = await listConnectionIds(tenant, filter, order, cursor, most, rules)
    return listAccounts(tenant, { ids: found.map(({ id }) => id) }, null, most)
  }
  return Object.entries(filters).flatMap(([name, filter]) => [
    ...orders.flatMap((order) =>
      [false, true].map((far) => ({
        name: `connections: ${name}, ${order}${far ? ', far down' : ''}`,
        run: () => page(filter, order, far, pageRows),
      })),
    ),
    {
      name: `connections: ${name}, counted`,
      run: () => countConnections(tenant, filter, countedMost, rules),
    },
    {
      name: `connections: ${name}, first of an export`,
      run: () => page(filter, 'newest', false, exportRows),
    },
  ])
}

function people(tenant: Tenant, { from, to }: Known): Query[] {
  const filters: Record<string, Parameters<typeof listPeople>[1]> = {
    all: {},
    'by id': { user: 'user-5' },
    'by e-mail': { user: 'User-5@org-0.test' },
    nobody: { user: 'nobody@nowhere.test' },
    active: { status: 'active' },
    deactivated: { status: 'deactivated' },
    'by id, deactivated': { user: 'user-5', status: 'deactivated' },
  }
  const at = { newest: idAt(from + (to - from) / 10), oldest: idAt(to - (to - from) / 10) }
  return Object.entries(filters).flatMap(([name, filter]) =>
    (['newest', 'oldest'] as const).flatMap((order) =>
      [false, true].map((far) => ({
        name: `people: ${name}, ${order}${far ? ', far down' : ''}`,
        run: () => listPeople(tenant, filter, order, far ? at[order] : null, pageRows),
      })),
    ),
  )
}

function activity(tenant: Tenant, known: Known): Query[] {
  const { from, to } = known
  const [frequent, rare] = [publicId('agent', known.firstAgent), publicId('agent', known.lastAgent)]
  const none = publicId('agent', idAt(from))
  const span = (since: number, until: number) => ({ since: iso(since), until: iso(until) })
  const filters: Record<string, Omit<Parameters<typeof listCalls>[1], 'status'>> = {
    all: {},
    ...Object.fromEntries(Object.entries(users).map(([name, user_id]) => [name, { user_id }])),
    'frequent agent': { agent_id: frequent },
    'rare agent': { agent_id: rare },
    'no such agent': { agent_id: none },
    'one account': { account_id: known.account },
    'frequent tool': { tool_name: 'github.list_items' },
    'rare tool': { tool_name: 'sandbox.export_items' },
    'no such tool': { tool_name: 'none.at_all' },
    'last hour': { since: iso(to - 3_600_000) },
    'a day a year ago': span(from + 20 * 86_400_000, from + 21 * 86_400_000),
    'until a year ago': { until: iso(from + 20 * 86_400_000) },
    'rare agent, until a year ago': { agent_id: rare, until: iso(from + 20 * 86_400_000) },
    'rare agent, rare tool': { agent_id: rare, tool_name: 'sandbox.export_items' },
    'a user of many, rare tool': { user_id: 'user-0', tool_name: 'sandbox.export_items' },
    'frequent agent, no such tool': { agent_id: frequent, tool_name: 'none.at_all' },
  }
  const middle = from + (to - from) / 10
  const statuses = [undefined, 'succeeded', 'failed', 'unknown', 'running'] as const
  return Object.entries(filters).flatMap(([name, filter]) => [
    ...statuses.flatMap((status) =>
      [null, idAt(middle)].map((before) => ({
        name: `activity: ${name}, ${status ?? 'any outcome'}${before ? ', far down' : ''}`,
        run: () => listCalls(tenant, { ...filter, status }, before, pageRows),
      })),
    ),
    ...[null, `${Math.floor(middle)}|${Math.floor(known.events / 10)}`].map((before) => ({
      name: `activity: ${name}, refused${before ? ', far down' : ''}`,
      run: () => listRefused(tenant, filter, before, pageRows),
    })),
    {
      name: `activity: ${name}, first of an export`,
      run: () => listCalls(tenant, filter, null, exportRows),
    },
  ])
}

function others(tenant: Tenant, known: Known): Query[] {
  const { from, to } = known
  const far = idAt(from + (to - from) / 10)
  const tools = ['github', 'sandbox'].flatMap((connector) =>
    ['list_items', 'get_item', 'search_items'].map((tool) => `${connector}.${tool}`),
  )
  const week = { from: new Date(to - 7 * 86_400_000) }
  const stops: Record<string, Parameters<typeof countCallsOf>[1]> = {
    organization: { type: 'org', id: null },
    user: { type: 'user', id: 'user-0' },
    agent: { type: 'agent', id: publicId('agent', known.firstAgent) },
    'rare agent': { type: 'agent', id: publicId('agent', known.lastAgent) },
    tool: { type: 'tool', id: 'github.list_items' },
    connector: { type: 'connector', id: 'github' },
  }
  const receipts: Record<string, Parameters<typeof listReceipts>[1]> = {
    all: {},
    ...Object.fromEntries(Object.entries(users).map(([name, user_id]) => [name, { user_id }])),
  }
  return [
    ...Object.entries(receipts).flatMap(([name, filter]) =>
      [null, far, idAt(from + (to - from) / 30)].map((before, at) => ({
        name: `receipts: ${name}${['', ', far down', ', where there were none yet'][at]}`,
        run: () => listReceipts(tenant, filter, before, pageRows),
      })),
    ),
    ...agentsOrders.map((order) => ({
      name: `agents: ${order}`,
      run: () => listWatchedAgents(tenant, {}, order, null, pageRows),
    })),
    {
      name: 'agents: by name',
      run: () => listWatchedAgents(tenant, { name: 'nobody' }, 'refused_most', null, pageRows),
    },
    { name: 'revocations', run: () => listRevocations(tenant, null, pageRows) },
    ...[null, far].flatMap((before) => [
      {
        name: `approvals: all${before ? ', far down' : ''}`,
        run: () => listApprovals(tenant, {}, before, pageRows),
      },
      {
        name: `requests: all${before ? ', far down' : ''}`,
        run: () => listRequests(tenant, {}, before, pageRows),
      },
    ]),
    { name: 'approvals: pending', run: () => listApprovals(tenant, { status: 'pending' }, null, pageRows) },
    { name: 'requests: pending', run: () => listRequests(tenant, { status: 'pending' }, null, pageRows) },
    ...Object.entries(stops).flatMap(([name, of]) => [
      { name: `stops: calls of a week, ${name}`, run: () => countCallsOf(tenant, of, week, tools) },
      { name: `stops: last call, ${name}`, run: () => lastCallOf(tenant, of, {}, tools) },
      { name: `stops: calls refused in a week, ${name}`, run: () => countStoppedCalls(tenant, of, week) },
    ]),
  ]
}

function audit(tenant: Tenant, known: Known): Query[] {
  const { from, to } = known
  const day = 86_400_000
  const filters: Record<string, Record<string, string>> = {
    all: {},
    'last hour': { since: iso(to - 3_600_000) },
    'last 7 days': { since: iso(to - 7 * day) },
    'last 30 days': { since: iso(to - 30 * day) },
    'a month a year ago': { since: iso(from + 20 * day), until: iso(from + 50 * day) },
    'one action': { action: 'tool.executed' },
    'rare action': { action: 'api_key.created' },
    'actions of policies': { action: 'policy.*' },
    'no such action': { action: 'nothing.done' },
    'not allowed': { outcome: 'denied,failed,unknown' },
    unknown: { outcome: 'unknown' },
    'one user': { user: 'user-5' },
    'a user of many': { user: 'user-0' },
    nobody: { user: 'nobody' },
    'frequent agent': { agent: publicId('agent', known.firstAgent) },
    'rare agent': { agent: publicId('agent', known.lastAgent) },
    'no such agent': { agent: publicId('agent', idAt(from)) },
    'rare agent, not allowed': { agent: publicId('agent', known.lastAgent), outcome: 'denied' },
    actor: { actor: publicId('agent', known.lastAgent) },
    connector: { connector: 'github' },
    'rare connector': { connector: 'sandbox' },
    'no such connector': { connector: 'none' },
    'rare tool': { tool: 'sandbox.export_items' },
    'one account': { account: publicId('connected_account', known.account) },
    'trace of nothing': { trace: 'f'.repeat(32) },
    address: { ip: '203.0.113.7' },
    code: { code: 'account_paused' },
    'control changes': { view: 'changes' },
    'control changes of nobody': { view: 'changes', actor: 'nobody' },
    text: { text: 'export_items' },
    'text that is nowhere': { text: 'nowhere to be found' },
    'text that is nowhere, refused': { text: 'nowhere', outcome: 'denied' },
  }
  return Object.entries(filters).flatMap(([name, given]) => {
    const filter = exploreFilter.parse(given)
    return [
      ...[null, String(Math.floor(known.events / 10))].map((before) => ({
        name: `audit: ${name}${before ? ', far down' : ''}`,
        run: async () => namesIn(tenant, (await exploreAudit(tenant, filter, before, 50)).events),
      })),
      { name: `audit: ${name}, histogram and facets`, run: () => tallyAudit(tenant, filter) },
    ]
  })
}
