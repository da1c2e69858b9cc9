import { answerInteraction, finishWithProduct, readInteraction } from '#lib/authorization-server'
import { AppError } from '#lib/errors'
import { portalRoute, seeOther } from '../../../../portal-route.ts'
import { pathOf } from '../interaction-route.ts'

/**
 * Where the product sends the browser once it has vouched for it. A link: what makes it good is that this browser began
 * it, and that it is good once.
 */
export const GET = portalRoute<{ uid: string }>(
  '/oauth/interaction/[uid]/signed_in',
  'page',
  async ({ uid, request, origin }) => {
    const code = new URL(request.url).searchParams.get('code') ?? ''
    const interaction = await readInteraction(request, uid).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'session_expired') return null
      throw error
    })
    try {
      const account = await finishWithProduct(interaction, code, origin)
      const { headers } = await answerInteraction(request, {
        kind: 'signed_in',
        account,
        authTime: new Date(),
      })
      return seeOther(headers.get('location') ?? '/')
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown
      if (thrown.code === 'user_mismatch') return seeOther(`${pathOf(uid)}?step=elsewhere`)
      if (interaction !== null && /^session_/.test(thrown.code)) return seeOther(pathOf(uid))
      throw thrown
    }
  },
)
