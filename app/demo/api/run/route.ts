import { action, northwind, noSuchAccount, ownAccount, pass } from '../../host.ts'

/** Runs one tool through the user's account. */
export const POST = action(async ({ user, body }) => {
  const account = await ownAccount(user, body.account)
  return account ? pass(await northwind().run(account, 'sandbox.list_tasks', { limit: 5 })) : noSuchAccount()
})
