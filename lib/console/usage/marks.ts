import type { Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { dayMs } from './range.ts'

export type Span = { since: Date; until: Date }

/** Up to which hour an org's calls are counted, and up to which day (UTC) its days are written; never beyond that hour. */
export type Mark = { through: Date; daysThrough: Date }

export async function markOf(tx: Tx, tenant: Tenant): Promise<Mark> {
  const row = await tx.usage_marks.findUnique({ where: { org_id: tenant.orgId } })
  return { through: row?.through ?? new Date(0), daysThrough: row?.days_through ?? new Date(0) }
}

export const earlier = (one: Date, other: Date): Date => (one < other ? one : other)
export const later = (one: Date, other: Date): Date => (one > other ? one : other)

export const startOfDay = (at: Date): Date => new Date(Math.floor(at.getTime() / dayMs) * dayMs)

/** The whole days of a span that are written, and the rest of it, before them and after. */
export function aroundDays({ since, until }: Span, daysThrough: Date): { days: Span; rest: Span[] } {
  const first = startOfDay(new Date(since.getTime() + dayMs - 1))
  const last = startOfDay(earlier(until, daysThrough))
  const [from, to] = first < last ? [first, last] : [since, since]
  const [before, after] = [
    { since, until: from },
    { since: to, until },
  ]
  return { days: { since: from, until: to }, rest: isEmpty(before) ? [after] : [before, after] }
}

export const isEmpty = ({ since, until }: Span): boolean => since >= until
