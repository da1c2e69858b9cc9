import { expect, test } from 'vitest'
import { readTable } from './docs.ts'
import { scenarios } from './scenarios/index.ts'
import { columns } from './table.ts'

const { rows } = readTable()
const cell = (row: readonly string[], column: (typeof columns)[number]) => row[columns.indexOf(column)] ?? ''

test('the table of the page has a line of every scenario, in their order, and of nothing else', () => {
  const names = rows.map((row) => cell(row, 'name'))
  expect([...new Set(names)]).toEqual(scenarios.map(({ name }) => name))
})

test('every line of the page is whole and good', () => {
  expect(rows.filter((row) => row.length !== columns.length)).toEqual([])
  expect(rows.filter((row) => cell(row, 'verdict') !== 'ok').map((row) => cell(row, 'injected'))).toEqual([])
})

test('every fault of calls has a line of its own', () => {
  const faults = new Set(rows.map((row) => cell(row, 'fault')))
  const wanted = [1, 2, 3, 4, 5, 6, 7, 8, 19, 20, 21, 22, 23, 24, 26, 27].map(String)
  expect(wanted.filter((fault) => !faults.has(fault))).toEqual([])
})
