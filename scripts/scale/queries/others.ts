import { listApprovals } from '#lib/approvals'
import { listRevocations } from '#lib/connect'
import { listRequests } from '#lib/consent'
import {
  agentsOrders,
  countCallsOf,
  countStoppedCalls,
  lastCallOf,
  listReceipts,
  listWatchedAgents,
} from '#lib/console'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { dayMs, idAt, type Known, pageRows, type Query, users } from './known.ts'

export function others(tenant: Tenant, known: Known): Query[] {
  const { from, to } = known
  const far = idAt(from + (to - from) / 10)
  const tools = ['github', 'sandbox'].flatMap((connector) =>
    ['list_items', 'get_item', 'search_items'].map((tool) => `${connector}.${tool}`),
  )
  const week = { from: new Date(to - 7 * dayMs) }
  const stops: Record<string, Parameters<typeof countCallsOf>[1]> = {
    organization: { type: 'org', id: null },
    user: { type: 'user', id: 'user-0' },
    agent: { type: 'agent', id: publicId('agent', known.mostAgent) },
    'rare agent': { type: 'agent', id: publicId('agent', known.noAgent) },
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
