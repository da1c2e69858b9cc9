import { expect, test } from 'vitest'
import { absenceWords, holdWords, nextRenewal } from './credential-words.ts'

const now = new Date('2026-11-21T08:00:00Z')
const credential = {
  refreshable: true,
  expires_at: '2026-11-21T08:30:00Z',
  renewed_at: null,
  due_at: '2026-11-21T08:20:00Z',
  held: null,
  failures: 0,
  dead_reason: null,
}
const suspect = { reason: 'suspect', until: '2026-11-21T08:25:00Z' } as const

test('says when the next renewal is, and never before a hold ends', () => {
  expect(nextRenewal(credential, now)).toEqual({ at: '2026-11-21T08:20:00Z', words: '' })
  expect(nextRenewal({ ...credential, held: suspect }, now).at).toBe('2026-11-21T08:25:00Z')
  expect(nextRenewal({ ...credential, due_at: '2026-11-21T07:59:00Z' }, now)).toEqual({
    at: null,
    words: 'Now.',
  })
})

test('promises no renewal of what cannot be renewed', () => {
  expect(nextRenewal({ ...credential, refreshable: false }, now)).toMatchObject({
    at: null,
    words: expect.stringMatching(/^Never/),
  })
  expect(nextRenewal({ ...credential, due_at: null }, now).words).toBe('When a call needs it.')
})

test('a hold says its reason and how often it was tried', () => {
  expect(holdWords(credential)).toBeNull()
  expect(holdWords({ ...credential, held: suspect, failures: 1 })).toMatch(
    /Nothing is disconnected.* once in vain/,
  )
  expect(holdWords({ ...credential, held: suspect })).not.toMatch(/in vain/)
  expect(holdWords({ ...credential, held: { ...suspect, reason: 'config' }, failures: 3 })).toMatch(
    /client.*3 times/,
  )
})

test('a credential that is gone or dead is not told as one in use', () => {
  expect(absenceWords(credential, 'active')).toBeNull()
  expect(absenceWords(null, 'revoked')).toMatch(/^Destroyed/)
  expect(absenceWords({ ...credential, dead_reason: 'rotation_lost' }, 'needs_reauth')).toMatch(
    /rotation lost/,
  )
})
