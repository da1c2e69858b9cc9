import { config } from '#lib/config'
import { forOrg } from '#lib/db'
import { issueSignInLinkIn } from '#lib/identity'
import { deploymentTenant } from '#lib/tenancy'
import { type Command, readArgs, UsageError } from './command.ts'
import { operator, record, withInstance } from './here.ts'

const firstAdmin = 'admin@localhost'

export const signInLink: Command = {
  name: 'sign-in-link',
  usage: '[--email ADDRESS]',
  summary: `a new console sign-in link: 15 minutes, one use (default ${firstAdmin})`,
  async run(args, { env, print }) {
    const { options } = readArgs(args, ['email'])
    const email = options.email ?? firstAdmin
    if (!/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(email)) throw new UsageError(`--email "${email}" is no address`)
    return withInstance(env, async () => {
      const deployment = deploymentTenant(operator)
      const token = await forOrg(deployment, async (tx) => {
        const issued = await issueSignInLinkIn(tx, deployment, email.toLowerCase(), 'owner')
        await record(tx, deployment, 'member.sign_in_link_issued', { email: email.toLowerCase() })
        return issued
      })
      print(`${config().publicUrl}/console/sign-in#token=${token}`)
      return 0
    })
  },
}
