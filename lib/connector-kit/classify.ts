/**
 * What a provider's refusal means (PROVIDERS.json "classification_rules"):
 * `dead` consent is gone · `expired` the access token is over · `ambiguous` could be either · `config` our client is
 * wrong · `transient` try later · `rate_limited` · `permission` the token lacks a right · `invalid` the call is wrong.
 */
export type ErrorClass =
  | 'dead'
  | 'expired'
  | 'ambiguous'
  | 'config'
  | 'transient'
  | 'rate_limited'
  | 'permission'
  | 'not_found'
  | 'invalid'

export type ErrorRule = {
  /** Matches when the body's error code is one of these. */
  codes?: readonly string[]
  /** Matches when the status is one of these. */
  statuses?: readonly number[]
  is: ErrorClass
}

/** Rules of one endpoint, first match wins; those with codes stand first, because some providers fail with 200. */
export type ErrorRules = readonly ErrorRule[]

const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** The error code in a provider's body, whatever its shape; `null` where the body reports success. */
export function errorCode(body: unknown): string | null {
  const fields = object(body)
  if (typeof fields.error === 'string') return fields.error
  const nested = object(fields.error)
  if (typeof nested.status === 'string') return nested.status
  if (typeof nested.code === 'string' || typeof nested.code === 'number') return String(nested.code)
  if (fields.ok === false) return 'unknown_error'
  return null
}

/**
 * Reads a provider's answer, body first and status second: 200 with an error in it is an error (Slack, GitHub).
 * @returns `null` for success
 */
export function classify(rules: ErrorRules, status: number, body: unknown): ErrorClass | null {
  const code = errorCode(body)
  const failed = status >= 400 || object(body).ok === false || (code !== null && status >= 200)
  if (!failed) return null
  const match = rules.find(
    (rule) =>
      (rule.codes === undefined || (code !== null && rule.codes.includes(code))) &&
      (rule.statuses === undefined || rule.statuses.includes(status)),
  )
  if (match) return match.is
  if (status === 401) return 'expired'
  if (status === 403) return 'permission'
  if (status === 404 || status === 410) return 'not_found'
  if (status === 429) return 'rate_limited'
  return status >= 500 ? 'transient' : 'invalid'
}
