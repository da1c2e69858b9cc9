import { connect } from '#runtime'
import { afterEntering, assertOwnPage, setFlow } from '../../../flow.ts'
import { portalRoute, seeOther } from '../../../portal-route.ts'

/** Trades a hosted link for the cookie of this browser. */
export const POST = portalRoute<{ link: string }>('/c/[link]/enter', 'page', async ({ link, request }) => {
  assertOwnPage(request.headers)
  const { open, flow } = await connect.enter(link)
  return seeOther(await afterEntering(flow.session, open, null), await setFlow(flow))
})
