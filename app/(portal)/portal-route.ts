import { config } from '#lib/config'
import { AppError, problemResponse, toAppError } from '#lib/errors'
import { log, metrics, parseTraceparent, withTrace } from '#lib/log'
import { originOf } from '#runtime'
import { errorPage } from './plain-page.ts'

type Params = Record<string, string>
type Work<P extends Params> = (
  input: P & { request: Request; origin: ReturnType<typeof originOf> },
) => Promise<Response>
type Handler<P extends Params> = (request: Request, context: { params: Promise<P> }) => Promise<Response>

/**
 * A handler of the portal: traced, counted, its errors shown as a page to people and as problem+json to our scripts.
 * @param path the pattern of the route, for the counters
 */
export const portalRoute =
  <P extends Params>(path: string, answers: 'page' | 'json', work: Work<P>): Handler<P> =>
  (request, context) =>
    withTrace(parseTraceparent(request.headers.get('traceparent')), async () => {
      const startedAt = performance.now()
      const origin = originOf(request.headers)
      let response: Response
      try {
        response = await work({ ...(await context.params), request, origin })
      } catch (thrown) {
        const error = toAppError(thrown)
        if (error.status >= 500) log.error({ err: thrown, code: error.code }, error.internal ?? error.message)
        response =
          answers === 'page'
            ? errorPage(error, request.headers.get('x-behalf-nonce'))
            : problemResponse(error, { publicUrl: config().publicUrl, traceId: origin.traceId })
      }
      const seconds = (performance.now() - startedAt) / 1000
      metrics.httpRequests.inc({ route: path, method: request.method, status: String(response.status) })
      metrics.httpRequestDurationSeconds.observe({ route: path, method: request.method }, seconds)
      response.headers.set('cache-control', 'no-store')
      response.headers.set('x-request-id', origin.traceId)
      return response
    })

/** The one bearer of a request. @throws AppError `unauthenticated` */
export function bearerOf(headers: Headers): string {
  const found = /^Bearer +([\w.~+/=-]{16,200})$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (!found) throw new AppError('unauthenticated', { detail: 'Send the handle of this page as a bearer.' })
  return found
}

/** Sends the browser on with GET, whatever brought it. @see RFC 9110 §15.4.4 */
export const seeOther = (location: string, cookie?: string): Response =>
  new Response(null, { status: 303, headers: { location, ...(cookie && { 'set-cookie': cookie }) } })

const longestBodyBytes = 64 * 1024

/** A body that our own pages send; anything larger is none. */
export async function smallBody(request: Request): Promise<string> {
  const text = await request.text()
  if (text.length > longestBodyBytes) throw new AppError('payload_too_large')
  return text
}
