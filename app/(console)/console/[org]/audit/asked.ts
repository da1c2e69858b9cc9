import { idsNamed } from '#lib/audit'
import { type ExploreFilter, exploreFilter, readSearch } from '#lib/audit/schema'
import { toAppError } from '#lib/errors'
import { parse } from '#lib/http'
import type { Tenant } from '#lib/proof'
import { utc } from '../../filters.ts'

/** Times that people look back, in hours. */
export const ranges = {
  '1h': { words: 'Last hour', hours: 1 },
  '24h': { words: 'Last 24 hours', hours: 24 },
  '7d': { words: 'Last 7 days', hours: 24 * 7 },
  '30d': { words: 'Last 30 days', hours: 24 * 30 },
  '90d': { words: 'Last 90 days', hours: 24 * 90 },
  all: { words: 'All time', hours: null },
} as const
export type Range = keyof typeof ranges
export const usualRange: Range = '7d'

export type Asked = {
  /** What the address says, each name once, without where in the list and what is open. */
  given: Readonly<Record<string, string>>
  filter: ExploreFilter
  range: Range | 'custom'
  /** Why it cannot be used; then nothing is looked for. */
  fault: string | null
}

const rangeOf = ({ range, since, until }: Record<string, string>): Range | 'custom' =>
  since || until
    ? 'custom'
    : range !== undefined && Object.hasOwn(ranges, range)
      ? (range as Range)
      : usualRange

/** Reads the filter from an address: its fields, what was typed into the search box, and the time. */
export async function readAsked(
  tenant: Tenant,
  query: Iterable<[string, string]>,
  now = new Date(),
): Promise<Asked> {
  const given: Record<string, string> = {}
  for (const [name, value] of query) {
    if (!['cursor', 'event', 'after', 'format'].includes(name) && value.trim() !== '')
      given[name] = value.trim()
  }
  const range = rangeOf(given)
  const { q, range: _, since, until, ...fields } = given
  const typed = readSearch(q ?? '')
  const hours = range === 'custom' ? null : ranges[range].hours
  const wanted = {
    ...fields,
    ...Object.fromEntries(
      Object.entries(typed.fields).map(([name, value]) => [
        name,
        name in fields ? `${fields[name]},${value}` : value,
      ]),
    ),
    ...(typed.text !== '' && { text: typed.text }),
    ...(hours !== null && { since: new Date(now.getTime() - hours * 3_600_000).toISOString() }),
    ...(since && { since: utc(since) }),
    ...(until && { until: utc(until) }),
  }
  try {
    const filter = parse(exploreFilter, wanted, 'filter')
    const named = {
      ...(filter.agent && { agent: await idsNamed(tenant, 'agent', filter.agent) }),
      ...(filter.actor && { actor: await idsNamed(tenant, 'actor', filter.actor) }),
    }
    return { given, filter: { ...filter, ...named }, range, fault: null }
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.code !== 'invalid_request') throw thrown
    return { given, filter: {}, range, fault: error.message }
  }
}
