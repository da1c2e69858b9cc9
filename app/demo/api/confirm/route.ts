import { action, northwind, pass } from '../../host.ts'

/** Vouches for who finished: the person that Northwind's own cookie says, whatever the link was for. */
export const POST = action(async ({ user, body }) =>
  pass(
    await northwind().confirm(String(body.session_id ?? ''), {
      user_id: user,
      confirmation_code: String(body.confirmation_code ?? ''),
    }),
  ),
)
