import { connectFirst } from '#lib/authorization-server'
import { AppError } from '#lib/errors'
import { leavingPage } from '../../../../plain-page.ts'
import { interactionRoute } from '../interaction-route.ts'

/** Opens a way to connect an account first; the question waits in its own tab. */
export const POST = interactionRoute('connect', async ({ interaction, request }) => {
  if (!interaction.account || interaction.prompt !== 'consent') throw new AppError('session_expired')
  const to = await connectFirst(interaction.account)
  return leavingPage(to, new URL(to).host, request.headers.get('x-behalf-nonce'))
})
