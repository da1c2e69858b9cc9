import { cpus, totalmem } from 'node:os'

export type Line = {
  fault: string
  /** The scenario, for `--only`; empty for what is driven elsewhere. */
  name: string
  injected: string
  observed: string
  verdict: 'ok' | 'BAD' | 'covered' | 'not run'
}

/** The table's head. */
export const columns = ['fault', 'name', 'injected', 'observed', 'verdict'] as const

/** The cells of a line, none of which ends its row early. */
export const cellsOf = (line: Line): string[] =>
  columns.map((column) => line[column].replace(/\s+/g, ' ').replaceAll('|', '/'))

/** A Markdown table, so that a run can be pasted into the docs as it is. */
export function renderTable(lines: readonly Line[]): string {
  const rows = lines.map(cellsOf)
  const all = [[...columns], ...rows]
  const widths = columns.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(all[0] ?? []), rule, ...rows.map(line)].join('\n')
}

export const machine = (): string =>
  `${cpus().length} CPUs, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${process.platform} ${process.arch}`
