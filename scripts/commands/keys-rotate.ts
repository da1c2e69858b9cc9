import { keyRotation } from '#runtime'
import { type Command, readArgs } from './command.ts'
import { withInstance } from './here.ts'
import { by, follow, takeFlag } from './rotation.ts'
import { tenantNamed } from './tenant-named.ts'

export const keysRotate: Command = {
  name: 'keys rotate',
  usage: '[--org ORG] [--wait]',
  summary: 'a new data key for an organization, or the deployment; all that older ones sealed is sealed anew',
  async run(args, { env, print }) {
    const { found: wait, rest } = takeFlag(args, '--wait')
    const { options } = readArgs(rest, ['org'])
    return withInstance(env, async () => {
      const tenant = await tenantNamed(options.org)
      const rotation = await keyRotation.startReencrypt(tenant, by)
      return follow(tenant, rotation, wait, print, (signal) =>
        keyRotation.stepReencrypt(tenant, rotation.id, signal),
      )
    })
  },
}
