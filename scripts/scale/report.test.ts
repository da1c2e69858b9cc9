import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Figure } from './figures.ts'
import { told } from './report.ts'

beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => {}))
afterEach(() => vi.restoreAllMocks())

const figures = (...p50s: number[]): Map<string, Figure> =>
  new Map(p50s.map((p50, at) => [`people: ${at}`, { p50, p95: p50, cpu: p50 }]))

test('bars are kept by queries that are quick and take as long beside much as beside few', () => {
  expect(told(figures(3, 290, 12), figures(2, 290, 10))).toBe(true)
})

test.each([
  ['a query that is slow', figures(3, 301, 12), figures(3, 301, 12)],
  ['a query that failed', figures(3, 12, Number.POSITIVE_INFINITY), figures(3, 12, 20)],
  ['a group that grew', figures(3, 16, 18), figures(3, 10, 12)],
  ['a group that was not measured beside few', figures(3, 10, 12), new Map<string, Figure>()],
])('%s misses a bar', (_, much, few) => {
  expect(told(much, few)).toBe(false)
})
