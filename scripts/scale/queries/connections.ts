import { listAccounts } from '#lib/consent'
import { type ConnectionsOrder, countConnections, listConnectionIds, listPeople } from '#lib/console'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { countedMost, exportRows, idAt, type Known, pageRows, type Query, rules, users } from './known.ts'

type Filter = Parameters<typeof countConnections>[1]

/** What is asked for beside an agent. */
const ofAgent: Record<string, Filter> = {
  '': {},
  ', github': { connector: 'github' },
  ', rare connector': { connector: 'sandbox' },
  ', active': { status: 'active' },
  ', paused': { status: 'paused' },
  ', dormant': { attention: 'dormant' },
  ', expiring': { attention: 'expiring' },
  ', over-granted': { attention: 'over_granted' },
  ', a user of many': { user_id: 'user-0' },
}

export function connections(tenant: Tenant, { from, to, ...agents }: Known): Query[] {
  const statuses = ['active', 'paused', 'needs_reauth', 'revoked', 'unverified']
  const filters: Record<string, Filter> = {
    all: {},
    ...Object.fromEntries(Object.entries(users).map(([name, user_id]) => [name, { user_id }])),
    ...Object.fromEntries(statuses.map((status) => [status, { status }])),
    connector: { connector: 'github' },
    'rare connector': { connector: 'sandbox' },
    'no such connector': { connector: 'none' },
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
    ...Object.fromEntries(
      [agents.mostAgent, agents.manyAgent, agents.someAgent, agents.noAgent].flatMap((id, at) =>
        Object.entries(ofAgent).map(([name, filter]) => [
          `agent of ${['most', 'many', 'some', 'none'][at]}${name}`,
          { ...filter, agent_id: publicId('agent', id) },
        ]),
      ),
    ),
  }
  const orders: ConnectionsOrder[] = ['newest', 'oldest', 'unused_longest', 'used_last']
  /** With nine tenths of the rows before it. */
  const deep: Record<ConnectionsOrder, number> = {
    newest: from + (to - from) / 10,
    oldest: to - (to - from) / 10,
    unused_longest: to - (to - from) / 50,
    used_last: from + (to - from) / 5,
  }
  const page = async (filter: Filter, order: ConnectionsOrder, far: boolean, most: number) => {
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

export function people(tenant: Tenant, { from, to }: Known): Query[] {
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
