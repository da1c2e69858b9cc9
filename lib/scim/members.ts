import type { Tx } from '#lib/db'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { invalidValue, ScimError } from './error.ts'
import type { Filter } from './filter.ts'
import { isObject } from './shape.ts'

/** A group as it stands in a transaction that has locked it. */
export type Group = { id: string; display_name: string; external_id: string | null }

/** The internal ids that `members` names. @throws ScimError `invalidValue` */
export function memberIds(value: unknown): string[] {
  const items = value === null || value === undefined ? [] : Array.isArray(value) ? value : [value]
  const ids = items.map((item: unknown) => {
    const named = isObject(item)
      ? Object.entries(item).find(([key]) => key.toLowerCase() === 'value')?.[1]
      : item
    return idOf(named)
  })
  return [...new Set(ids)]
}

const idOf = (value: unknown): string => {
  const id = typeof value === 'string' ? parseId('end_user', value) : null
  if (id === null) throw invalidValue('A member is a user of this organization, by the id that it has here.')
  return id
}

/** Whom `members[value eq "…"]` means. @throws ScimError `invalidFilter` */
export function meantBy(filter: Filter): string[] {
  if (filter.kind === 'or') return filter.of.flatMap(meantBy)
  if (filter.kind === 'compare' && filter.attribute === 'value' && filter.operator === 'eq') {
    // Somebody who is not known is in no group, so that there is nothing to take out.
    const id = typeof filter.value === 'string' ? parseId('end_user', filter.value) : null
    return id === null ? [] : [id]
  }
  throw new ScimError(400, 'invalidFilter', 'Members are picked by their value.')
}

/** Puts people into a group, and its name among what their calls are judged by. @returns how many were not in it */
export async function addIn(
  tx: Tx,
  tenant: Tenant,
  { id }: Group,
  users: readonly string[],
): Promise<number> {
  if (users.length === 0) return 0
  const org = tenant.orgId
  const known = await tx.$queryRaw<unknown[]>`SELECT 1 FROM end_users WHERE org_id = ${org}::uuid
    AND id = ANY(${[...users]}::uuid[]) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE`
  if (known.length < users.length)
    throw invalidValue('Some of the members are no users of this organization.')
  const added = await tx.$queryRaw<{ user_id: string }[]>`
    INSERT INTO scim_group_members (org_id, group_id, user_id)
    SELECT ${org}::uuid, ${id}::uuid, unnest(${[...users]}::uuid[]) ON CONFLICT DO NOTHING RETURNING user_id`
  // The trigger of migration 0034 adds the names of the groups that they are in.
  await tx.$executeRaw`UPDATE end_users SET groups = groups
    WHERE org_id = ${org}::uuid AND id = ANY(${added.map(({ user_id }) => user_id)}::uuid[])`
  return added.length
}

/** Takes people out of a group; without a list, all. @returns how many were in it */
export async function removeIn(
  tx: Tx,
  tenant: Tenant,
  { id, display_name }: Group,
  users: readonly string[] | null,
): Promise<number> {
  const org = tenant.orgId
  const removed = await tx.$queryRaw<{ user_id: string }[]>`DELETE FROM scim_group_members
    WHERE org_id = ${org}::uuid AND group_id = ${id}::uuid
      AND (${users === null} OR user_id = ANY(${[...(users ?? [])]}::uuid[])) RETURNING user_id`
  await tx.$executeRaw`UPDATE end_users SET groups = array_remove(groups, ${display_name})
    WHERE org_id = ${org}::uuid AND id = ANY(${removed.map(({ user_id }) => user_id)}::uuid[])`
  return removed.length
}

/** Leaves exactly these people in a group. */
export async function setIn(
  tx: Tx,
  tenant: Tenant,
  group: Group,
  users: readonly string[],
): Promise<{ added: number; removed: number }> {
  const others = await tx.$queryRaw<{ user_id: string }[]>`SELECT user_id FROM scim_group_members
    WHERE org_id = ${tenant.orgId}::uuid AND group_id = ${group.id}::uuid AND user_id <> ALL(${[...users]}::uuid[])`
  const added = await addIn(tx, tenant, group, users)
  const removed = await removeIn(
    tx,
    tenant,
    group,
    others.map(({ user_id }) => user_id),
  )
  return { added, removed }
}
