import { forOrg } from '#lib/db'
import { parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { AuditEvent } from '../schema.ts'

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** What people call the members, keys and agents of events, by the ids that events have of them. */
export async function namesIn(
  tenant: Tenant,
  events: readonly AuditEvent[],
): Promise<Record<string, string>> {
  const actors = events.map(({ actor }) => actor)
  const of = (type: string) => [
    ...new Set(actors.filter((one) => one.type === type && isUuid(one.id)).map(({ id }) => id)),
  ]
  const agents = new Set(of('agent'))
  for (const { agent_id } of events) {
    const id = agent_id === null ? null : parseId('agent', agent_id)
    if (id) agents.add(id)
  }
  const [members, keys] = [of('member'), of('api_key')]
  if (agents.size + members.length + keys.length === 0) return {}
  const rows = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<{ id: string; name: string }[]>`
      SELECT id::text, email AS name FROM members WHERE id = ANY (${members}::uuid[])
      UNION ALL SELECT id::text, name FROM api_keys WHERE id = ANY (${keys}::uuid[])
      UNION ALL SELECT id::text, name FROM agents WHERE id = ANY (${[...agents]}::uuid[])`,
  )
  return Object.fromEntries(
    rows.flatMap(({ id, name }) => [[id, name] as const, [publicId('agent', id), name] as const]),
  )
}

/**
 * The ids behind what somebody typed for a person, key or agent: their ids stay, names become the ids of those called so.
 * @returns for a name that nobody has, the name: it finds nothing
 */
export async function idsNamed(
  tenant: Tenant,
  kind: 'agent' | 'actor',
  typed: readonly string[],
): Promise<string[]> {
  const named = typed.filter((one) => !/^[a-z]+_[0-9a-f]{32}$/.test(one) && !isUuid(one))
  if (named.length === 0) return [...typed]
  const low = named.map((one) => one.toLowerCase())
  const rows = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<{ id: string; name: string; kind: string }[]>`
      SELECT id::text, lower(email) AS name, 'member' AS kind FROM members WHERE lower(email) = ANY (${low}::text[])
      UNION ALL SELECT id::text, lower(name), 'api_key' FROM api_keys WHERE lower(name) = ANY (${low}::text[])
      UNION ALL SELECT id::text, lower(name), 'agent' FROM agents WHERE lower(name) = ANY (${low}::text[])`,
  )
  const fitting = rows.filter((row) => kind === 'actor' || row.kind === 'agent')
  return typed.flatMap((one) => {
    const ids = fitting.filter(({ name }) => name === one.toLowerCase()).map(({ id }) => id)
    return ids.length > 0 ? ids : [one]
  })
}
