import type { ReactNode } from 'react'
import type { z } from 'zod'
import { chosenColumns } from '#components/console/table/columns'
import type { Cell } from '#lib/console'
import { type Asked, readFilter, type SearchParams } from '../filters.ts'

/** A column of a list, as data: how it looks, and what it is in a file. */
export type ListColumn<Row, Context = undefined> = {
  id: string
  header: string
  cell: (row: Row, context: Context) => ReactNode
  value: (row: Row) => Cell
  /** Shown only when it is asked for. */
  hidden?: boolean
  /** Always shown. */
  fixed?: boolean
  end?: boolean
  /** Names of the orders that its heading leads to. */
  order?: { ascending: string; descending: string }
}

/** Parts of a list's address that are about its looks. */
const looks = ['columns', 'dense', 'sort'] as const

export type AskedList<Filter> = Asked<Filter> & {
  order: string
  columns: string[]
  dense: boolean
  /** The address's query without its cursor; of it, what filters. */
  query: string
  filterQuery: string
}

/** A query as the console writes it: what is empty or only leads to a page of the list is left out. */
export function cleanQuery(
  params: Iterable<readonly [string, string]>,
  without: readonly string[] = [],
): string {
  const left = [...params].filter(([name, value]) => value !== '' && ![...without, 'cursor'].includes(name))
  return new URLSearchParams(left.map(([name, value]) => [name, value])).toString()
}

/**
 * Reads what a list is to show from its address. Columns and density that the address does not name are those that the
 * member chose last.
 * @param orders by name, the first of which is the one that needs no naming
 */
export async function readList<Filter extends object>(
  searchParams: SearchParams,
  facts: {
    schema: z.ZodType<Filter>
    cursorShape: RegExp
    columns: readonly { id: string; hidden?: boolean; fixed?: boolean }[]
    orders: readonly [string, ...string[]]
    last: string | null
    prepare?: (name: string, value: string) => string
  },
): Promise<AskedList<Filter>> {
  const all = await searchParams
  const one = (name: string) => [all[name]].flat().at(-1)
  const rest = Object.fromEntries(
    Object.entries(all).filter(([name]) => !(looks as readonly string[]).includes(name)),
  )
  const asked = await readFilter(Promise.resolve(rest), facts.schema, facts.cursorShape, facts.prepare)
  const last = new URLSearchParams(facts.last ?? '')
  const named = one('columns')
  const sort = one('sort')
  const given: Record<string, string> = { ...asked.given }
  for (const name of looks) {
    const value = one(name)
    if (value) given[name] = value
  }
  return {
    ...asked,
    given,
    order: facts.orders.find((name) => name === sort) ?? facts.orders[0],
    columns: chosenColumns(facts.columns, named ?? last.get('columns') ?? undefined),
    dense: (one('dense') ?? (named === undefined ? last.get('dense') : null)) === '1',
    query: cleanQuery(Object.entries(given)),
    filterQuery: cleanQuery(Object.entries(given), looks),
  }
}
