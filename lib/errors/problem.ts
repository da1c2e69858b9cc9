import { type AppError, toAppError } from './app-error.ts'
import { type ErrorCode, errorTable } from './table.ts'

/** The page of the docs that explains a code: the `type` of RFC 9457 §3.1.1. */
export const errorDocUrl = (publicUrl: string, code: ErrorCode): string => `${publicUrl}/docs/errors#${code}`

/** The problem document of RFC 9457 for an error. `AppError.internal` and `cause` are left out. */
export function toProblem(error: AppError, context: { publicUrl: string; traceId: string }) {
  const { status, title, retryable } = errorTable[error.code]
  const { detail, retryable: overridden, ...facts } = error.facts
  return {
    type: errorDocUrl(context.publicUrl, error.code),
    title,
    status,
    detail: detail ?? title,
    code: error.code,
    trace_id: error.replayOf ?? context.traceId,
    retryable: overridden ?? retryable,
    ...facts,
  }
}

/** The `application/problem+json` response of RFC 9457 §3 for anything thrown. */
export function problemResponse(thrown: unknown, context: { publicUrl: string; traceId: string }): Response {
  const error = toAppError(thrown)
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  if (error.facts.retry_after_seconds !== undefined) {
    headers.set('retry-after', String(error.facts.retry_after_seconds))
  }
  if (error.replayOf !== undefined) headers.set('idempotency-replayed', 'true')
  if (error.code === 'unauthenticated') headers.set('www-authenticate', 'Bearer realm="behalf"')
  for (const [name, value] of Object.entries(error.headers)) headers.set(name, value)
  return new Response(JSON.stringify(toProblem(error, context)), { status: error.status, headers })
}
