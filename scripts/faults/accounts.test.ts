import { expect, test } from 'vitest'
import type { Redemption } from '../../sandbox/faults.ts'
import { balance, type Fate, mostWithin, usesOf } from './accounts.ts'
import { finding } from './scenario.ts'

const account = { id: 'ca_1', uuid: '1', org: 'acme', grant: 'g' }
const fate = (facts: Partial<Fate>): Fate => ({
  account,
  status: 'active',
  reason: null,
  generation: 3,
  dead: false,
  refreshable: true,
  open: false,
  redeemed: 2,
  ...facts,
})
const lost = { status: 'needs_reauth', reason: 'rotation_lost', dead: true }
const sorted = (facts: Partial<Fate>) => {
  const { active, ...books } = balance([fate(facts)])
  return Object.entries(books).flatMap(([name, fates]) => (fates.length > 0 ? [name] : []))
}

test('finds nothing wrong with an account that has as many generations as its provider gave', () => {
  expect(sorted({})).toEqual([])
})

test.each<[string, Partial<Fate>, string]>([
  ['given up after the provider rotated for its newest generation', { ...lost, redeemed: 3 }, 'explained'],
  ['given up though the provider never rotated for it', lost, 'unexplained'],
  ['given up for another reason', { ...lost, reason: 'invalid_grant', redeemed: 3 }, 'unexplained'],
  ['dead, and nobody was told', { dead: true, redeemed: 3 }, 'unexplained'],
  ['in use though the provider has rotated once more', { redeemed: 3 }, 'silent'],
  ['in use with a generation that the provider never gave', { redeemed: 1 }, 'silent'],
  ['in use without a refresh token', { refreshable: false }, 'nulled'],
])('tells an account that is %s', (_, facts, books) => {
  expect(sorted(facts)).toEqual([books])
})

const use = (token: string, status: number, received_ms = 0): Redemption => ({
  grant: 'g',
  token,
  status,
  received_ms,
  answered_ms: null,
})

test('counts uses of one token, and those that were honoured more than once', () => {
  expect(usesOf([use('a', 200), use('b', 200), use('b', 400)])).toEqual({ usesMax: 2, honouredTwice: 0 })
  expect(usesOf([use('a', 200), use('a', 200)])).toEqual({ usesMax: 2, honouredTwice: 1 })
})

test('finds the fullest span, wherever it begins', () => {
  const at = [0, 900, 950, 1_000, 1_899, 1_900, 5_000].map((ms) => use('a', 200, ms))
  expect(mostWithin(at, 1)).toBe(4)
  expect(mostWithin(at, 2)).toBe(6)
})

test('is good only when all that must be zero is zero and all else holds', () => {
  expect(finding('x', { lost: 0 }).ok).toBe(true)
  expect(finding('x', { lost: 0, twice: 1 }).ok).toBe(false)
  expect(finding('x', { lost: 0 }, { holds: false }).ok).toBe(false)
})
