import { listOrgs } from '#lib/tenancy'
import type { Organization } from '#lib/tenancy/schema'
import { type Command, columns, readArgs } from './command.ts'
import { operator, withInstance } from './here.ts'

const pageSize = 100

export const orgsList: Command = {
  name: 'orgs list',
  usage: '',
  summary: 'every organization, newest first',
  async run(args, { env, print }) {
    readArgs(args, [])
    return withInstance(env, async () => {
      const orgs = await all()
      if (orgs.length === 0) print('no organizations')
      else for (const line of columns([['ID', 'NAME', 'CREATED', 'ORIGINS'], ...orgs.map(row)])) print(line)
      return 0
    })
  },
}

async function all(): Promise<Organization[]> {
  const orgs: Organization[] = []
  for (let before: string | null = null; ; ) {
    const page = await listOrgs(operator, before, pageSize)
    orgs.push(...page.map(({ view }) => view))
    if (page.length < pageSize) return orgs
    before = page.at(-1)?.orgId ?? null
  }
}

const row = ({ id, name, created_at, origins }: Organization): string[] => [
  id,
  name,
  created_at.slice(0, 10),
  origins.join(' ') || '-',
]
