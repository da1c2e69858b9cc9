import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { assertOwnPage, openHere, setFlow } from '../../../flow.ts'
import { leavingPage } from '../../../plain-page.ts'
import { portalRoute, seeOther, smallBody } from '../../../portal-route.ts'

/** The person's yes, with what they ticked. */
export const POST = portalRoute<{ session: string }>(
  '/connect/[session]/approve',
  'page',
  async ({ session, request, origin }) => {
    assertOwnPage(request.headers)
    const here = await openHere(session)
    if (!here) throw new AppError('session_expired', { detail: 'This browser has not opened the link.' })
    const form = new URLSearchParams(await smallBody(request))
    const approval = {
      connector: form.get('connector') ?? '',
      scopes: form.getAll('scopes'),
      hash: form.get('hash') ?? '',
    }
    const { location, flow } = await connect.approve(here.open, here.flow, approval, origin)
    const cookie = await setFlow(flow)
    // One of our own pages, where this connector needs something before, or in place of, a trip to the provider.
    if (location.startsWith('/')) return seeOther(location, cookie)
    return leavingPage(location, new URL(location).host, request.headers.get('x-behalf-nonce'), cookie)
  },
)
