import { action, northwind, noSuchAccount, ownAccount, pass } from '../../host.ts'

/** Takes an account back. */
export const POST = action(async ({ user, body }) => {
  const account = await ownAccount(user, body.account)
  return account
    ? pass(await northwind().revoke(account, 'The user asked for it in Northwind.'))
    : noSuchAccount()
})
