import { expect, test } from 'vitest'
import {
  classify,
  type ErrorClass,
  oauth2Of,
  type ProviderProfile,
  standardTokenErrors,
} from '#lib/connector-kit'
import { profiles } from '../../connectors/profiles/index.ts'
import { refreshFacts } from './refresh-facts.ts'
import { refreshResult } from './refresh-result.ts'

const classes: [ErrorClass, string][] = [
  ['dead', 'dead'],
  ['expired_refresh', 'dead'],
  ['interaction', 'dead'],
  ['ambiguous', 'ambiguous'],
  ['expired', 'ambiguous'],
  ['config', 'config'],
  ['permission', 'config'],
  ['not_found', 'config'],
  ['invalid', 'config'],
  ['transient', 'transient'],
  ['rate_limited', 'transient'],
]
test.each(classes)('a refresh that is refused as %s ends as %s, told by its code', (kind, ends) => {
  const result = refreshResult({ kind, errorCode: 'the_code', retryAfterSeconds: null })
  expect(result).toEqual({ kind: ends, errorCode: 'the_code' })
})

test('a refresh that passes says when to come back, where the provider did', () => {
  expect(refreshResult({ kind: 'rate_limited', errorCode: 'x', retryAfterSeconds: 7 })).toEqual({
    kind: 'transient',
    errorCode: 'x',
    retryAfterSeconds: 7,
  })
  expect(refreshResult({ kind: 'no_answer', requestSent: true, errorCode: 'x' }).kind).toBe('lost')
  expect(refreshResult({ kind: 'no_answer', requestSent: false, errorCode: 'x' }).kind).toBe('transient')
})

test('what a provider leaves unsaid is read as RFC 6749 has it, and a bare 401 as our client', () => {
  const is = (status: number, body: unknown) =>
    classify(standardTokenErrors, { status, headers: new Headers(), body, text: '' })
  expect(is(400, { error: 'invalid_grant' })).toBe('ambiguous')
  expect(is(400, { error: 'invalid_client' })).toBe('config')
  expect(is(400, { error: 'temporarily_unavailable' })).toBe('transient')
  expect(is(401, null)).toBe('config')
})

test.each([
  ['google', Number.POSITIVE_INFINITY, 180],
  ['microsoft', Number.POSITIVE_INFINITY, 90],
  ['shopify', Number.POSITIVE_INFINITY, 90],
  ['atlassian', 600, 90],
  ['slack', 0, null],
  ['hubspot', 0, null],
  ['airtable', 0, 60],
] as const)(
  '%s: an old refresh token works for %s s after a lost answer, and dies after %s idle days',
  (id, seconds, days) => {
    const profile = profiles[id] as ProviderProfile
    const facts = refreshFacts({ auth: oauth2Of(profile, { inputs: { shop: 'acme' } }) })
    expect(facts.oldTokenSeconds).toBe(seconds)
    expect(facts.idleSeconds).toBe(days === null ? null : days * 86_400)
    expect(facts.refreshesPerSecondMax).toBeGreaterThan(0)
  },
)
