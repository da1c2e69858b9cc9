import { z } from 'zod'
import { connect } from '#runtime'
import { sessionIdOf } from '../../../host-route.ts'
import { bearerOf, portalRoute, smallBody } from '../../../portal-route.ts'
import { assertSession, parseBody } from '../own-session.ts'

const body = z.strictObject({ connector: z.string().max(31) })

/** Seals a way into this session for a window of its own, where consent may be given. */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/ticket',
  'json',
  async ({ session, request }) => {
    const open = await connect.open(bearerOf(request.headers))
    assertSession(session, sessionIdOf(open))
    const { connector } = parseBody(body, await smallBody(request))
    // In the fragment it stays out of logs, and of the address that is sent anywhere.
    return Response.json({ url: `/connect/${session}#ticket=${await connect.ticket(open, connector)}` })
  },
)
