// What the operator's commands share: their shape, and how their arguments are read.
import { parseArgs } from 'node:util'
import type { Env } from './here.ts'

export type Command = {
  /** One or two words, as typed. */
  name: string
  /** What follows the name, in the notation of man pages. */
  usage: string
  summary: string
  /** @returns the exit code; throws `UsageError` for arguments that do not fit */
  run(args: readonly string[], terminal: Terminal): Promise<number>
}

export type Terminal = { env: Env; print: (line: string) => void }

/** The command line cannot be understood: one line on what is wrong, and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads options of the form `--name value` and exactly `count` other arguments.
 * @param more options without a value, and options that may come more than once
 * @throws UsageError naming the first thing that does not fit
 */
export function readArgs<
  Option extends string = never,
  Flag extends string = never,
  List extends string = never,
>(
  args: readonly string[],
  names: readonly Option[],
  count = 0,
  more: { flags?: readonly Flag[]; lists?: readonly List[] } = {},
): {
  options: Partial<Record<Option, string>>
  rest: string[]
  flags: ReadonlySet<Flag>
  lists: Record<List, string[]>
} {
  const { flags = [], lists = [] } = more
  const options = Object.fromEntries([
    ...names.map((name) => [name, { type: 'string' as const }] as const),
    ...flags.map((name) => [name, { type: 'boolean' as const }] as const),
    ...lists.map((name) => [name, { type: 'string' as const, multiple: true }] as const),
  ])
  let read: { values: Record<string, unknown>; positionals: string[] }
  try {
    read = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    // Node explains in several sentences; the first one says it.
    throw new UsageError(error instanceof Error ? (error.message.split(/\.\s/)[0] ?? '') : String(error))
  }
  const { values, positionals } = read
  const empty = names.find((name) => values[name] === '')
  if (empty) throw new UsageError(`--${empty} needs a value`)
  if (positionals.length > count) throw new UsageError(`unexpected argument "${positionals[count]}"`)
  if (positionals.length < count) throw new UsageError('an argument is missing')
  return {
    options: values as Partial<Record<Option, string>>,
    rest: positionals,
    flags: new Set(flags.filter((name) => values[name] === true)),
    lists: Object.fromEntries(lists.map((name) => [name, values[name] ?? []])) as Record<List, string[]>,
  }
}

/** Lines of a table, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
