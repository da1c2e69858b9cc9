import { askProduct } from '#lib/authorization-server'
import { leavingPage } from '../../../../plain-page.ts'
import { interactionRoute } from '../interaction-route.ts'

/** Sends the person to the product, which says who they are. */
export const POST = interactionRoute('product', async ({ interaction, request }) => {
  const to = await askProduct(interaction)
  return leavingPage(to, new URL(to).host, request.headers.get('x-behalf-nonce'))
})
