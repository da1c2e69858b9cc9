import { rotateSigning } from '#runtime'
import { type Command, readArgs } from './command.ts'
import { originHere, withInstance } from './here.ts'
import { by } from './rotation.ts'

export const signingKeysRotate: Command = {
  name: 'signing-keys rotate',
  usage: '',
  summary:
    'a new key to sign receipts with; the one before it is destroyed and its public part stays published',
  async run(args, { env, print }) {
    readArgs(args, [])
    return withInstance(env, async () => {
      const kid = await rotateSigning(by, originHere())
      if (kid === null) throw new Error('another process made a key at this moment: nothing was changed')
      print(`new signing key ${kid}`)
      print('Processes that run take it up within a minute. Receipts that are out stay valid.')
      return 0
    })
  },
}
