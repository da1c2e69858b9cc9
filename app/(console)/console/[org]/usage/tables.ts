import {
  type CallUsage,
  type Cell,
  callStatuses,
  callUsage,
  consentUsage,
  latencyOf,
  renewalOutcomes,
  renewalUsage,
  stepsOf,
  type UsageFilter,
  type UsageRange,
  volumesOf,
} from '#lib/console'
import type { Tenant } from '#lib/proof'

/** The tables that the pictures are of, as they are taken along. */
export const usageTables = [
  'calls',
  'refusals',
  'renewals',
  'latency',
  'consents',
  'scopes',
  'costs',
  'days',
] as const
export type UsageTable = (typeof usageTables)[number]

export type Taken = { columns: readonly string[]; rows: readonly (readonly Cell[])[] }

/** Refusals by reason, the most frequent first. */
export function refusalsOf({ lines }: CallUsage): { reason: string; calls: number }[] {
  const counts = new Map<string, number>()
  for (const { status, reason, calls } of lines)
    if (status === 'denied') counts.set(reason, (counts.get(reason) ?? 0) + calls)
  return [...counts].map(([reason, calls]) => ({ reason, calls })).sort((a, b) => b.calls - a.calls)
}

/** One of the tables, read anew for the same time and filter. */
export async function takeTable(
  tenant: Tenant,
  table: UsageTable,
  range: UsageRange,
  filter: UsageFilter,
  now: Date,
): Promise<Taken> {
  const from = stepsOf(range).map((at) => at.toISOString())
  switch (table) {
    case 'calls': {
      const { steps } = await callUsage(tenant, range, filter)
      return {
        columns: ['from', ...callStatuses],
        rows: steps.map((counts, at) => [from[at] ?? '', ...callStatuses.map((status) => counts[status])]),
      }
    }
    case 'refusals': {
      const found = refusalsOf(await callUsage(tenant, range, filter))
      return { columns: ['reason', 'calls'], rows: found.map(({ reason, calls }) => [reason, calls]) }
    }
    case 'renewals': {
      const { steps } = await renewalUsage(tenant, range, filter)
      return {
        columns: ['from', ...renewalOutcomes],
        rows: steps.map((counts, at) => [from[at] ?? '', ...renewalOutcomes.map((one) => counts[one])]),
      }
    }
    case 'latency': {
      const found = await latencyOf(tenant, range, filter)
      return {
        columns: ['connector', 'calls', 'p50_ms', 'p95_ms'],
        rows: found.map(({ connector, calls, p50Ms, p95Ms }) => [
          connector,
          calls,
          Math.round(p50Ms),
          Math.round(p95Ms),
        ]),
      }
    }
    case 'consents': {
      const { funnel } = await consentUsage(tenant, range, filter)
      return { columns: ['step', 'sessions'], rows: Object.entries(funnel) }
    }
    case 'scopes': {
      const { scopes } = await consentUsage(tenant, range, filter)
      return {
        columns: ['connector', 'scope', 'asked', 'granted', 'refused'],
        rows: scopes.map(({ connector, scope, asked, granted, refused }) => [
          connector,
          scope,
          asked,
          granted,
          refused,
        ]),
      }
    }
    case 'costs': {
      const { agents } = await callUsage(tenant, range, filter)
      return {
        columns: ['agent', 'calls', 'cost_units', 'costliest_day', 'cost_units_of_that_day'],
        rows: agents.map(({ agent, calls, units, costliest }) => [
          agent ?? 'product',
          calls,
          units,
          costliest.day.toISOString().slice(0, 10),
          costliest.units,
        ]),
      }
    }
    case 'days': {
      const { days, calls, events } = await volumesOf(tenant, now)
      return {
        columns: ['day', 'calls', 'events'],
        rows: days.map((day, at) => [day.toISOString().slice(0, 10), calls[at] ?? 0, events[at] ?? 0]),
      }
    }
  }
}
