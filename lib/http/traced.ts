import type { Origin } from '#lib/audit'
import { config } from '#lib/config'
import { type AppError, problemResponse, toAppError } from '#lib/errors'
import { log, metrics, parseTraceparent, withTrace } from '#lib/log'
import { noteRequest } from '#lib/request-log'
import { clientAddress } from './client-address.ts'

/** Our one rendering of errors to programs. */
export const asProblem = (error: AppError, traceId: string): Response =>
  problemResponse(error, { publicUrl: config().publicUrl, traceId })

/**
 * Runs a handler in its trace, counts and logs it, and renders what it throws.
 * @param path the pattern of the route, for the counters: never the address itself
 * @param render how an error is shown: to programs as problem+json, to people as a page
 */
export async function traced(
  request: Request,
  path: string,
  work: (origin: Origin) => Promise<Response>,
  render: (error: AppError, traceId: string) => Response = asProblem,
): Promise<Response> {
  const trace = parseTraceparent(request.headers.get('traceparent'))
  return withTrace(trace, async () => {
    const startedAt = performance.now()
    const origin: Origin = {
      ip: clientAddress(request.headers),
      userAgent: request.headers.get('user-agent')?.slice(0, 300) ?? null,
      traceId: trace.traceId,
    }
    let response: Response
    let errorCode: string | null = null
    try {
      response = await work(origin)
    } catch (thrown) {
      const error = toAppError(thrown)
      errorCode = error.code
      if (error.status >= 500) log.error({ err: thrown, code: error.code }, error.internal ?? error.message)
      response = render(error, trace.traceId)
    }
    const seconds = (performance.now() - startedAt) / 1000
    metrics.httpRequests.inc({ route: path, method: request.method, status: String(response.status) })
    metrics.httpRequestDurationSeconds.observe({ route: path, method: request.method }, seconds)
    log.info(
      {
        method: request.method,
        route: path,
        status: response.status,
        duration_ms: Math.round(seconds * 1000),
      },
      'request',
    )
    noteRequest(request, { route: path, status: response.status, errorCode, seconds })
    response.headers.set('x-request-id', trace.traceId)
    return response
  })
}
