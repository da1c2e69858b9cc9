import type { Chosen } from '#lib/authorization-server'
import { AppError } from '#lib/errors'
import { authorize } from '#runtime'
import { interactionRoute } from '../interaction-route.ts'

const modes = ['read', 'all', 'pick'] as const

function chosenIn(form: URLSearchParams): Chosen {
  const accounts = form.getAll('account').slice(0, 200)
  return {
    hash: form.get('hash') ?? '',
    duration: form.get('duration') ?? '',
    accounts: [...new Set(accounts)].map((id) => ({
      id,
      // Where there is no choice of how much, what is there is all.
      mode: modes.find((mode) => mode === form.get(`mode.${id}`)) ?? 'all',
      tools: form.getAll(`tool.${id}`),
    })),
  }
}

/** The person lets the client in, as far as they chose. */
export const POST = interactionRoute('allow', async ({ interaction, form, origin, t, back, answer }) => {
  if (!interaction.account || interaction.prompt !== 'consent') throw new AppError('session_expired')
  try {
    return await answer(await authorize.allow(interaction, interaction.account, chosenIn(form), t, origin))
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    if (thrown.code === 'invalid_request' && thrown.facts.param === 'scopes') return back('said=nothing')
    if (thrown.code === 'conflict') return back('said=changed')
    if (thrown.code === 'forbidden') return back('step=consent')
    throw thrown
  }
})
