import { config } from '#lib/config'
import type { Translator } from '#lib/i18n'

/** Every code that an embedding page can meet (CONNECT.md "Embed contract"), and whether trying again can help. */
export const embedCodes = {
  session_expired: true,
  session_used: true,
  session_invalid: false,
  origin_not_allowed: false,
  popup_blocked: true,
  access_denied: true,
  scopes_missing: true,
  account_mismatch: true,
  user_mismatch: false,
  approval_required: false,
  policy_blocked: false,
  limit_reached: true,
  credentials_rejected: true,
  provider_unavailable: true,
  provider_misconfigured: false,
  offline: true,
  timeout: true,
  internal: true,
} as const satisfies Record<string, boolean>

export type EmbedCode = keyof typeof embedCodes

export type EmbedError = {
  code: EmbedCode
  displayMessage: string
  retryable: boolean
  docUrl: string
  requestId: string | null
}

const isCode = (text: string): text is EmbedCode => Object.hasOwn(embedCodes, text)

/** Our own codes and the provider's (RFC 6749 §4.1.2.1), as an embedding page is told of them. */
const others: readonly (readonly [RegExp, EmbedCode])[] = [
  [/^(provider_access_denied|declined_\w+)$/, 'access_denied'],
  [/^(insufficient_scope|provider_invalid_scope)$/, 'scopes_missing'],
  [/^(policy_denied|account_paused)$/, 'policy_blocked'],
  [/^approval_/, 'approval_required'],
  [/^(rate_limited|upstream_rate_limited)$/, 'limit_reached'],
  [
    /^(provider_(server_error|temporarily_unavailable)|upstream_(error|timeout)|circuit_open|unavailable)$/,
    'provider_unavailable',
  ],
  [/^(provider_\w+|upstream_rejected)$/, 'provider_misconfigured'],
  [/^(expired|cancelled)$/, 'session_expired'],
  [/^(bad_request|not_found|unauthenticated|invalid_\w+)$/, 'session_invalid'],
]

export const embedCodeOf = (reason: string | null): EmbedCode =>
  reason !== null && isCode(reason)
    ? reason
    : (others.find(([pattern]) => pattern.test(reason ?? ''))?.[1] ?? 'internal')

/** @param requestId finds the request in the log; `null` where none was made */
export const embedError = (code: EmbedCode, t: Translator, requestId: string | null): EmbedError => ({
  code,
  displayMessage: t(`embed.${code}`),
  retryable: embedCodes[code],
  docUrl: `${config().publicUrl}/docs/embed#${code}`,
  requestId,
})
