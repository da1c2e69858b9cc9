import { connect } from '#runtime'
import { bearerOf, portalRoute } from '../../../portal-route.ts'
import { assertSession } from '../own-session.ts'

/** How far the session is, for the frame that waits. */
export const GET = portalRoute<{ session: string }>(
  '/connect/[session]/status',
  'json',
  async ({ session, request }) => {
    const open = await connect.open(bearerOf(request.headers))
    assertSession(session, (await connect.portalView(open)).session.id)
    return Response.json(await connect.status(open))
  },
)
