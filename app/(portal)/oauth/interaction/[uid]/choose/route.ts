import { finishWithMail } from '#lib/authorization-server'
import { interactionRoute } from '../interaction-route.ts'

/** Of several who have the address that was proven, which one it is to be. */
export const POST = interactionRoute('choose', async ({ interaction, form, origin, answer }) => {
  const account = await finishWithMail(interaction, form.get('person') ?? '', origin)
  return answer({ kind: 'signed_in', account, authTime: new Date() })
})
