import { type AppError, type ErrorCode, errorTable } from '#lib/errors'

/** The codes of JSON-RPC 2.0 that an error of ours is; the rest are the server's own. */
const jsonRpcCodes: Partial<Record<ErrorCode, number>> = {
  invalid_json: -32_700,
  bad_request: -32_600,
  method_not_allowed: -32_000,
  not_found: -32_001,
  invalid_request: -32_602,
  internal: -32_603,
}

/** An error before, or in place of, an answer of the protocol: the one table of errors as JSON-RPC says it. */
export function rpcError(error: AppError, traceId: string, id: string | number | null = null): Response {
  const { detail, connect_url: _, ...facts } = error.facts
  const data = { code: error.code, trace_id: traceId, ...facts }
  const headers = new Headers({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...error.headers,
  })
  if (error.facts.retry_after_seconds !== undefined)
    headers.set('retry-after', String(error.facts.retry_after_seconds))
  const message = detail ?? errorTable[error.code].title
  const body = { jsonrpc: '2.0', id, error: { code: jsonRpcCodes[error.code] ?? -32_000, message, data } }
  return new Response(JSON.stringify(body), { status: error.status, headers })
}
