import { Prisma } from '#lib/db'
import { leastIdAt } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Span } from './marks.ts'

/** Ids are made by another clock than `created_at`, and a moment before: what a look into the key is widened by. */
const clocksApartMs = 10 * 60_000

/** What was made in a time, found by its key. @param alias of the table */
export function madeWithin(alias: string, tenant: Tenant, { since, until }: Span): Prisma.Sql {
  const t = Prisma.raw(alias)
  return Prisma.sql`${t}.org_id = ${tenant.orgId}::uuid
    AND ${t}.id >= ${leastIdAt(new Date(since.getTime() - clocksApartMs))}::uuid
    AND ${t}.id < ${leastIdAt(new Date(until.getTime() + clocksApartMs))}::uuid
    AND ${t}.created_at >= ${since}::timestamptz AND ${t}.created_at < ${until}::timestamptz`
}
