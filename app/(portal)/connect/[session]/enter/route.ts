import { z } from 'zod'
import { connect } from '#runtime'
import { afterEntering, assertOwnPage, setFlow } from '../../../flow.ts'
import { portalRoute, smallBody } from '../../../portal-route.ts'
import { assertSession, parseBody } from '../own-session.ts'

const body = z.strictObject({ token: z.string().max(4000) })

/** Trades a token or ticket for the cookie of this browser: the way in of a window of its own. */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/enter',
  'json',
  async ({ session, request }) => {
    assertOwnPage(request.headers)
    const { token } = parseBody(body, await smallBody(request))
    const { open, flow, connector } = await connect.enter(token)
    assertSession(session, flow.session)
    const location = await afterEntering(session, open, connector)
    return Response.json({ location }, { headers: { 'set-cookie': await setFlow(flow) } })
  },
)
