import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Figure } from './figures.ts'
import { told } from './report.ts'

beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => {}))
afterEach(() => vi.restoreAllMocks())

const found = (rows: number, ...p50s: number[]): Map<string, Figure> =>
  new Map(p50s.map((p50, at) => [`people: ${at}`, { p50, p95: p50, cpu: p50, found: rows }]))
const figures = (...p50s: number[]) => found(51, ...p50s)

test('bars are kept by queries that are quick and take as long beside much as beside few', () => {
  expect(told(figures(3, 290, 12), figures(2, 290, 10))).toBe(true)
})

test.each([
  ['a query that is slow', figures(3, 301, 12), figures(3, 301, 12)],
  ['a query that failed', figures(3, 12, Number.POSITIVE_INFINITY), figures(3, 12, 20)],
  ['a group that grew', figures(3, 16, 18), figures(3, 10, 12)],
  ['a group that was not measured beside few', figures(3, 10, 12), new Map<string, Figure>()],
  ['a query that failed beside few', figures(3, 10, 12), figures(3, 10, Number.POSITIVE_INFINITY)],
  ['a group none of whose answers is as long beside few', found(51, 3, 10), found(2, 3, 10)],
])('%s misses a bar', (_, much, few) => {
  expect(told(much, few)).toBe(false)
})

test('growth is that of answers that are as long: a fuller page takes longer wherever it lies', () => {
  const longer = { p50: 40, p95: 40, cpu: 40 }
  const much = new Map([...figures(3, 12), ['people: full', { ...longer, found: 51 }] as const])
  const few = new Map([...figures(3, 12), ['people: full', { ...longer, p50: 1, found: 2 }] as const])
  expect(told(much, few)).toBe(true)
})

test('sums are held to their time alone', () => {
  const named = (p50: number) =>
    new Map([['usage: calls', { p50, p95: p50, cpu: p50, found: null }] as const])
  expect(told(named(40), named(4))).toBe(true)
  expect(told(named(301), named(300))).toBe(false)
})
