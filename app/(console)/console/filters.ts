import type { z } from 'zod'
import { toAppError } from '#lib/errors'
import { openCursor, parse } from '#lib/http'

export type SearchParams = Promise<Record<string, string | string[] | undefined>>

/** Rows on one page of a console list. */
export const rowsMost = 50

export type Asked<Filter> = {
  /** What was typed, for the form to show again. */
  given: Readonly<Record<string, string>>
  filter: Filter
  /** Key of the last row of the page before; `null` for the first page. */
  before: string | null
  /** Why the filter or cursor cannot be used; then nothing is to be listed, for it would not be what was asked. */
  fault: string | null
}

/**
 * Reads a list's filter and cursor from the address. An empty field is no filter.
 * @param cursorShape of the key inside the cursor
 * @param prepare mends what a form control cannot write as the schema wants it
 */
export async function readFilter<Filter extends object>(
  searchParams: SearchParams,
  schema: z.ZodType<Filter>,
  cursorShape: RegExp,
  prepare: (name: string, value: string) => string = (_, value) => value,
): Promise<Asked<Filter>> {
  const { cursor, ...rest } = await searchParams
  const given: Record<string, string> = {}
  for (const [name, value] of Object.entries(rest)) {
    const text = (Array.isArray(value) ? value.at(-1) : value)?.trim()
    if (text) given[name] = text
  }
  try {
    const before = openCursor(Array.isArray(cursor) ? cursor.at(-1) : cursor, cursorShape)
    const wanted = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, prepare(name, value)]),
    )
    return { given, filter: parse(schema, wanted, 'filter'), before, fault: null }
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.code !== 'invalid_request') throw thrown
    return { given, filter: schema.parse({}), before: null, fault: error.message }
  }
}

/** The address of a list with this filter and cursor. */
export function hrefOf(path: string, given: Readonly<Record<string, string>>, cursor: string | null): string {
  const query = new URLSearchParams({ ...given, ...(cursor !== null && { cursor }) }).toString()
  return query ? `${path}?${query}` : path
}

/** A `datetime-local` control writes no zone and may leave the seconds out; the console's times are UTC. */
export const utc = (value: string): string =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(value)
    ? `${value}:00Z`
    : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?$/.test(value)
      ? `${value}Z`
      : value
