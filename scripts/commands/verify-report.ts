import { readFile } from 'node:fs/promises'
import { compareWithExport, verifyReport as verify, verifyAuditFile } from '#lib/audit'
import { type Command, readArgs } from './command.ts'
import { readKeys } from './read-keys.ts'

export const verifyReport: Command = {
  name: 'verify-report',
  usage: 'FILE [--keys FILE] [--events FILE]',
  summary:
    'checks a report for auditors by its last line: that no byte was changed since it was signed, and with a saved JWKS ' +
    'file that one of its keys signed it; with an NDJSON export that its calls are those that happened; exits with 1 ' +
    'where not',
  async run(args, { print }) {
    const { options, rest } = readArgs(args, ['keys', 'events'], 1)
    const file = rest[0] ?? ''
    const keys = options.keys === undefined ? null : await readKeys(options.keys)
    const text = await readFile(file, 'utf8')
    const { whole, genuine, kid, kind } = await verify(text, keys)
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
    return options.events === undefined ? 0 : beside(text, options.events, print)
  },
}

/** The calls of a report, against an export that is checked first. @returns the exit code */
async function beside(text: string, events: string, print: (line: string) => void): Promise<number> {
  const { problem } = await verifyAuditFile(events)
  if (problem) {
    print(`${events}: ALTERED at line ${problem.line}: ${problem.reason}`)
    return 1
  }
  const compared = await compareWithExport(text, events)
  if (!compared) {
    print('  NOT COMPARED: only a soc2_cc6_1 report in JSON tells single calls')
    return 1
  }
  if (compared.problem) {
    print(`  DIFFERS at event ${compared.problem.event}: ${compared.problem.reason}`)
    return 1
  }
  print(`  its ${compared.alike} calls are those of ${events}, one for one`)
  return 0
}
