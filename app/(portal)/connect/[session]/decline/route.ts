import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { assertOwnPage, openHere } from '../../../flow.ts'
import { leavingPage } from '../../../plain-page.ts'
import { portalRoute, seeOther } from '../../../portal-route.ts'

/** The person's no. */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/decline',
  'page',
  async ({ session, request, origin }) => {
    assertOwnPage(request.headers)
    const here = await openHere(session)
    if (!here) throw new AppError('session_expired', { detail: 'This browser has not opened the link.' })
    const { location } = await connect.decline(here.open, origin)
    if (location === null) return seeOther(`/connect/${session}/done`)
    return leavingPage(location, new URL(location).host, request.headers.get('x-behalf-nonce'))
  },
)
