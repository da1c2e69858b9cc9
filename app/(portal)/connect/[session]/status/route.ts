import { connect } from '#runtime'
import { assertHost, hostRoute, hostTranslator, preflight, sessionIdOf } from '../../../host-route.ts'
import { bearerOf } from '../../../portal-route.ts'
import { assertSession } from '../own-session.ts'
import { tell } from '../progress.ts'

/** How far the session is, for whoever waits and cannot hold a stream. */
export const GET = hostRoute<{ session: string }>(
  '/connect/[session]/status',
  async ({ session, request, origin }) => {
    const open = await connect.open(bearerOf(request.headers))
    assertSession(session, sessionIdOf(open))
    assertHost(request.headers, open)
    return Response.json(await tell(open, hostTranslator(request.headers, open), origin.traceId))
  },
)

export const OPTIONS = preflight
