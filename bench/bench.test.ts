import { expect, test } from 'vitest'
import { cpuMsOf } from '../scripts/processor.ts'
import {
  type Figures,
  latencyOf,
  median,
  mediansOf,
  missedBars,
  type Result,
  ratiosOf,
  renderTable,
} from './figures.ts'
import { groupCommit } from './group-commit.ts'

const figures = (requestsPerSecond: number, p50Ms: number, errors = 0): Figures => ({
  requestsPerSecond,
  p50Ms,
  p95Ms: p50Ms * 2,
  p99Ms: p50Ms * 3,
  errors,
  cpuMs: { program: p50Ms / 10, database: null },
})

const results: Result[] = [
  { id: 'upstream', name: 'upstream alone', rssMb: 90, at: { 16: figures(10_000, 1) } },
  { id: 'ceiling', name: 'ceiling program', rssMb: 190, at: { 16: figures(4_000, 3) } },
  { id: 'next-call', name: 'Next with the call', rssMb: null, at: { 16: figures(500, 20) } },
  { id: 'behalf', name: 'Behalf', rssMb: 380.4, at: { 16: figures(1_000, 12.5, 2) } },
]

test('a percentile is a latency that was measured, whatever order they came in', () => {
  const latencies = Array.from({ length: 100 }, (_, at) => 100 - at)
  expect(latencyOf(latencies)).toEqual({ p50Ms: 50, p95Ms: 95, p99Ms: 99 })
  expect(latencyOf([7])).toEqual({ p50Ms: 7, p95Ms: 7, p99Ms: 7 })
})

test('latencies are ordered as numbers, not as words', () => {
  expect(latencyOf([9, 10, 100]).p50Ms).toBe(10)
  expect(median([9, 10, 100])).toBe(10)
})

test('no request at all has no latency, rather than a good one', () => {
  expect(latencyOf([])).toEqual({ p50Ms: Number.NaN, p95Ms: Number.NaN, p99Ms: Number.NaN })
  expect(median([])).toBeNaN()
})

test('the median of an even number of rounds lies between the middle two', () => {
  expect(median([4, 1, 2, 100])).toBe(3)
})

test('one disturbed round moves no figure, and its errors are not lost', () => {
  const rounds = [figures(1_000, 10), figures(1, 900, 3), figures(1_010, 11)]
  expect(mediansOf(rounds)).toMatchObject({ requestsPerSecond: 1_000, p50Ms: 11, errors: 3 })
})

test('ratios are of the same number of connections in the same run', () => {
  expect(ratiosOf(results, 16)).toEqual({
    connections: 16,
    toCeiling: 0.25,
    toNextCall: 2,
    addedP50Ms: 11.5,
    cpuToCeiling: null,
  })
  expect(() => ratiosOf(results, 64)).toThrow('no figures of behalf at 64 connections')
})

test('processor time is compared only where both programs tell all of theirs, and variants beside the ceiling', () => {
  const told = (id: string, perSecond: number, program: number, database: number): Result => ({
    id,
    name: id,
    rssMb: null,
    at: { 16: { ...figures(perSecond, 1), cpuMs: { program, database } } },
  })
  const all = [...results.slice(0, 1), results[2]!, told('ceiling', 1_000, 0.5, 0.5)]
  const both = [...all, told('behalf', 500, 1.5, 1), told('behalf-cedar', 400, 2.5, 1.5)]
  expect(ratiosOf(both, 16).cpuToCeiling).toBe(0.4)
  expect(renderTable(both, 16)).toContain('behalf-cedar / ceiling 0.400, by processor time 0.250')
  expect(renderTable(results, 16)).not.toContain('by processor time')
})

test('a call that costs more than seven times the ceiling misses its bar; one call at a time, or unknown costs, have none', () => {
  const costing = (id: string, program: number): Result => ({
    ...{ id, name: id, rssMb: null },
    at: Object.fromEntries(
      [1, 16].map((connections) => [connections, { ...figures(500, 1), cpuMs: { program, database: 0 } }]),
    ),
  })
  const beside = (program: number) => [
    ...[costing('upstream', 0), costing('ceiling', 1), costing('next-call', 1), costing('behalf', program)],
  ]
  expect(missedBars(beside(6), [1, 16])).toEqual([])
  expect(missedBars(beside(7), [1, 16])).toEqual([
    '16 connections: 0.143 of the ceiling by processor time, less than 0.15',
  ])
  expect(missedBars(results, [16])).toEqual([])
})

test('the table has a line for each program, with memory where it is known and every error', () => {
  const lines = renderTable(results, 16).split('\n')
  expect(lines).toHaveLength(1 + results.length + 1)
  expect(lines[4]?.split(/\s+/)).toEqual([
    'Behalf',
    '1000',
    '12.50',
    '25.00',
    '37.50',
    '1.25',
    '–',
    '380',
    '2',
  ])
  expect(lines[3]).toContain('–')
  expect(lines.at(-1)).toContain('Behalf / ceiling 0.250')
})

test('rows that arrive during a commit are committed together, each answered by its own commit', async () => {
  const batches: unknown[][][] = []
  const finish: (() => void)[] = []
  const query = ({ values }: { values: unknown[][] }) =>
    new Promise<void>((done, failed) => {
      batches.push(values)
      finish.push(() => (values[0]?.includes('bad') ? failed(new Error('refused')) : done()))
    })
  const append = groupCommit({ query }, 'intents', ['text', 'int'])
  const first = append(['a', 1])
  const second = append(['b', 2])
  const third = append(['bad', 3])
  expect(batches).toEqual([[['a'], [1]]])
  finish[0]?.()
  await first
  await expect
    .poll(() => batches[1])
    .toEqual([
      ['b', 'bad'],
      [2, 3],
    ])
  finish[1]?.()
  await expect(second).rejects.toThrow('refused')
  await expect(third).rejects.toThrow('refused')
})

test('the processor time of a process is what it has used, and grows with its work', () => {
  const before = cpuMsOf(process.pid)
  if (before === null) return expect(process.platform).not.toBe('linux')
  const until = process.cpuUsage().user + 60_000
  while (process.cpuUsage().user < until) latencyOf([1, 2, 3])
  expect((cpuMsOf(process.pid) ?? 0) - before).toBeGreaterThanOrEqual(40)
  expect(cpuMsOf(2 ** 30)).toBeNull()
})
