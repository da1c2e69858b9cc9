import { listCalls, listRefused } from '#lib/console'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { dayMs, exportRows, idAt, iso, type Known, pageRows, type Query, users } from './known.ts'

export function activity(tenant: Tenant, known: Known): Query[] {
  const { from, to } = known
  const [frequent, rare] = [publicId('agent', known.mostAgent), publicId('agent', known.noAgent)]
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
    'a day a year ago': span(from + 20 * dayMs, from + 21 * dayMs),
    'until a year ago': { until: iso(from + 20 * dayMs) },
    'rare agent, until a year ago': { agent_id: rare, until: iso(from + 20 * dayMs) },
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
