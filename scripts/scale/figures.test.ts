import { expect, test, vi } from 'vitest'
import { type Figure, measured, readFigures, writtenFigures } from './figures.ts'

test('a query that fails once is no quick one, however often it answered before', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  // The first answer takes longer than a query is warmed for, so that those behind it are measured.
  const first = new Promise<number[]>((answer) => setTimeout(() => answer([1]), 150))
  const answers = [first, ...Array.from({ length: 5 }, async () => [1])]
  const run = () => answers.shift() ?? Promise.reject(new Error('too slow for a transaction'))
  const steady = { name: 'people: steady', run: async () => [1] }
  const figures = await measured([{ name: 'people: failing', run }, steady], 7, process.pid)
  log.mockRestore()
  expect(figures.get('people: failing')?.p50).toBe(Number.POSITIVE_INFINITY)
  expect(figures.get('people: steady')?.p50).toBeLessThan(100)
})

test('figures are the same in another process, those of a query that failed among them', () => {
  const failed = Number.POSITIVE_INFINITY
  const figures = new Map<string, Figure>([
    ['people: failing', { p50: failed, p95: failed, cpu: 1.5, found: null }],
    ['people: steady', { p50: 1.25, p95: 2, cpu: 1, found: 51 }],
  ])
  expect(readFigures(writtenFigures(figures))).toEqual(figures)
})
