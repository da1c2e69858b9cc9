import { expect, test } from 'vitest'
import { barsOf } from './layout.tsx'
import { type Point, type Series, ticksOf } from './series.tsx'

const series: Series[] = [
  { key: 'denied', words: 'Denied', colour: 'warning' },
  { key: 'allowed', words: 'Allowed', colour: 'neutral' },
]
const points: Point[] = [
  { label: '1 Nov', counts: { allowed: 1_000, denied: 0 } },
  { label: '2 Nov', counts: { allowed: 500, denied: 1 } },
]

test('bars stand in proportion to what they count, one on the other, and one of a thousand is still seen', () => {
  const { bars, scale } = barsOf(series, points)
  const [first, second] = bars
  expect(scale.most).toBe(1_000)
  expect(first?.parts).toEqual([{ key: 'allowed', y: 0, height: 100 }])
  expect(second?.parts).toEqual([
    { key: 'denied', y: 99, height: 1 },
    { key: 'allowed', y: 49, height: 50 },
  ])
  expect(second?.x).toBeGreaterThan((first?.x ?? 0) + (first?.width ?? 0))
})

test('a bar says what it counts in words, without what there is none of', () => {
  expect(barsOf(series, points).bars.map(({ said }) => said)).toEqual([
    '1 Nov: 1,000 allowed',
    '2 Nov: 1 denied, 500 allowed',
  ])
})

test('of nothing there is nothing, and of many points few labels', () => {
  expect(barsOf(series, []).bars).toEqual([])
  expect(ticksOf([])).toEqual([])
  const many = Array.from({ length: 60 }, (_, at) => ({ label: `${at}`, counts: {} }))
  expect(ticksOf(many).map(({ at }) => at)).toEqual([0, 29, 59])
})
