import { z } from 'zod'
import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { portalRoute, smallBody } from '../../../portal-route.ts'
import { assertSession, parseBody } from '../own-session.ts'

const body = z.strictObject({ token: z.string().max(200) })

/** Trades the token of the address for a handle of this tab: the frame's way in, which needs no cookie. */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/handle',
  'json',
  async ({ session, request }) => {
    const { token } = parseBody(body, await smallBody(request))
    if (!token.startsWith('bhf_')) throw new AppError('session_expired')
    const open = await connect.open(token)
    const view = await connect.portalView(open)
    assertSession(session, view.session.id)
    return Response.json({ handle: await connect.handle(open), view })
  },
)
