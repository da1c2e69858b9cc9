import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { mineRoute } from '../../mine-route.ts'

/** What stays ticked, by kind. */
const resourcesOf = (form: URLSearchParams): Record<string, string[]> =>
  Object.fromEntries(
    [...new Set(form.keys())]
      .filter((name) => name.startsWith('resources.'))
      .map((name) => [name.slice('resources.'.length), form.getAll(name)]),
  )

/** What was wrong, as the form says it; anything else is none of the form's. */
function faultOf(thrown: unknown): 'none' | 'kept' {
  if (thrown instanceof AppError && thrown.code === 'invalid_request') return 'none'
  if (thrown instanceof AppError && thrown.code === 'conflict') return 'kept'
  throw thrown
}

/** Takes back what was unticked. */
export const POST = mineRoute(
  '/connect/[session]/mine/[account]/limit',
  async ({ session, account, open, form, origin }) => {
    const days = Number(form.get('expires_in_days') || Number.NaN)
    const kept = {
      scopes: form.getAll('scopes'),
      resources: resourcesOf(form),
      expiresInDays: Number.isInteger(days) ? days : null,
    }
    try {
      await connect.narrowMine(open, account, kept, origin)
      return { to: `/connect/${session}/mine?${new URLSearchParams({ done: 'limited', account })}#done` }
    } catch (thrown) {
      return { to: `/connect/${session}/mine/${account}/narrow?fault=${faultOf(thrown)}` }
    }
  },
)
