import { parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { controlChanges, type ExploreFilter } from './schema.ts'

/** A run of an organization's events by their numbers: from the first, up to but not with the last. */
export type Span = { from: bigint; to: bigint }

/** Values of a statement as they are collected; each is named by its place. */
export type Values = { list: unknown[]; at: (value: unknown, type: string) => string }

export function valuesFor(tenant: Tenant): Values {
  const list: unknown[] = [tenant.orgId]
  return { list, at: (value, type) => `$${list.push(value)}::${type}` }
}

/** An id as rows may have it: the actor of an event is named by its internal id, the other fields by public ones. */
export function spelledAs(kind: 'member' | 'agent' | 'api_key', given: string): string[] {
  const uuid = parseId(kind, given)
  if (uuid) return [given, uuid]
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(given) ? [given, publicId(kind, given)] : [given]
}

const actorIds = (given: readonly string[]): string[] => [
  ...new Set(
    given.flatMap((one) => (['member', 'agent', 'api_key'] as const).flatMap((kind) => spelledAs(kind, one))),
  ),
]

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

/** The text of an event that is searched: what people know of it, and no hashes. */
const searched = `(e.action || ' ' || e.outcome || ' ' || coalesce(e.user_id, '') || ' ' || (e.actor ->> 'id') || ' ' ||
  coalesce(e.agent_id, '') || ' ' || coalesce(e.tool_name, '') || ' ' || coalesce(e.error_code, '') || ' ' ||
  coalesce(e.connected_account_id, '') || ' ' || coalesce(e.trace_id, '') || ' ' || coalesce(e.ip, '') || ' ' ||
  coalesce(e.user_agent, '') || ' ' || e.details::text || ' ' || coalesce(array_to_string(e.changed_fields, ' '), ''))`

/** Of which connector an event is: by its tool, or as its details say. */
export const connectorOf = `coalesce(split_part(e.tool_name, '.', 1), e.details ->> 'connector')`

type Condition = (given: string[], values: Values) => string

const among =
  (column: string): Condition =>
  (given, values) =>
    `${column} = ANY (${values.at(given, 'text[]')})`

/** The condition of each field; a field without one is not written here by mistake. */
const conditions: Readonly<
  Record<Exclude<keyof ExploreFilter, 'since' | 'until' | 'view' | 'text'>, Condition>
> = {
  action: (given, values) => {
    const plain = given.filter((one) => !one.endsWith('*'))
    const begun = given.filter((one) => one.endsWith('*')).map((one) => `${escapeLike(one.slice(0, -1))}%`)
    const asked = [
      ...(plain.length > 0 ? [`e.action = ANY (${values.at(plain, 'text[]')})`] : []),
      ...(begun.length > 0 ? [`e.action LIKE ANY (${values.at(begun, 'text[]')})`] : []),
    ].join(' OR ')
    // Says it in the words of the index, where that is so.
    return `(${asked})${isRare(given) ? ` AND ${quiet}` : ''}`
  },
  outcome: (given, values) =>
    `e.outcome = ANY (${values.at(given, 'text[]')})${given.includes('allowed') ? '' : ` AND ${unallowed}`}`,
  actor: (given, values) => `e.actor ->> 'id' = ANY (${values.at(actorIds(given), 'text[]')})`,
  actor_type: among(`e.actor ->> 'type'`),
  user: among('e.user_id'),
  agent: (given, values) =>
    `e.agent_id = ANY (${values.at(
      given.flatMap((one) => spelledAs('agent', one)),
      'text[]',
    )})`,
  connector: among(connectorOf),
  tool: (given, values) => {
    const begun = given.map((one) =>
      one.endsWith('*') ? `${escapeLike(one.slice(0, -1))}%` : escapeLike(one),
    )
    return `e.tool_name LIKE ANY (${values.at(begun, 'text[]')})`
  },
  account: among('e.connected_account_id'),
  connection: among('e.connection_id'),
  execution: among(`e.details ->> 'execution_id'`),
  session: among(`e.details ->> 'connect_session_id'`),
  trace: among('e.trace_id'),
  ip: among('e.ip'),
  code: among('e.error_code'),
}

/** The predicates of the partial indexes (migrations 0033 and 0040), word by word. */
export const quiet = `e.action <> 'tool.executed'`
export const unallowed = `e.outcome <> 'allowed'`

/** Whether only events are asked for that are no calls of a tool. */
export const isRare = (action: readonly string[]): boolean =>
  action.every((one) => !'tool.executed'.startsWith(one.replace(/\*$/, '')))

/** Whether an index finds what a filter asks for, so that it need not be looked for event by event. */
export const isIndexed = ({ account, user, agent, action, outcome, view }: ExploreFilter): boolean =>
  Boolean(account ?? user ?? agent ?? view) ||
  (action !== undefined && isRare(action)) ||
  (outcome !== undefined && !outcome.includes('allowed'))

/** What must be true of an event `e` for a filter, its times apart, which are numbers by then. */
export function whereOf(filter: ExploreFilter, values: Values): string {
  const asked = ['e.org_id = $1::uuid']
  for (const [field, condition] of Object.entries(conditions)) {
    const given = filter[field as keyof typeof conditions]
    if (given) asked.push(condition([...given], values))
  }
  if (filter.view === 'changes')
    asked.push(`${quiet} AND split_part(e.action, '.', 1) = ANY (${values.at(controlChanges, 'text[]')})`)
  for (const word of filter.text?.split(/\s+/).filter((one) => one !== '') ?? [])
    asked.push(`${searched} ILIKE ${values.at(`%${escapeLike(word)}%`, 'text')}`)
  return asked.join(' AND ')
}

export const inSpan = ({ from, to }: Span, values: Values): string =>
  `e.sequence >= ${values.at(String(from), 'bigint')} AND e.sequence < ${values.at(String(to), 'bigint')}`
