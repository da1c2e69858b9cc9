import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { assertOwnPage, openHere } from '../../../../flow.ts'
import { leavingPage } from '../../../../plain-page.ts'
import { portalRoute, seeOther, smallBody } from '../../../../portal-route.ts'

/** The code that was mailed, as the person typed or pasted it. */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/confirm/code',
  'page',
  async ({ session, request, origin }) => {
    assertOwnPage(request.headers)
    const here = await openHere(session)
    if (!here) throw new AppError('session_expired', { detail: 'This browser has not opened the link.' })
    const form = new URLSearchParams(await smallBody(request))
    const entered = await connect.enterCode(here.open, here.flow, form.get('code') ?? '', origin)
    if (entered.outcome === 'wrong' || entered.outcome === 'shape')
      return seeOther(`/connect/${session}/confirm?said=${entered.outcome}`)
    // What has run out or is over, the page finds out by itself.
    if (entered.outcome !== 'confirmed') return seeOther(`/connect/${session}/confirm`)
    const { location } = entered
    if (location === null) return seeOther(`/connect/${session}/done`)
    return leavingPage(location, new URL(location).host, request.headers.get('x-behalf-nonce'))
  },
)
