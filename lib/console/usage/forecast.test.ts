import { expect, test } from 'vitest'
import { lineThrough, outlookOf, priced } from './forecast.ts'
import { percentile } from './latency.ts'
import { chosenRange, recentRange, stepsOf } from './range.ts'

test('a line goes through points that lie on one, and through the middle of those that do not', () => {
  expect(lineThrough([5, 7, 9, 11])).toEqual({ level: 5, slope: 2 })
  expect(lineThrough([4, 4, 4])).toEqual({ level: 4, slope: 0 })
  // By hand: mean 2, Σ(day − 1)(value − 2) = 1, Σ(day − 1)² = 2.
  expect(lineThrough([1, 3, 2])).toEqual({ level: 1.5, slope: 0.5 })
  expect(lineThrough([])).toEqual({ level: 0, slope: 0 })
  expect(lineThrough([8])).toEqual({ level: 8, slope: 0 })
})

test('an outlook follows the line over the thirty days after the last', () => {
  const growing = outlookOf(Array.from({ length: 30 }, (_, day) => 100 + 10 * day))
  // Days 30 to 59: 30 · 100 + 10 · (30 + … + 59).
  expect(growing).toMatchObject({ days: 30, trend: true, used: 7350, next: 3000 + 10 * ((30 + 59) * 15) })
})

test('what shrinks ends at nothing and not below', () => {
  const shrinking = outlookOf([60, 50, 40, 30, 20, 10, 0])
  expect(shrinking.next).toBe(0)
  expect(outlookOf([70, 60, 50, 40, 30, 20, 10, 0].map((n) => n + 25)).next).toBe(15 + 5)
})

test('fewer than seven days are no trend: they go on as they were on average', () => {
  expect(outlookOf([1, 2, 30])).toMatchObject({
    days: 3,
    trend: false,
    line: { level: 11, slope: 0 },
    next: 330,
  })
  expect(outlookOf([])).toMatchObject({ days: 0, trend: false, next: 0, used: 0 })
})

test('what is used is paid at the prices of whoever reads', () => {
  const { lines, total } = priced(
    { call: 20_000, event: 500, account: 40, seat: 5 },
    { call: 0.002, event: 0, account: 1.5, seat: 20 },
  )
  expect(lines.map(({ cost }) => cost)).toEqual([40, 0, 60, 100])
  expect(total).toBe(200)
})

test('spans are whole steps of UTC, with the present one, and as long as they say', () => {
  const now = new Date('2026-03-29T23:59:59.999Z')
  expect(recentRange('24h', now)).toEqual({
    since: new Date('2026-03-29T00:00:00Z'),
    until: new Date('2026-03-30T00:00:00Z'),
    stepMs: 3_600_000,
  })
  expect(recentRange('30d', now).since).toEqual(new Date('2026-02-28T00:00:00Z'))
  for (const name of ['24h', '7d', '30d'] as const) {
    const range = recentRange(name, now)
    expect(stepsOf(range)).toHaveLength({ '24h': 24, '7d': 28, '30d': 30 }[name])
  }
})

test('a chosen span is widened to whole steps; one that is none, or too long, is refused in words', () => {
  const at = (text: string) => new Date(text)
  expect(chosenRange(at('2026-03-01T10:20:00Z'), at('2026-03-01T12:00:00.001Z'))).toEqual({
    since: at('2026-03-01T10:00:00Z'),
    until: at('2026-03-01T13:00:00Z'),
    stepMs: 3_600_000,
  })
  expect(chosenRange(at('2026-03-02T00:00:00Z'), at('2026-03-01T00:00:00Z'))).toMatch('ends before')
  expect(chosenRange(at('never'), at('2026-03-01T00:00:00Z'))).toMatch('dates')
  expect(chosenRange(at('2025-01-01T00:00:00Z'), at('2026-01-01T00:00:00Z'))).toMatch('92 days')
})

test('a percentile lies within its step', () => {
  expect(percentile([], 0.95)).toBe(0)
  const steps = [
    { step: 40, calls: 95 },
    { step: 64, calls: 5 },
  ]
  expect(percentile(steps, 0.95)).toBeCloseTo(2 ** (41 / 8))
  expect(percentile(steps, 0.96)).toBeGreaterThan(2 ** (64 / 8))
  expect(percentile(steps, 1)).toBeCloseTo(2 ** (65 / 8))
})
