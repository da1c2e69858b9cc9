import { forOrg, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import type { Row } from '../event.ts'
import { columns, view } from '../rows.ts'
import type { AuditEvent } from '../schema.ts'
import { type Candidates, candidatesIn, candidatesOf, floorIn } from './candidates.ts'
import type { ExploreFilter } from './schema.ts'
import { spanIn } from './span.ts'
import { inSpan, isIndexed, type Span, valuesFor, whereOf } from './where.ts'

/**
 * How many candidates are looked through at once, at first and at least: more as long as nothing is found and it is quick, and
 * no more than what is left of the time that one page may look altogether is likely to do for.
 */
const looks = { first: 400, least: 200, quickMs: 30, budgetMs: 130 }

export type Found = {
  events: AuditEvent[]
  /** Where the next page begins; `null` where there is nothing more. */
  next: string | null
  /** Set where the time for one page was up first: everything from this number on was looked at, older events were not. */
  lookedTo: number | null
}

type Raw = Omit<Row, 'sequence'> & { sequence: bigint }

async function rowsIn(
  tx: Tx,
  tenant: Tenant,
  filter: ExploreFilter,
  span: Span,
  most: number,
  order: 'ASC' | 'DESC',
): Promise<Raw[]> {
  const values = valuesFor(tenant)
  const asked = `${whereOf(filter, values)} AND ${inSpan(span, values)}`
  return tx.$queryRawUnsafe<Raw[]>(
    `SELECT ${columns} FROM audit_events e WHERE ${asked} ORDER BY e.sequence ${order} LIMIT ${most}`,
    ...values.list,
  )
}

/** The newest of the candidates of a span that a filter asks for. */
async function newestIn(
  tx: Tx,
  tenant: Tenant,
  filter: ExploreFilter,
  candidates: Candidates,
  span: Span,
  most: number,
): Promise<Raw[]> {
  const values = valuesFor(tenant)
  const source = candidatesIn(candidates, span, values)
  return tx.$queryRawUnsafe<Raw[]>(
    `SELECT ${columns} FROM ${source} WHERE ${whereOf(filter, values)} ORDER BY e.sequence DESC LIMIT ${most}`,
    ...values.list,
  )
}

/**
 * A page of the events that a filter asks for, newest first. What no index finds is looked for event by event, and only so
 * long: then the page says how far it has come, and the next one goes on from there.
 * @param before number of the last event seen; `null` for the first page
 */
export const exploreAudit = (
  tenant: Tenant,
  filter: ExploreFilter,
  before: string | null,
  most: number,
): Promise<Found> =>
  forOrg(tenant, async (tx) => {
    const all = await spanIn(tx, tenant, filter)
    const past = before === null || BigInt(before) > all.to ? all.to : BigInt(before)
    const candidates = await candidatesOf(tx, tenant, filter)
    // By one process: how long a look takes is told by the one before it, and others that join in would break that.
    await tx.$executeRaw`SET LOCAL max_parallel_workers_per_gather = 0`
    const found: Raw[] = []
    const startedAt = performance.now()
    let to = past
    let look = looks.first
    while (to > all.from && found.length <= most) {
      const lookedAt = performance.now()
      const from = await floorIn(tx, tenant, candidates, { from: all.from, to }, look)
      found.push(...(await newestIn(tx, tenant, filter, candidates, { from, to }, most + 1 - found.length)))
      to = from
      const took = performance.now() - lookedAt
      const left = looks.budgetMs - (performance.now() - startedAt)
      if (left <= 0) break
      const affordable = Math.max(looks.least, Math.floor((look * left) / took))
      look = Math.min(affordable, took < looks.quickMs ? look * 4 : look)
    }
    const events = found.slice(0, most).map((row) => view(tenant, row))
    const last = events.at(-1)
    if (found.length > most) return { events, next: String(last?.sequence), lookedTo: null }
    return to > all.from
      ? { events, next: String(to), lookedTo: Number(to) }
      : { events, next: null, lookedTo: null }
  })

/** The events after a number that a filter asks for, oldest first: what a live view lacks. */
export const exploreAfter = (
  tenant: Tenant,
  filter: ExploreFilter,
  after: bigint,
  most: number,
): Promise<AuditEvent[]> =>
  forOrg(tenant, async (tx) => {
    const span = { from: after + 1n, to: 2n ** 62n }
    return (await rowsIn(tx, tenant, filter, span, most, 'ASC')).map((row) => view(tenant, row))
  })

/** All that a filter asks for, oldest first, a batch at a time, each its own short transaction. */
export async function* exploreAll(
  tenant: Tenant,
  filter: ExploreFilter,
  span: Span,
  most = 500,
): AsyncGenerator<AuditEvent[], void> {
  const step = isIndexed(filter) ? null : 20_000n
  let { from } = span
  while (from < span.to) {
    const to = step !== null && from + step < span.to ? from + step : span.to
    const rows = await forOrg(tenant, (tx) => rowsIn(tx, tenant, filter, { from, to }, most, 'ASC'))
    if (rows.length > 0) yield rows.map((row) => view(tenant, row))
    const last = rows.at(-1)
    from = last && rows.length === most ? last.sequence + 1n : to
  }
}
