// The operator's commands, in the order of `help`, and how one is found and run.
import { type Command, type Terminal, UsageError } from './command.ts'
import { doctor } from './doctor.ts'
import { importFile } from './import.ts'
import { incidentsConfirm } from './incidents-confirm.ts'
import { incidentsList } from './incidents-list.ts'
import { keysCreate } from './keys-create.ts'
import { keysList } from './keys-list.ts'
import { keysRevoke } from './keys-revoke.ts'
import { keysRewrap } from './keys-rewrap.ts'
import { keysRotate } from './keys-rotate.ts'
import { keysStatus } from './keys-status.ts'
import { migrate } from './migrate.ts'
import { orgsList } from './orgs-list.ts'
import { policyReplay } from './policy-replay.ts'
import { signInLink } from './sign-in-link.ts'
import { signingKeysList } from './signing-keys-list.ts'
import { signingKeysRotate } from './signing-keys-rotate.ts'
import { verifyAudit } from './verify-audit.ts'
import { verifyReceipt } from './verify-receipt.ts'
import { verifyReport } from './verify-report.ts'

const help: Command = {
  name: 'help',
  usage: '',
  summary: 'this list',
  async run(_, { print }) {
    print('npm run behalf -- COMMAND, in the environment that `npm start` has:\n')
    for (const { name, usage, summary } of commands) print(`  ${`${name} ${usage}`.trim()}\n      ${summary}`)
    return 0
  },
}

export const commands: readonly Command[] = [
  help,
  doctor,
  migrate,
  signInLink,
  keysCreate,
  keysList,
  keysRevoke,
  keysStatus,
  keysRewrap,
  keysRotate,
  signingKeysList,
  signingKeysRotate,
  orgsList,
  incidentsList,
  incidentsConfirm,
  importFile,
  policyReplay,
  verifyAudit,
  verifyReceipt,
  verifyReport,
]

/**
 * Runs one command line.
 * @returns the exit code: 0 done, 1 failed, 2 not understood; what went wrong is one line on standard error
 */
export async function runCommand(
  words: readonly string[],
  terminal: Terminal,
  complain: (line: string) => void,
): Promise<number> {
  const asked = ['-h', '--help'].includes(words[0] ?? '--help') ? ['help'] : words
  const command = commands.find(({ name }) => name.split(' ').every((word, at) => word === asked[at]))
  if (!command) {
    const near = commands.filter(({ name }) => name.startsWith(`${asked[0]} `)).map(({ name }) => name)
    const hint = near.length > 0 ? `there are ${near.join(', ')}` : '`npm run behalf -- help` lists them'
    complain(`behalf: there is no command "${asked.join(' ')}": ${hint}`)
    return 2
  }
  try {
    return await command.run(asked.slice(command.name.split(' ').length), terminal)
  } catch (error) {
    complain(`behalf: ${error instanceof Error ? error.message : error}`)
    if (!(error instanceof UsageError)) return 1
    complain(`usage: npm run behalf -- ${command.name} ${command.usage}`.trimEnd())
    return 2
  }
}
