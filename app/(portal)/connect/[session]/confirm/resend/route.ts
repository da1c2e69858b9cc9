import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { assertOwnPage, openHere } from '../../../../flow.ts'
import { portalRoute, seeOther } from '../../../../portal-route.ts'

/** Another code to the same address. */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/confirm/resend',
  'page',
  async ({ session, request }) => {
    assertOwnPage(request.headers)
    const here = await openHere(session)
    if (!here) throw new AppError('session_expired', { detail: 'This browser has not opened the link.' })
    return seeOther(`/connect/${session}/confirm?said=${await connect.resendCode(here.open, here.flow)}`)
  },
)
