import { createHash } from 'node:crypto'
import { Prisma } from '#lib/db'

// What a page showed, in a few characters: how many accounts, and a digest over which. It is no secret and no proof
// against anybody; it says whether what is about to be ended is what somebody looked at.

/** Of the rows of a select that has `id`. */
export const shownSql = (rows: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT count(*) || '.' || encode(sha256(coalesce(string_agg(id::text, ',' ORDER BY id), '')::bytea), 'hex') AS shown
  FROM (${rows}) AS rows`

/** The same of internal ids that are in hand. */
export const shownOf = (ids: readonly string[]): string =>
  `${ids.length}.${createHash('sha256')
    .update([...ids].sort().join(','))
    .digest('hex')}`
