import { verifyAudit as verify } from '#lib/audit'
import { type Command, readArgs, UsageError } from './command.ts'
import { withInstance } from './here.ts'
import { tenantNamed } from './tenant-named.ts'

/** An organization's id cannot begin with it, so it names none. */
const deployment = '#deployment'

export const verifyAudit: Command = {
  name: 'verify-audit',
  usage: `ORG | '${deployment}'`,
  summary:
    'walks the hash chain of the audit; where it is broken, names the first bad event and exits with 1',
  async run(args, { env, print }) {
    if (args.length === 0) throw new UsageError('which organization? `orgs list` shows them')
    const org = readArgs(args, [], 1).rest[0]
    return withInstance(env, async () => {
      const report = await verify(await tenantNamed(org === deployment ? undefined : org))
      if (report.ok) {
        print(`${org}: ${report.events} events, the chain is whole, head ${report.head}`)
        return 0
      }
      const where = report.first_bad ? `first bad event ${report.first_bad}: ` : ''
      print(`${org}: BROKEN after ${report.events} good events; ${where}${report.reason}`)
      return 1
    })
  },
}
