// The table of docs/faults.md: what was seen, by scenario, each as it was last run for the record.
import { readFileSync, writeFileSync } from 'node:fs'
import { program } from '../children.ts'
import { scenarios } from './scenarios/index.ts'
import { cellsOf, columns, type Line } from './table.ts'

const file = program('docs/faults.md')
const rowOf = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
const head = rowOf(columns)

/** The page before its table, and the table's rows as cells. @throws Error when it has none of these columns */
export function readTable(): { before: string; rows: string[][] } {
  const text = readFileSync(file, 'utf8')
  const at = text.indexOf(head)
  if (at < 0) throw new Error(`docs/faults.md has no table "${head}"`)
  const [, , ...rows] = text.slice(at).trimEnd().split('\n')
  return { before: text.slice(0, at), rows: rows.map((row) => row.slice(2, -2).split(' | ')) }
}

/** Puts the lines of a run in place of those that their scenarios had. */
export function record(lines: readonly Line[]): void {
  const { before, rows } = readTable()
  const seen = lines.filter(({ name }) => name !== '')
  const others = rows.filter(([, name]) => !seen.some((line) => line.name === name))
  const all = [...others, ...seen.map(cellsOf)]
  const order = scenarios.map(({ name }) => name)
  const sorted = order.flatMap((name) => all.filter((cells) => cells[1] === name))
  const rule = rowOf(columns.map(() => '---'))
  writeFileSync(file, `${before}${[head, rule, ...sorted.map(rowOf)].join('\n')}\n`)
}
