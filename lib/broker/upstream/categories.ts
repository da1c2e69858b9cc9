import type { ErrorClass } from '#lib/connector-kit'
import { AppError, type ErrorCategory, type ErrorCode } from '#lib/errors'

const byClass: Readonly<Record<ErrorClass, ErrorCategory>> = {
  dead: 'auth',
  expired_refresh: 'auth',
  interaction: 'auth',
  expired: 'auth',
  ambiguous: 'auth',
  config: 'auth',
  transient: 'transient',
  rate_limited: 'rate_limit',
  permission: 'permission',
  not_found: 'not_found',
  conflict: 'conflict',
  invalid: 'invalid',
}

/** The category of a provider's refusal. */
export const categoryOf = (is: ErrorClass): ErrorCategory => byClass[is]

const byCode: Readonly<Partial<Record<ErrorCode, ErrorCategory>>> = {
  reauthorization_required: 'auth',
  insufficient_scope: 'permission',
  forbidden: 'permission',
  account_paused: 'permission',
  not_found: 'not_found',
  invalid_request: 'invalid',
  upstream_rejected: 'invalid',
  conflict: 'conflict',
  rate_limited: 'rate_limit',
  upstream_rate_limited: 'rate_limit',
  upstream_error: 'transient',
  upstream_timeout: 'transient',
  circuit_open: 'transient',
  unavailable: 'transient',
}

/** What a caller is told of a write that may have happened all the same: repeating it is theirs to decide. */
export const unsure = { outcome: 'unknown', retryable: false, category: 'unknown_outcome' } as const

/** The error with its category, so that no call ends without one. @param happened whether it may have had its effect */
export function categorised(error: AppError, happened: boolean): AppError {
  const { category, outcome } = error.facts
  const facts =
    happened || outcome === 'unknown'
      ? { ...error.facts, ...unsure }
      : { ...error.facts, category: category ?? byCode[error.code] ?? 'permanent' }
  return new AppError(error.code, facts, {
    cause: error,
    ...(error.internal !== undefined && { internal: error.internal }),
  })
}
