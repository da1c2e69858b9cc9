import { expect, test } from 'vitest'
import { durationsOffered, endOfConsent, longestConsent } from './durations.ts'

test('without a cap everything is offered, and a time that ends stands chosen', () => {
  expect(durationsOffered(null)).toEqual({ days: [7, 30, 90, null], chosen: 90 })
})

test.each([
  [1, [1], 1],
  [7, [7], 7],
  [14, [7, 14], 14],
  [90, [7, 30, 90], 90],
  [365, [7, 30, 90, 365], 90],
])('a cap of %s days is the longest on offer', (daysMax, days, chosen) => {
  expect(durationsOffered(daysMax)).toEqual({ days, chosen })
})

test('an end is counted from the consent', () => {
  const at = new Date('2026-03-01T12:00:00Z')
  expect(endOfConsent(at, 7)?.toISOString()).toBe('2026-03-08T12:00:00.000Z')
  expect(endOfConsent(at, null)).toBeNull()
  expect(longestConsent({ consent_duration_days_max: 3 })).toBe(3)
  expect(longestConsent({})).toBeNull()
})
