import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { revokeApiKeyIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import { resolveObject } from '#lib/tenancy'
import { type Command, readArgs, UsageError } from './command.ts'
import { operator, record, withInstance } from './here.ts'

export const keysRevoke: Command = {
  name: 'keys revoke',
  usage: 'ID',
  summary: 'ends a key: the next call with it is refused',
  async run(args, { env, print }) {
    const { rest } = readArgs(args, [], 1)
    const publicKeyId = rest[0] ?? ''
    if (parseId('api_key', publicKeyId) === null) {
      throw new UsageError(`"${publicKeyId}" is no key id: \`keys list\` shows them, they begin with key_`)
    }
    return withInstance(env, async () => {
      const { tenant, id } = await resolveObject(operator, 'api_key', publicKeyId).catch((error: unknown) => {
        if (error instanceof AppError) throw new Error(`there is no key ${publicKeyId}`)
        throw error
      })
      const key = await forOrg(tenant, async (tx) => {
        const revoked = await revokeApiKeyIn(tx, tenant, id)
        await record(tx, tenant, 'api_key.revoked', { api_key_id: revoked.id })
        return revoked
      })
      print(`${key.id}  ${key.name}  revoked`)
      return 0
    })
  },
}
