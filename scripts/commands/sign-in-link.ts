import { config } from '#lib/config'
import { forOrg } from '#lib/db'
import { issueSignInLinkIn } from '#lib/identity'
import { type Command, readArgs, UsageError } from './command.ts'
import { record, withInstance } from './here.ts'
import { tenantNamed } from './tenant-named.ts'

const firstAdmin = 'admin@localhost'

export const signInLink: Command = {
  name: 'sign-in-link',
  usage: '[--email ADDRESS] [--org ORG]',
  summary: `a new console sign-in link: 15 minutes, one use (default ${firstAdmin}); with --org for that organization alone. Whoever is no member becomes an owner`,
  async run(args, { env, print }) {
    const { options } = readArgs(args, ['email', 'org'])
    const email = options.email ?? firstAdmin
    if (!/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(email)) throw new UsageError(`--email "${email}" is no address`)
    return withInstance(env, async () => {
      const tenant = await tenantNamed(options.org)
      const token = await forOrg(tenant, async (tx) => {
        const issued = await issueSignInLinkIn(tx, tenant, email.toLowerCase(), 'owner')
        await record(tx, tenant, 'member.sign_in_link_issued', { email: email.toLowerCase() })
        return issued
      })
      print(`${config().publicUrl}/console/sign-in#token=${token}`)
      return 0
    })
  },
}
