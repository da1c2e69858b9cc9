import { expect, test } from 'vitest'
import { type ErrorCode, errorTable } from '#lib/errors'
import { messageOf } from '#lib/i18n'
import type { ErrorCode as SdkCode } from '../../sdk/embed/types.ts'
import { type EmbedCode, embedCodeOf, embedCodes } from './embed-error.ts'

test('the codes are those of the embed contract, as the types for pages have them', () => {
  const same: Record<SdkCode, true> & Record<EmbedCode, true> = Object.fromEntries(
    Object.keys(embedCodes).map((code) => [code, true]),
  ) as never
  expect(Object.keys(same)).toHaveLength(18)
})

test('each code says something to a person, and none says what is not a code', () => {
  for (const code of Object.keys(embedCodes) as EmbedCode[]) {
    expect(messageOf('en', `embed.${code}`)).not.toContain('embed.')
  }
})

test.each([
  ['user_mismatch', 'user_mismatch'],
  ['account_mismatch', 'account_mismatch'],
  ['session_used', 'session_used'],
  ['expired', 'session_expired'],
  ['cancelled', 'session_expired'],
  ['provider_server_error', 'provider_unavailable'],
  ['provider_temporarily_unavailable', 'provider_unavailable'],
  ['provider_invalid_scope', 'scopes_missing'],
  ['provider_unauthorized_client', 'provider_misconfigured'],
  ['provider_anything_else', 'provider_misconfigured'],
  ['declined_at_provider', 'access_denied'],
  ['upstream_timeout', 'provider_unavailable'],
  ['upstream_rejected', 'provider_misconfigured'],
  ['policy_denied', 'policy_blocked'],
  ['approval_denied', 'approval_required'],
  ['rate_limited', 'limit_reached'],
  ['constructor', 'internal'],
  ['', 'internal'],
  [null, 'internal'],
] as const)('%s is told as %s', (reason, code) => {
  expect(embedCodeOf(reason)).toBe(code)
})

test('whatever error of ours ends a session has a code of the contract', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    expect(Object.keys(embedCodes)).toContain(embedCodeOf(code))
  }
})
