import { Prisma as sql } from '#lib/db'
import { type IdKind, parseId } from '#lib/ids'
import { ScimError } from './error.ts'
import type { Filter, Operator, Value } from './filter.ts'

type Sql = ReturnType<typeof sql.sql>
type Compare = (operator: Operator, value: Value) => Sql

/** What a filter may ask of one kind of resource, by the attribute in lower case. */
export type Columns = {
  plain: Readonly<Record<string, Compare>>
  /** The values of a multi-valued attribute as rows, and what may be asked of each. */
  many: Readonly<Record<string, { rows: Sql; columns: Readonly<Record<string, Compare>> }>>
}

const refused = (what: string) => new ScimError(400, 'invalidFilter', `The filter is not supported: ${what}.`)

const signs: Partial<Record<Operator, string>> = { eq: '=', gt: '>', ge: '>=', lt: '<', le: '<=' }

/** A text; compared without regard to case unless it is exact. */
export const textual =
  (column: Sql, exact = false): Compare =>
  (operator, value) => {
    if (operator === 'pr') return sql.sql`coalesce(${column}, '') <> ''`
    if (value === null) return nothing(column, operator)
    if (typeof value !== 'string') throw refused('a text is compared with something else')
    const left = exact ? column : sql.sql`lower(${column} COLLATE "C")`
    const right = exact ? sql.sql`${value}::text` : sql.sql`lower(${value}::text COLLATE "C")`
    const sign = signs[operator]
    if (sign) return sql.sql`${left} ${sql.raw(sign)} ${right}`
    if (operator === 'ne') return sql.sql`${left} IS DISTINCT FROM ${right}`
    if (operator === 'co') return sql.sql`strpos(${left}, ${right}) > 0`
    if (operator === 'sw') return sql.sql`starts_with(${left}, ${right})`
    return sql.sql`right(${left}, length(${right})) = ${right}`
  }

/** One of our public ids. */
export const identity =
  (column: Sql, kind: IdKind): Compare =>
  (operator, value) => {
    if (operator === 'pr') return sql.sql`true`
    const id = typeof value === 'string' ? parseId(kind, value) : null
    if (operator === 'eq') return id ? sql.sql`${column} = ${id}::uuid` : sql.sql`false`
    if (operator === 'ne') return id ? sql.sql`${column} <> ${id}::uuid` : sql.sql`true`
    throw refused('ids are compared by eq and ne')
  }

export const truth =
  (column: Sql): Compare =>
  (operator, value) => {
    if (operator === 'pr') return sql.sql`${column} IS NOT NULL`
    // Entra sends booleans as words.
    const wanted = typeof value === 'string' ? value.toLowerCase() : String(value)
    if (wanted !== 'true' && wanted !== 'false') throw refused('a boolean is compared with something else')
    const same = sql.sql`coalesce(${column}, false) = ${wanted === 'true'}`
    if (operator === 'eq') return same
    if (operator === 'ne') return sql.sql`NOT (${same})`
    throw refused('booleans are compared by eq and ne')
  }

export const moment =
  (column: Sql): Compare =>
  (operator, value) => {
    if (operator === 'pr') return sql.sql`${column} IS NOT NULL`
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
    if (Number.isNaN(at)) throw refused('a time is compared with something else')
    const sign = operator === 'ne' ? '<>' : signs[operator]
    if (!sign) throw refused(`times are not compared by ${operator}`)
    return sql.sql`${column} ${sql.raw(sign)} ${new Date(at)}`
  }

const nothing = (column: Sql, operator: Operator): Sql => {
  if (operator === 'eq') return sql.sql`${column} IS NULL`
  if (operator === 'ne') return sql.sql`${column} IS NOT NULL`
  throw refused('null is compared by eq and ne')
}

/** A filter as a condition. @throws ScimError `invalidFilter` for what is not kept, or compared otherwise */
export function whereOf(filter: Filter, { plain, many }: Columns): Sql {
  const within = (attribute: string, inner: Filter): Sql => {
    const found = Object.hasOwn(many, attribute) ? many[attribute] : undefined
    if (!found) throw refused(`nothing is found by ${attribute}`)
    const condition = whereOf(inner, { plain: found.columns, many: {} })
    return sql.sql`EXISTS (SELECT FROM ${found.rows} WHERE ${condition})`
  }
  switch (filter.kind) {
    case 'and':
      return sql.sql`(${sql.join(
        filter.of.map((one) => whereOf(one, { plain, many })),
        ' AND ',
      )})`
    case 'or':
      return sql.sql`(${sql.join(
        filter.of.map((one) => whereOf(one, { plain, many })),
        ' OR ',
      )})`
    case 'not':
      return sql.sql`NOT coalesce(${whereOf(filter.of, { plain, many })}, false)`
    case 'within':
      return within(filter.attribute, filter.filter)
    case 'compare': {
      const compare = Object.hasOwn(plain, filter.attribute) ? plain[filter.attribute] : undefined
      if (compare) return compare(filter.operator, filter.value)
      // `emails eq "…"` and `emails.value eq "…"` mean the values (RFC 7644 §3.4.2.2).
      const [attribute = '', sub = 'value'] = filter.attribute.split('.')
      return within(attribute, { ...filter, attribute: sub })
    }
  }
}
