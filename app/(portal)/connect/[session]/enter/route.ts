import { z } from 'zod'
import { connect } from '#runtime'
import { afterEntering, assertOwnPage, setFlow } from '../../../flow.ts'
import { portalRoute, smallBody } from '../../../portal-route.ts'
import { assertSession, parseBody } from '../own-session.ts'

const body = z.strictObject({ token: z.string().max(4000), connector: z.string().max(31).nullish() })

/** Trades a token or ticket for the cookie of this browser: the way in of a window of its own. */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/enter',
  'json',
  async ({ session, request }) => {
    assertOwnPage(request.headers)
    const { token, connector: wished } = parseBody(body, await smallBody(request))
    const { open, flow, connector } = await connect.enter(token)
    assertSession(session, flow.session)
    // A wish that the session does not offer is answered by the list of what it does.
    const offered = wished && (await connect.portalView(open)).connectors.some(({ id }) => id === wished)
    const location = await afterEntering(session, open, connector ?? (offered ? wished : null))
    return Response.json({ location }, { headers: { 'set-cookie': await setFlow(flow) } })
  },
)
