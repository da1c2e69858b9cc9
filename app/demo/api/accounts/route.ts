import { action, northwind, org, pass } from '../../host.ts'

/** What the signed-in user has connected. */
export const GET = action(async ({ user }) => pass(await northwind().accounts(org, user)))
