import type { MessageKey } from '#lib/i18n/schema'

/** How a screen that says one thing is marked. */
export type Mark = 'done' | 'stopped' | 'attention' | 'invited' | 'waiting'

/** A screen of which `states.{name}_title`, `_body` and `_next` say what happened and what to do now. */
export type NoticeName =
  Extract<MessageKey, `states.${string}_next`> extends `states.${infer Name}_next` ? Name : never

/** What stands in the way, by the code of the API's error table; several may look the same to a person. */
const byCode = {
  session_expired: 'session_expired',
  session_used: 'session_used',
  session_invalid: 'session_invalid',
  origin_not_allowed: 'origin_not_allowed',
  user_mismatch: 'user_mismatch',
  account_mismatch: 'account_mismatch',
  not_entered: 'not_entered',
  not_found: 'not_found',
  bad_request: 'bad_request',
  invalid_json: 'invalid_request',
  invalid_request: 'invalid_request',
  payload_too_large: 'invalid_request',
  conflict: 'conflict',
  forbidden: 'forbidden',
  rate_limited: 'rate_limited',
  unavailable: 'unavailable',
  policy_denied: 'policy_denied',
  policy_blocked: 'policy_denied',
  limit_reached: 'limit_reached',
  offline: 'offline',
  upstream_error: 'provider_error',
  upstream_rejected: 'provider_error',
  upstream_timeout: 'provider_down',
  upstream_rate_limited: 'provider_down',
  circuit_open: 'provider_down',
} as const satisfies Readonly<Record<string, NoticeName>>

/** What an error says more exactly than its code, by the parameter that it names. */
const byParam = {
  'invalid_request scopes': 'nothing_chosen',
  'unavailable connector': 'not_set_up',
} as const satisfies Readonly<Record<string, NoticeName>>

const own = <T extends object>(table: T, name: string): T[keyof T] | undefined =>
  Object.hasOwn(table, name) ? table[name as keyof T] : undefined

/** The notice for an error code of the API; an unknown one is our fault. */
export const noticeOf = (code: string): NoticeName => own(byCode, code) ?? 'internal'

/** The notice for a thrown error. Its English details are for programs and never shown. */
export const noticeFor = (error: { code: string; facts: { param?: string } }): NoticeName =>
  own(byParam, `${error.code} ${error.facts.param}`) ?? noticeOf(error.code)

/** What a provider answers when it is the one that cannot (RFC 6749 §4.1.2.1). */
const providerDown = /^provider_(server_error|temporarily_unavailable)$/

/** The notice for a session that ended without a connection, by its `status_reason`. */
export function noticeOfFailure(reason: string | null): NoticeName {
  if (reason === null) return 'provider_error'
  if (providerDown.test(reason)) return 'provider_down'
  return reason.startsWith('provider_') ? 'provider_error' : noticeOf(reason)
}
