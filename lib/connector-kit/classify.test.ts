import { expect, test } from 'vitest'
import { type ErrorRules, errorCodes, refusalOf } from './classify.ts'
import { retryAfterSeconds } from './retry-after.ts'

const answer = (status: number, body: unknown, headers: Record<string, string> = {}, text = '') => ({
  status,
  headers: new Headers(headers),
  body,
  text,
})

test.each([
  ['OAuth', { error: 'invalid_grant' }, 'invalid_grant'],
  [
    'Google',
    { error: { code: 403, status: 'X', errors: [{ reason: 'rateLimitExceeded' }] } },
    'rateLimitExceeded',
  ],
  ['Dropbox', { error: { '.tag': 'expired_access_token' } }, 'expired_access_token'],
  ['Slack', { ok: false, error: 'token_revoked' }, 'token_revoked'],
  ['Microsoft', { error: 'invalid_grant', error_codes: [50173] }, 'AADSTS50173'],
  ['Zoom token', { reason: 'Refresh token is invalid (4711)', error: 'invalid_grant' }, '4711'],
  ['Zoom API', { code: 124, message: 'Invalid access token.' }, '124'],
  ['HubSpot token', { status: 'BAD_REFRESH_TOKEN', message: '…' }, 'BAD_REFRESH_TOKEN'],
  ['HubSpot API', { status: 'error', category: 'EXPIRED_AUTHENTICATION' }, 'EXPIRED_AUTHENTICATION'],
  ['Intercom', { type: 'error.list', errors: [{ code: 'token_revoked' }] }, 'token_revoked'],
  ['Salesforce', [{ message: '…', errorCode: 'INVALID_SESSION_ID' }], 'INVALID_SESSION_ID'],
  ['ClickUp', { err: 'Token invalid', ECODE: 'OAUTH_026' }, 'OAUTH_026'],
  ['GraphQL', { errors: [{ message: '…', extensions: { code: 'RATELIMITED' } }] }, 'RATELIMITED'],
] as const)('finds the code of %s where it stands', (_, body, code) => {
  expect(errorCodes(body)).toContain(code)
})

test.each([null, 'text', [], {}, { error: null, errors: null, error_codes: 'x', reason: 7 }])(
  'finds no code in %j',
  (body) => {
    expect(errorCodes(body)).toEqual([])
  },
)

test('a rule holds only if all that it names is so', () => {
  const rules: ErrorRules = [
    {
      codes: ['invalid_grant'],
      subtypes: ['invalid_rapt'],
      texts: ['reauth'],
      headers: { 'x-limit': '0', 'x-any': true },
      statuses: [400],
      is: 'interaction',
    },
  ]
  const body = { error: 'invalid_grant', error_subtype: 'invalid_rapt', error_description: 'Reauth needed' }
  const headers = { 'x-limit': '0', 'x-any': 'y' }
  expect(refusalOf(rules, answer(400, body, headers))).toEqual({ is: 'interaction', code: 'invalid_grant' })
  const misses = [
    answer(400, { ...body, error: 'other' }, headers),
    answer(400, { ...body, error_subtype: 'other' }, headers),
    answer(400, { ...body, error_description: 'no' }, headers),
    answer(400, body, { ...headers, 'x-limit': '1' }),
    answer(400, body, { 'x-limit': '0' }),
    answer(402, body, headers),
  ]
  for (const miss of misses) expect(refusalOf(rules, miss)?.is).toBe('invalid')
})

test('reads plain text where there is no JSON, and the words of a body where there is', () => {
  const rules: ErrorRules = [{ texts: ['invalid token'], is: 'dead' }]
  expect(refusalOf(rules, answer(401, null, {}, 'invalid token'))?.is).toBe('dead')
  expect(refusalOf(rules, answer(401, { message: 'Invalid Token!' }))?.is).toBe('dead')
  // The raw text of a JSON body is not searched: a token's name may stand in a field that says nothing.
  expect(refusalOf(rules, answer(401, { hint: 'x' }, {}, '{"hint":"invalid token"}'))?.is).toBe('expired')
})

test('says which code decided, and the first in the body where none did', () => {
  const body = { error: 'invalid_grant', error_codes: [50173] }
  expect(refusalOf([{ codes: ['AADSTS50173'], is: 'dead' }], answer(400, body))).toEqual({
    is: 'dead',
    code: 'AADSTS50173',
  })
  expect(refusalOf([{ statuses: [400], is: 'dead' }], answer(400, body))?.code).toBe('invalid_grant')
  expect(refusalOf([], answer(502, null))).toEqual({ is: 'transient', code: null })
})

test('a success is an error only where a rule names its status and knows it', () => {
  const limited = { errors: [{ message: '…', extensions: { code: 'COMPLEXITY' } }] }
  const rule = { codes: ['COMPLEXITY'], is: 'rate_limited' } as const
  expect(refusalOf([rule], answer(200, limited))).toBeNull()
  expect(refusalOf([{ ...rule, statuses: [200] }], answer(200, limited))?.is).toBe('rate_limited')
  expect(refusalOf([{ ...rule, statuses: [200] }], answer(200, { data: {}, status: 'active' }))).toBeNull()
})

const now = Date.parse('2026-11-21T00:00:00Z')
test.each([
  [{ 'retry-after': '7' }, 7],
  [{ 'retry-after': '0' }, 1],
  [{ 'retry-after': '99999999' }, 3600],
  [{}, null],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after': 'Sat, 21 Nov 2026 00:01:00 GMT' }, 60],
  [{ 'retry-after': 'Fri, 20 Nov 2026 00:00:00 GMT' }, 1],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 90) }, 90],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '15' }, 15],
  [{ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': String(now / 1000 + 90) }, null],
] as [Record<string, string>, number | null][])(
  'reads when to come back from %j as %s s',
  (headers, seconds) => {
    expect(retryAfterSeconds(new Headers(headers), now)).toBe(seconds)
  },
)
