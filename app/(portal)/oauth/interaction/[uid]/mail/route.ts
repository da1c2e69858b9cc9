import { after } from 'next/server'
import { z } from 'zod'
import { beginMail, mailCode } from '#lib/authorization-server'
import { interactionRoute } from '../interaction-route.ts'

const address = z.email().max(320)

/** Has a code mailed. The answer is the same, and as quick, whether the address is known here or not. */
export const POST = interactionRoute('mail', async ({ interaction, form, origin, t, back }) => {
  const given = address.safeParse(form.get('email')?.trim())
  if (!given.success) return back('step=switch')
  const letter = await beginMail(interaction, given.data, t.locale, origin)
  if (!letter) return back('step=switch&said=no_more')
  after(() => mailCode(letter))
  return back('step=code')
})
