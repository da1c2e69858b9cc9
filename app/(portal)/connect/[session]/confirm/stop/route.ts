import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { assertOwnPage, openHere } from '../../../../flow.ts'
import { portalRoute, seeOther } from '../../../../portal-route.ts'

/** Whoever finished says that the invited address is not theirs. */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/confirm/stop',
  'page',
  async ({ session, request, origin }) => {
    assertOwnPage(request.headers)
    const here = await openHere(session)
    if (!here) throw new AppError('session_expired', { detail: 'This browser has not opened the link.' })
    await connect.notMe(here.open, here.flow, origin)
    return seeOther(`/connect/${session}/confirm`)
  },
)
