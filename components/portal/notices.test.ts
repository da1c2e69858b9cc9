import { expect, test } from 'vitest'
import { noticeFor, noticeOf, noticeOfFailure } from './notices.ts'

test('a code that does not exist yet is our fault, never a crash', () => {
  expect(noticeOf('made_up_tomorrow')).toBe('internal')
  expect(noticeOf('constructor')).toBe('internal')
})

test('a provider that cannot answer is told from one that answers with an error', () => {
  expect(noticeOf('upstream_timeout')).toBe('provider_down')
  expect(noticeOf('circuit_open')).toBe('provider_down')
  expect(noticeOfFailure('provider_temporarily_unavailable')).toBe('provider_down')
  expect(noticeOfFailure('provider_invalid_scope')).toBe('provider_error')
  expect(noticeOfFailure('user_mismatch')).toBe('user_mismatch')
  expect(noticeOfFailure(null)).toBe('provider_error')
})

test('the English details of an error reach nobody, only the parameter that it names', () => {
  expect(noticeFor({ code: 'invalid_request', facts: { param: 'scopes' } })).toBe('nothing_chosen')
  expect(noticeFor({ code: 'invalid_request', facts: { param: 'other' } })).toBe('invalid_request')
  expect(noticeFor({ code: 'unavailable', facts: {} })).toBe('unavailable')
})
