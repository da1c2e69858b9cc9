import { expect, test } from 'vitest'
import { type RateFacts, rateRefusal, usedUpSeconds } from './rates.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const refusal = (headers: Record<string, string>, rates: RateFacts = {}, codes: string[] = []) =>
  rateRefusal(rates, new Headers(headers), codes, now)
const window = (unit: 'epoch_seconds' | 'epoch_ms' | 'date' | 'seconds' | 'ms', more = {}): RateFacts => ({
  windows: [{ remaining: 'x-left', reset: 'x-reset', unit, ...more }],
})

test.each([
  ['seconds', { 'retry-after': '7' }, 7],
  ['a date ahead', { 'retry-after': 'Sat, 21 Nov 2026 12:00:09 GMT' }, 9],
  ['a date that is past', { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 1],
  ['zero', { 'retry-after': '0' }, 1],
  ['a year', { 'retry-after': '31536000' }, 3600],
  ['nonsense', { 'retry-after': 'soon' }, null],
  ['nothing', {}, null],
])(
  'reads a Retry-After of %s, never less than a second and never more than an hour',
  (_, headers, seconds) => {
    expect(refusal(headers)).toEqual({ seconds, per: 'account' })
  },
)

test.each([
  ['epoch_seconds', String(now / 1000 + 30)],
  ['epoch_ms', String(now + 30_000)],
  ['date', '2026-11-21T12:00:30Z'],
  ['seconds', '30'],
  ['ms', '30000'],
] as const)('reads when a limit is refilled as %s', (unit, reset) => {
  const headers = { 'x-left': '0', 'x-reset': reset }
  expect(refusal(headers, window(unit)).seconds).toBe(30)
  expect(usedUpSeconds(window(unit), new Headers(headers), now)).toBe(30)
  const left = new Headers({ ...headers, 'x-left': '1' })
  expect(usedUpSeconds(window(unit), left, now)).toBeNull()
})

test('a point in time where a span is meant, and a moment that is past, keep nobody away', () => {
  const says = (unit: 'seconds' | 'epoch_seconds', reset: string) =>
    usedUpSeconds(window(unit), new Headers({ 'x-left': '0', 'x-reset': reset }), now)
  expect(says('seconds', String(now / 1000 + 30))).toBeNull()
  expect(says('epoch_seconds', String(now / 1000 - 30))).toBeNull()
})

test('a limit of another kind keeps nobody away unasked, and is taken at its word in a refusal', () => {
  const rates = window('seconds', { only: { 'x-kind': 'core' } })
  const headers = { 'x-left': '0', 'x-reset': '12', 'x-kind': 'search' }
  expect(usedUpSeconds(rates, new Headers(headers), now)).toBeNull()
  expect(usedUpSeconds(rates, new Headers({ ...headers, 'x-kind': 'core' }), now)).toBe(12)
  expect(refusal(headers, rates).seconds).toBe(12)
})

test('what the answer says goes before what is known of the provider', () => {
  expect(refusal({}, { waitSeconds: 60 }).seconds).toBe(60)
  expect(refusal({ 'retry-after': '5' }, { waitSeconds: 60 }).seconds).toBe(5)
})

test('tells a limit of one account from one of our client', () => {
  expect(refusal({}, { per: 'auth_config' }).per).toBe('auth_config')
  const rates = { clientCodes: ['dailyLimitExceeded'] }
  expect(refusal({}, rates, ['dailyLimitExceeded']).per).toBe('auth_config')
  expect(refusal({}, rates, ['userRateLimitExceeded']).per).toBe('account')
})
