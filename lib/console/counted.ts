import { Prisma, type Tx } from '#lib/db'
import { type Count, countMost } from './schema.ts'

/** Counts the rows of a select, and stops where more would tell a person nothing. */
export async function countIn(tx: Tx, rows: Prisma.Sql, most = countMost): Promise<Count> {
  const [row] = await tx.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) AS count FROM (${rows} LIMIT ${most + 1}) AS counted`
  const count = Number(row?.count ?? 0)
  return { count: Math.min(count, most), more: count > most }
}

/** Conditions that all hold; none is no restriction. */
export const all = (conditions: readonly (Prisma.Sql | null | false | undefined)[]): Prisma.Sql => {
  const given = conditions.filter((one): one is Prisma.Sql => Boolean(one))
  return given.length === 0 ? Prisma.sql`true` : Prisma.join(given, ' AND ')
}
