import { watchSession } from '#lib/db'
import { AppError, toAppError } from '#lib/errors'
import { connect } from '#runtime'
import { assertHost, hostRoute, hostTranslator, preflight, sessionIdOf } from '../../../host-route.ts'
import { bearerOf } from '../../../portal-route.ts'
import { assertSession } from '../own-session.ts'
import { tell } from '../progress.ts'
import { sessionStream } from './stream.ts'

/** The session as it moves, for the page that waits: read over fetch, as an EventSource carries no bearer. */
export const GET = hostRoute<{ session: string }>(
  '/connect/[session]/events',
  async ({ session, request, origin }) => {
    const bearer = bearerOf(request.headers)
    // Each time anew: a tab that was given another handle meanwhile hears no more by this one.
    const opened = async () => {
      const open = await connect.open(bearer)
      assertSession(session, sessionIdOf(open))
      return open
    }
    const first = await opened()
    assertHost(request.headers, first)
    const t = hostTranslator(request.headers, first)
    const stream = sessionStream(session, {
      read: async () => {
        const open = await opened()
        return { told: await tell(open, t, origin.traceId), held: await connect.stillHeld(open, bearer) }
      },
      watch: (look) => {
        const unwatch = watchSession(first.session.id, look)
        // Nothing is written when a session runs out, so nothing tells of it.
        const untilOver = Math.max(0, first.session.expires_at.getTime() - Date.now()) + 50
        const over = setTimeout(look, Math.min(untilOver, 2 ** 31 - 1))
        return () => {
          clearTimeout(over)
          unwatch()
        }
      },
      passing: (error) => toAppError(error).status >= 500,
      signal: request.signal,
    })
    if (!stream) throw new AppError('unavailable', { retry_after_seconds: 5 })
    return new Response(stream, {
      // Proxies that gather an answer before they pass it on would hold the events back.
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
    })
  },
)

export const OPTIONS = preflight
