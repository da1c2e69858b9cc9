import { forOrg } from '#lib/db'
import { createApiKeyIn } from '#lib/identity'
import { apiKeyInput } from '#lib/identity/schema'
import { type Command, readArgs, UsageError } from './command.ts'
import { record, withInstance } from './here.ts'
import { tenantNamed } from './tenant-named.ts'

export const keysCreate: Command = {
  name: 'keys create',
  usage: '--name NAME [--org ORG] [--roles connect,execute,read,manage,approve]',
  summary: 'a new secret key, shown this once; with --org it reaches that organization only',
  async run(args, { env, print }) {
    const { options } = readArgs(args, ['name', 'org', 'roles'])
    if (options.name === undefined) throw new UsageError('--name is missing: what the key is for')
    const input = apiKeyInput
      .pick({ name: true, roles: true })
      .safeParse({ name: options.name, roles: options.roles?.split(',') })
    if (!input.success) {
      const issue = input.error.issues[0]
      throw new UsageError(`--${String(issue?.path[0])}: ${issue?.message}`)
    }
    return withInstance(env, async () => {
      const tenant = await tenantNamed(options.org)
      const key = await forOrg(tenant, async (tx) => {
        const created = await createApiKeyIn(tx, tenant, input.data)
        await record(tx, tenant, 'api_key.created', { api_key_id: created.id })
        return created
      })
      print(`${key.id}  ${key.name}`)
      print('Its secret, shown this once:')
      print(key.secret)
      return 0
    })
  },
}
