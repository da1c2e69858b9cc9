import { Prisma as sql, type Tx } from '#lib/db'
import { countMax } from './discovery.ts'
import { invalidValue } from './error.ts'
import { parseFilter } from './filter.ts'
import type { Json } from './shape.ts'
import { type Columns, whereOf } from './where.ts'

export type Sql = ReturnType<typeof sql.sql>
export type Window = { startIndex: number; count: number }

const countUsual = 100

/** RFC 7644 §3.4.2.4: what is less than it may be is the least that it may be. @throws ScimError `invalidValue` */
export function readWindow(query: URLSearchParams): Window {
  const whole = (name: string, usual: number, least: number): number => {
    const text = query.get(name)
    if (text === null || text === '') return usual
    if (!/^[+-]?\d{1,9}$/.test(text)) throw invalidValue(`${name} is a whole number.`)
    return Math.max(Number(text), least)
  }
  return { startIndex: whole('startIndex', 1, 1), count: Math.min(whole('count', countUsual, 0), countMax) }
}

/** The condition that a request's filter is; everything without one. @throws ScimError `invalidFilter` */
export function readWhere(query: URLSearchParams, columns: Columns): Sql {
  const text = query.get('filter')?.trim() ?? ''
  return text === '' ? sql.sql`true` : whereOf(parseFilter(text), columns)
}

/** A page of what lies `from` a table and meets a condition, in the order in which it was made. */
export async function pageOf<Row>(
  tx: Tx,
  columns: Sql,
  from: Sql,
  alias: 'u' | 'g',
  { startIndex, count }: Window,
): Promise<{ rows: Row[]; total: number }> {
  const [counted] = await tx.$queryRaw<{ total: bigint }[]>`SELECT count(*) AS total FROM ${from}`
  const rows =
    count === 0
      ? []
      : await tx.$queryRaw<Row[]>`SELECT ${columns} FROM ${from} ORDER BY ${sql.raw(alias)}.id
          LIMIT ${count}::int OFFSET ${startIndex - 1}::int`
  return { rows, total: Number(counted?.total ?? 0) }
}

export const listResponse = (resources: readonly Json[], total: number, startIndex: number): Json => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults: total,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
})
