import { finishWithMail, provenPeople, tryMailCode } from '#lib/authorization-server'
import { interactionRoute } from '../interaction-route.ts'

/** Takes the code that was mailed. Who has the address in several places chooses one of them next. */
export const POST = interactionRoute('code', async ({ interaction, form, origin, back, answer }) => {
  const tried = await tryMailCode(interaction, form.get('code')?.slice(0, 100) ?? '')
  if (tried === 'over') return back('step=switch&said=over')
  if (tried !== 'right') return back(`step=code&said=${tried}`)
  const [person, another] = await provenPeople(interaction)
  if (!person || another) return back('step=choose')
  const account = await finishWithMail(interaction, person.user, origin)
  return answer({ kind: 'signed_in', account, authTime: new Date() })
})
