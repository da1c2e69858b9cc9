import { readFile } from 'node:fs/promises'
import { verifyReport as verify } from '#lib/audit'
import { type Command, readArgs } from './command.ts'
import { readKeys } from './read-keys.ts'

export const verifyReport: Command = {
  name: 'verify-report',
  usage: 'FILE [--keys FILE]',
  summary:
    'checks a report for auditors by its last line: that no byte was changed since it was signed, and with a saved JWKS ' +
    'file that one of its keys signed it; exits with 1 where not',
  async run(args, { print }) {
    const { options, rest } = readArgs(args, ['keys'], 1)
    const file = rest[0] ?? ''
    const keys = options.keys === undefined ? null : await readKeys(options.keys)
    const { whole, genuine, kid, kind } = await verify(await readFile(file, 'utf8'), keys)
    if (!whole) {
      print(`${file}: ALTERED, or no report`)
      return 1
    }
    if (genuine === false) {
      print(
        `${file}: NOT SIGNED THERE: the file is whole, but ${options.keys} has no key ${kid} that signed it`,
      )
      return 1
    }
    print(`${file}: ${kind}, no byte was changed since it was signed with key ${kid}`)
    if (genuine === null)
      print('  NOT PROVEN: whose key that is: give --keys with what /.well-known/jwks.json says')
    return 0
  },
}
