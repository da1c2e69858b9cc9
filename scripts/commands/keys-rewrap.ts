import { deployment } from '#lib/db'
import { keyRotation } from '#runtime'
import { type Command, readArgs } from './command.ts'
import { withInstance } from './here.ts'
import { by, follow, takeFlag } from './rotation.ts'

export const keysRewrap: Command = {
  name: 'keys rewrap',
  usage: '[--wait]',
  summary: 'brings all encryption keys under the key that wraps now, as after a new BEHALF_MASTER_KEY',
  async run(args, { env, print }) {
    const { found: wait, rest } = takeFlag(args, '--wait')
    readArgs(rest, [])
    return withInstance(env, async () => {
      const rotation = await keyRotation.startRewrap(by)
      return follow(deployment, rotation, wait, print, (signal) =>
        keyRotation.stepRewrap(rotation.id, signal),
      )
    })
  },
}
