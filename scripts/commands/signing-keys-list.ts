import { publishedKeys } from '#lib/signing'
import { type Command, columns, readArgs } from './command.ts'
import { withInstance } from './here.ts'

export const signingKeysList: Command = {
  name: 'signing-keys list',
  usage: '',
  summary: 'the keys that receipts are signed with: fingerprints, and which one signs now',
  async run(args, { env, print }) {
    readArgs(args, [])
    return withInstance(env, async () => {
      const keys = await publishedKeys()
      const rows = keys.map(({ kid, jwk, createdAt, retiredAt }) => [
        kid,
        jwk.alg,
        day(createdAt),
        retiredAt ? `retired ${day(retiredAt)}` : 'signs now',
      ])
      for (const line of columns([['FINGERPRINT', 'ALG', 'CREATED', 'STATE'], ...rows])) print(line)
      return 0
    })
  },
}

const day = (at: Date): string => at.toISOString().slice(0, 10)
