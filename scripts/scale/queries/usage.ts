import { exploreAudit } from '#lib/audit'
import {
  callUsage,
  chosenRange,
  consentUsage,
  latencyOf,
  recentRange,
  renewalUsage,
  type UsageFilter,
  volumesOf,
} from '#lib/console'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { callsOf, listRequests, spanAround } from '#lib/request-log'
import { dayMs, idAt, type Known, pageRows, type Query } from './known.ts'

/** The page of usage asks all of these at once; here they are asked one by one, and together. */
export function usage(tenant: Tenant, { to, mostAgent }: Known): Query[] {
  const now = new Date(to)
  const quarter = chosenRange(new Date(to - 91 * dayMs), now)
  if (typeof quarter === 'string') throw new Error(quarter)
  const ranges = {
    '24 hours': recentRange('24h', now),
    '7 days': recentRange('7d', now),
    '30 days': recentRange('30d', now),
    '92 days': quarter,
  }
  const filters: Record<string, UsageFilter> = {
    '': {},
    ', one agent': { agent: publicId('agent', mostAgent) },
    ', one connector': { connector: 'github' },
  }
  return Object.entries(ranges).flatMap(([span, range]) =>
    Object.entries(filters).flatMap(([name, filter]) => {
      const asked = {
        calls: () => callUsage(tenant, range, filter),
        latency: () => latencyOf(tenant, range, filter),
        renewals: () => renewalUsage(tenant, range, filter),
        consents: () => consentUsage(tenant, range, filter),
        volumes: () => volumesOf(tenant, now),
      }
      return [
        ...Object.entries(asked).map(([what, run]) => ({ name: `usage: ${what} of ${span}${name}`, run })),
        {
          name: `usage: page of ${span}${name}`,
          run: () => Promise.all(Object.values(asked).map((run) => run())),
        },
      ]
    }),
  )
}

export function requestsLog(tenant: Tenant, { to, mostAgent }: Known): Query[] {
  const filters: Record<string, Parameters<typeof listRequests>[1]> = {
    all: {},
    done: { status_class: 2 },
    refused: { status_class: 4 },
    failed: { status_class: 5 },
    'read alone': { method: 'GET' },
    'no such method': { method: 'DELETE' },
    path: { path: '/api/v1/tools' },
    'no such path': { path: '/api/v1/none' },
    agent: { actor: `ag_${mostAgent.replaceAll('-', '')}` },
    'no such key': { actor: idAt(0) },
    'no such request': { trace_id: 'f'.repeat(32) },
    'failed, no such path': { status_class: 5, path: '/api/v1/none' },
  }
  return [
    ...Object.entries(filters).flatMap(([name, filter]) =>
      [null, idAt(to - 5 * dayMs)].map((before) => ({
        name: `requests log: ${name}${before ? ', far down' : ''}`,
        run: () => listRequests(tenant, filter, before, pageRows),
      })),
    ),
    {
      name: 'requests log: one, and what it led to',
      run: async () => {
        const [line] = await listRequests(tenant, {}, idAt(to - 5 * dayMs), 1)
        if (!line) throw new Error('no request is seeded')
        await callsOf(tenant, line)
        await exploreAudit(tenant, { ...spanAround(line), trace: [line.trace_id] }, null, 20)
      },
    },
  ]
}
