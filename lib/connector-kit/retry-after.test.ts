import { expect, test } from 'vitest'
import { rateRefusal, usedUpSeconds } from './rates.ts'
import { retryAfterSeconds } from './retry-after.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const said = (headers: Record<string, string>, nowMs = now) => retryAfterSeconds(new Headers(headers), nowMs)

test.each([
  'soon in 5',
  'in 2 minutes',
  'May 5',
  '-5',
  '0x10',
  '1e3',
  'Infinity',
  'NaN',
  '2026-11-21',
  '99999999999999999999999 GMT',
])('what is neither seconds nor a date of HTTP, %j, says nothing', (text) => {
  expect(said({ 'retry-after': text })).toBeNull()
  // It must not stand before what can be read.
  const windows = [{ remaining: 'x-left', reset: 'x-reset', unit: 'seconds' as const }]
  const headers = new Headers({ 'retry-after': text, 'x-left': '0', 'x-reset': '40' })
  expect(rateRefusal({ windows }, headers, [], now).seconds).toBe(40)
})

test('of two answers to when the later counts: a proxy adds its own to the provider\u2019s', () => {
  expect(said({ 'retry-after': '5, 40' })).toBe(40)
  expect(said({ 'retry-after': '40, 5' })).toBe(40)
})

test('all three forms of a date are read, and 1.5 seconds are two', () => {
  for (const date of [
    'Sat, 21 Nov 2026 12:00:09 GMT',
    'Saturday, 21-Nov-26 12:00:09 GMT',
    'Sat Nov 21 12:00:09 2026',
  ])
    expect(said({ 'retry-after': date }), date).toBe(9)
  expect(said({ 'retry-after': '1.5' })).toBe(2)
})

test.each([-600_000, 600_000, 86_400_000])(
  'a date is meant by the provider\u2019s clock: ours may be %i ms off',
  (skewMs) => {
    const date = 'Sat, 21 Nov 2026 12:00:00 GMT'
    expect(said({ date, 'retry-after': 'Sat, 21 Nov 2026 12:00:09 GMT' }, now + skewMs)).toBe(9)
    const reset = String(now / 1000 + 30)
    const limits = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
    expect(said({ date, ...limits }, now + skewMs)).toBe(30)
    const windows = [{ remaining: 'x-left', reset: 'x-reset', unit: 'epoch_seconds' as const }]
    const headers = new Headers({ date, 'x-left': '0', 'x-reset': reset })
    expect(usedUpSeconds({ windows }, headers, now + skewMs)).toBe(30)
  },
)
