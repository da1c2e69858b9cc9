import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import { resolveObject } from '#lib/tenancy'
import { connect } from '#runtime'
import { type Command, readArgs, UsageError } from './command.ts'
import { operator, originHere, withInstance } from './here.ts'

export const incidentsConfirm: Command = {
  name: 'incidents confirm',
  usage: 'ID',
  summary: 'says that a provider refuses rightly: accounts that it refuses again are disconnected',
  async run(args, { env, print }) {
    const [id = ''] = readArgs(args, [], 1).rest
    if (parseId('incident', id) === null) throw new UsageError(`"${id}" is no incident id`)
    return withInstance(env, async () => {
      const found = await resolveObject(operator, 'incident', id).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not_found')
          throw new Error(`there is no incident ${id}: \`npm run behalf -- incidents list\` shows them`)
        throw error
      })
      if (!(await connect.confirmIncident(found.tenant, operator, found.id, originHere())))
        throw new Error(`${id} is over already`)
      print(`${id} is confirmed: held accounts are tried again within minutes, and disconnected if refused`)
      return 0
    })
  },
}
