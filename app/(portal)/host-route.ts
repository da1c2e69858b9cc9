import type { Origin } from '#lib/audit'
import type { Open } from '#lib/connect'
import { AppError, toAppError } from '#lib/errors'
import { negotiate, type Translator, translator } from '#lib/i18n'
import { publicId } from '#lib/ids'
import { log } from '#lib/log'
import { type EmbedCode, embedCodeOf, embedError } from './embed-error.ts'
import { portalRoute } from './portal-route.ts'

/** A page asks that the session was not made for. */
class OriginNotAllowed extends Error {}

/**
 * Refuses pages of other sites than those a session may be framed by or returns to. The bearer alone would do; a page
 * that it leaked to must not be able to use it.
 */
export function assertHost(headers: Headers, { session }: Open): void {
  if (headers.get('sec-fetch-site') === 'same-origin') return
  const origin = headers.get('origin')
  if (origin === null) return
  const home = session.return_url && new URL(session.return_url).origin
  if (origin !== home && !session.embed_origins.includes(origin)) throw new OriginNotAllowed()
}

/** The language of what a session's host is told. */
export const hostTranslator = (headers: Headers, { session }: Open): Translator =>
  translator(negotiate(session.locale, headers.get('accept-language')))

export const sessionIdOf = ({ session }: Open): string => publicId('connect_session', session.id)

type Params = Record<string, string>

/**
 * A handler that the loader on a host's page calls too. It is answered without cookies and by bearer alone, so that
 * any page may ask; which one is answered is `assertHost`'s to say. Errors are as the embed contract has them.
 */
export const hostRoute = <P extends Params>(
  path: string,
  work: (input: P & { request: Request; origin: Origin }) => Promise<Response>,
) =>
  portalRoute<P>(path, 'json', async (input) => {
    const response = await work(input).catch((thrown: unknown) => refusal(thrown, input))
    const asking = input.request.headers.get('origin')
    if (asking !== null) {
      response.headers.set('access-control-allow-origin', asking)
      response.headers.append('vary', 'origin')
    }
    return response
  })

function refusal(thrown: unknown, { request, origin }: { request: Request; origin: Origin }): Response {
  const t = translator(negotiate(null, request.headers.get('accept-language')))
  const answer = (code: EmbedCode, status: number) =>
    Response.json({ code, error: embedError(code, t, origin.traceId) }, { status })
  if (thrown instanceof OriginNotAllowed) return answer('origin_not_allowed', 403)
  const error = thrown instanceof AppError ? thrown : toAppError(thrown)
  if (error.status >= 500) log.error({ err: thrown, code: error.code }, error.internal ?? error.message)
  return answer(embedCodeOf(error.code === 'unavailable' ? 'internal' : error.code), error.status)
}

/** Before a request with a bearer, browsers ask whether it may be made (Fetch standard, "CORS-preflight fetch"). */
export const preflight = (): Response =>
  new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '7200',
    },
  })
