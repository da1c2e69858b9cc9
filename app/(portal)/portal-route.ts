import type { Origin } from '#lib/audit'
import { AppError } from '#lib/errors'
import { readBytes, traced } from '#lib/http'
import { errorPage } from './plain-page.ts'

type Params = Record<string, string>
type Work<P extends Params> = (input: P & { request: Request; origin: Origin }) => Promise<Response>
type Handler<P extends Params> = (request: Request, context: { params: Promise<P> }) => Promise<Response>

/**
 * A handler of the portal: its errors are shown as a page to people and as problem+json to our scripts.
 * @param path the pattern of the route, for the counters
 */
export const portalRoute =
  <P extends Params>(path: string, answers: 'page' | 'json', work: Work<P>): Handler<P> =>
  async (request, context) => {
    const asPage = (error: AppError) => errorPage(error, request.headers)
    const response = await traced(
      request,
      path,
      async (origin) => work({ ...(await context.params), request, origin }),
      ...(answers === 'page' ? [asPage] : []),
    )
    response.headers.set('cache-control', 'no-store')
    return response
  }

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
  return (await readBytes(request, longestBodyBytes)).toString('utf8')
}
