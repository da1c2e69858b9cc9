import { migrate as apply, pendingMigrations } from '../migrate.ts'
import { type Command, readArgs } from './command.ts'
import { withDatabase } from './here.ts'

export const migrate: Command = {
  name: 'migrate',
  usage: '',
  summary: "brings the database to this version, with the owner's login of BEHALF_DATABASE_ADMIN_URL",
  async run(args, { env, print }) {
    readArgs(args, [])
    return withDatabase(env, async ({ adminUrl, runtimeUrl }) => {
      if (!adminUrl) {
        const pending = await pendingMigrations(runtimeUrl)
        if (pending.length > 0) {
          throw new Error(
            `BEHALF_DATABASE_ADMIN_URL is required: ${pending.length} migrations are to be applied`,
          )
        }
        print('nothing to apply')
        return 0
      }
      const { applied } = await apply({ adminUrl, runtimeUrl })
      print(applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply')
      return 0
    })
  },
}
