import { z } from 'zod'

/** As `outcome` of the event's own schema, which hands this one on. */
const outcome = z.enum(['allowed', 'denied', 'failed', 'unknown'])

/** Several values of one field, as the address has them: separated by commas. */
const several = (most: number) =>
  z
    .string()
    .max(2_000)
    .transform((text) => [...new Set(text.split(',').map((one) => one.trim()))].filter((one) => one !== ''))
    .pipe(z.array(z.string().max(most)).min(1).max(20))

/** What the explorer of the console asks for; each field narrows, several values of one field widen. */
export const exploreFilter = z.strictObject({
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  action: several(100).optional(),
  outcome: several(10).pipe(z.array(outcome)).optional(),
  actor: several(200).optional(),
  actor_type: several(40).optional(),
  user: several(128).optional(),
  agent: several(100).optional(),
  connector: several(64).optional(),
  tool: several(64).optional(),
  account: several(100).optional(),
  connection: several(100).optional(),
  execution: several(100).optional(),
  session: several(100).optional(),
  trace: several(64).optional(),
  ip: several(64).optional(),
  code: several(64).optional(),
  view: z.enum(['changes']).optional(),
  /** Words that must all be in the event's fields, whatever their case. */
  text: z.string().max(200).optional(),
})
export type ExploreFilter = z.infer<typeof exploreFilter>

export type FilterField = keyof ExploreFilter

/** What can be written as `field:value` in the search box; the other names of a field behind it. */
const spelled: Readonly<Record<string, FilterField>> = {
  action: 'action',
  outcome: 'outcome',
  actor: 'actor',
  member: 'actor',
  key: 'actor',
  actor_type: 'actor_type',
  user: 'user',
  user_id: 'user',
  agent: 'agent',
  agent_id: 'agent',
  connector: 'connector',
  tool: 'tool',
  tool_name: 'tool',
  account: 'account',
  connected_account_id: 'account',
  connection: 'connection',
  receipt: 'connection',
  execution: 'execution',
  session: 'session',
  trace: 'trace',
  request: 'trace',
  ip: 'ip',
  code: 'code',
  error_code: 'code',
}

/** What an id that stands alone is an id of. */
const idFields: readonly (readonly [RegExp, FilterField])[] = [
  [/^ca_[0-9a-f]{32}$/, 'account'],
  [/^cn_[0-9a-f]{32}$/, 'connection'],
  [/^ex_[0-9a-f]{32}$/, 'execution'],
  [/^cs_[0-9a-f]{32}$/, 'session'],
  [/^ag_[0-9a-f]{32}$/, 'agent'],
  [/^mem_[0-9a-f]{32}$/, 'actor'],
  [/^[0-9a-f]{32}$/, 'trace'],
]

/**
 * Reads what was typed into the search box: `field:value` narrows that field, an id its own field, and all else is text.
 * A value with spaces stands in double quotes.
 */
export function readSearch(typed: string): { fields: Partial<Record<FilterField, string>>; text: string } {
  const fields: Partial<Record<FilterField, string>> = {}
  const text: string[] = []
  const narrow = (field: FilterField, value: string) => {
    fields[field] = fields[field] === undefined ? value : `${fields[field]},${value}`
  }
  for (const [word] of typed.matchAll(/(?:[a-z_]+:)?(?:"[^"]*"|[^\s"]+)/gi)) {
    const [, name = '', quoted = ''] = /^([a-z_]+):(.+)$/is.exec(word) ?? []
    const field = spelled[name.toLowerCase()]
    const bare = (field ? quoted : word).replaceAll('"', '').trim()
    if (bare === '') continue
    const own = field ?? idFields.find(([shape]) => shape.test(bare))?.[1]
    if (own) narrow(own, bare)
    else text.push(bare)
  }
  return { fields, text: text.join(' ') }
}

/** What changed the rules rather than ran under them: policies, limits, stops, scopes, keys, members, settings. */
export const controlChanges = [
  'agent',
  'agent_credential',
  'agent_grant',
  'agent_grants',
  'api_key',
  'audit_stream',
  'auth_config',
  'branding',
  'connector',
  'connected_accounts',
  'domain',
  'key',
  'legal_hold',
  'limit',
  'member',
  'org',
  'organization',
  'policy',
  'scim',
  'scim_token',
  'scope_ceiling',
  'settings',
  'signing_key',
  'sso_connection',
  'sso_domain',
  'sso_key',
  'stop',
  'tool_costs',
  'toolset',
  'user',
] as const
