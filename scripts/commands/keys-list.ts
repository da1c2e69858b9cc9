import { type ApiKey, listApiKeys } from '#lib/identity'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { type Command, columns, readArgs } from './command.ts'
import { withInstance } from './here.ts'
import { tenantNamed } from './tenant-named.ts'

const pageSize = 200

export const keysList: Command = {
  name: 'keys list',
  usage: '[--org ORG]',
  summary: 'the keys of the deployment, or of one organization',
  async run(args, { env, print }) {
    const { options } = readArgs(args, ['org'])
    return withInstance(env, async () => {
      const keys = await all(await tenantNamed(options.org))
      if (keys.length === 0) print('no keys')
      else for (const line of columns([heading, ...keys.map(row)])) print(line)
      return 0
    })
  },
}

async function all(tenant: Tenant): Promise<ApiKey[]> {
  const keys: ApiKey[] = []
  for (let before: string | null = null; ; ) {
    const page = await listApiKeys(tenant, before, pageSize)
    keys.push(...page)
    if (page.length < pageSize) return keys
    before = parseId('api_key', page.at(-1)?.id ?? '')
  }
}

const heading = ['ID', 'NAME', 'ORGANIZATION', 'SECRET', 'ROLES', 'CREATED', 'STATE']

const row = (key: ApiKey): string[] => [
  key.id,
  key.name,
  key.org_id ?? 'all',
  `…${key.hint}`,
  key.roles.join(',') || 'all',
  key.created_at.slice(0, 10),
  stateOf(key),
]

function stateOf({ revoked_at, expires_at }: ApiKey): string {
  if (revoked_at) return `revoked ${revoked_at.slice(0, 10)}`
  if (!expires_at) return 'active'
  return `${Date.parse(expires_at) <= Date.now() ? 'expired' : 'active until'} ${expires_at.slice(0, 10)}`
}
