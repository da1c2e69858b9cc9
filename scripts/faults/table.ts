import { cpus, totalmem } from 'node:os'

export type Line = {
  fault: string
  injected: string
  observed: string
  verdict: 'ok' | 'BAD' | 'covered' | 'not run'
}

/** A Markdown table, so that a run can be pasted into the docs as it is. */
export function renderTable(lines: readonly Line[]): string {
  const rows = lines.map(({ fault, injected, observed, verdict }) =>
    [fault, injected, observed, verdict].map((cell) => cell.replace(/\s+/g, ' ').replaceAll('|', '/')),
  )
  const all = [['fault', 'injected', 'observed', 'verdict'], ...rows]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(all[0] ?? []), rule, ...rows.map(line)].join('\n')
}

export const machine = (): string =>
  `${cpus().length} CPUs, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${process.platform} ${process.arch}`
