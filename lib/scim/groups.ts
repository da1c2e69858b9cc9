import { z } from 'zod'
import { appendAudit, originFields } from '#lib/audit'
import { forOrg, isUniqueViolation, Prisma as sql, type Tx } from '#lib/db'
import { actorOf } from '#lib/identity'
import { newId, parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { invalidValue, notThere, ScimError, taken } from './error.ts'
import { listResponse, pageOf, readWhere, readWindow, type Sql } from './list.ts'
import { addIn, type Group, meantBy, memberIds, removeIn, setIn } from './members.ts'
import { type Operation, spread } from './patch.ts'
import type { Place } from './place.ts'
import { type Projection, project, shows } from './project.ts'
import { attributeOf, groupAttributes, groupSchema, type Json, tidy, tidyValue } from './shape.ts'
import { type Columns, identity, moment, textual } from './where.ts'

type Row = Group & { created_at: Date; updated_at: Date }

/** Memberships that one answer may carry. */
const membersMost = 50_000

const columns: Sql = sql.sql`g.id, g.display_name, g.external_id, g.created_at, g.updated_at`

const filters: Columns = {
  plain: {
    id: identity(sql.sql`g.id`, 'scim_group'),
    displayname: textual(sql.sql`g.display_name`),
    externalid: textual(sql.sql`g.external_id`, true),
    'meta.created': moment(sql.sql`g.created_at`),
    'meta.lastmodified': moment(sql.sql`g.updated_at`),
  },
  many: {
    members: {
      rows: sql.sql`(SELECT m.user_id FROM scim_group_members m WHERE m.org_id = g.org_id AND m.group_id = g.id) e`,
      columns: { value: identity(sql.sql`e.user_id`, 'end_user') },
    },
  },
}

const facts = z.object({
  displayName: z.string().trim().min(1).max(200),
  externalId: z.string().min(1).max(500).nullish(),
})

function readFacts(given: Json): { display_name: string; external_id: string | null } {
  const parsed = facts.safeParse(given)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalidValue(`${issue?.path.join('.')} ${issue?.message}.`)
  }
  return { display_name: parsed.data.displayName, external_id: parsed.data.externalId ?? null }
}

const internalId = (id: string): string => {
  const uuid = parseId('scim_group', id)
  if (uuid === null) throw notThere()
  return uuid
}

/** @throws ScimError 404 */
async function rowIn(tx: Tx, tenant: Tenant, id: string, lock = false): Promise<Row> {
  const [row] = await tx.$queryRaw<Row[]>`SELECT ${columns} FROM scim_groups g
    WHERE g.org_id = ${tenant.orgId}::uuid AND g.id = ${id}::uuid ${lock ? sql.sql`FOR UPDATE` : sql.empty}`
  if (!row) throw notThere()
  return row
}

async function resourcesIn(tx: Tx, { tenant, base }: Place, rows: readonly Row[], projection: Projection) {
  const members = new Map<string, Json[]>()
  if (rows.length > 0 && shows(projection, 'members')) {
    const found = await tx.$queryRaw<{ group_id: string; id: string; external_id: string }[]>`
      SELECT m.group_id, u.id, u.external_id FROM scim_group_members m
      JOIN end_users u ON u.org_id = m.org_id AND u.id = m.user_id AND u.deleted_at IS NULL
      WHERE m.org_id = ${tenant.orgId}::uuid AND m.group_id = ANY(${rows.map(({ id }) => id)}::uuid[])
      ORDER BY m.group_id, u.id LIMIT ${membersMost + 1}::int`
    if (found.length > membersMost)
      throw new ScimError(
        400,
        'tooMany',
        'These groups have too many members. Ask with excludedAttributes=members.',
      )
    for (const { group_id, id, external_id } of found) {
      const value = publicId('end_user', id)
      const list = members.get(group_id) ?? []
      list.push({ value, $ref: `${base}/Users/${value}`, type: 'User', display: external_id })
      members.set(group_id, list)
    }
  }
  return rows.map((row) => {
    const id = publicId('scim_group', row.id)
    const resource: Json = {
      schemas: [groupSchema],
      id,
      ...(row.external_id !== null && { externalId: row.external_id }),
      displayName: row.display_name,
      members: members.get(row.id) ?? [],
      meta: {
        resourceType: 'Group',
        created: row.created_at.toISOString(),
        lastModified: row.updated_at.toISOString(),
        location: `${base}/Groups/${id}`,
      },
    }
    return project(resource, projection)
  })
}

export const listGroups = (place: Place, query: URLSearchParams, projection: Projection): Promise<Json> => {
  const [where, window] = [readWhere(query, filters), readWindow(query)]
  const from = sql.sql`scim_groups g WHERE g.org_id = ${place.tenant.orgId}::uuid AND ${where}`
  return forOrg(place.tenant, async (tx) => {
    const { rows, total } = await pageOf<Row>(tx, columns, from, 'g', window)
    return listResponse(await resourcesIn(tx, place, rows, projection), total, window.startIndex)
  })
}

/** @throws ScimError 404 */
export const getGroup = (place: Place, id: string, projection: Projection): Promise<Json> =>
  forOrg(place.tenant, async (tx) => {
    const row = await rowIn(tx, place.tenant, internalId(id))
    return (await resourcesIn(tx, place, [row], projection))[0] ?? {}
  })

const orTaken = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    throw isUniqueViolation(error) ? taken('Another group has this displayName.') : error
  }
}

type Details = Record<string, string | number>

const record = (tx: Tx, { tenant, caller, origin }: Place, action: string, details: Details) =>
  appendAudit(tx, tenant, {
    action,
    outcome: 'allowed',
    actor: actorOf(caller),
    ...originFields(origin),
    details,
  })

/** @returns the id. @throws ScimError `uniqueness`, `invalidValue` */
export async function createGroup(place: Place, body: Json): Promise<string> {
  const { tenant } = place
  const given = tidy(groupAttributes, body)
  const [said, users, id] = [readFacts(given), memberIds(given.members), newId()]
  await orTaken(
    forOrg(tenant, async (tx) => {
      await tx.scim_groups.create({ data: { org_id: tenant.orgId, id, ...said } })
      const members = await addIn(tx, tenant, { id, ...said }, users)
      const group = publicId('scim_group', id)
      await record(tx, place, 'scim.group_created', { group, name: said.display_name, members })
    }),
  )
  return publicId('scim_group', id)
}

/** A group under change: what it is by now, and how many came and went. */
type Changing = { tx: Tx; group: Group; added: number; removed: number }

/** Names a group anew, for its members as well. */
async function describeIn(tenant: Tenant, changing: Changing, said: Omit<Group, 'id'>): Promise<void> {
  const { tx, group } = changing
  await tx.scim_groups.update({ where: { org_id_id: { org_id: tenant.orgId, id: group.id } }, data: said })
  if (said.display_name !== group.display_name)
    await tx.$executeRaw`UPDATE end_users SET groups = array_remove(groups, ${group.display_name})
      WHERE org_id = ${tenant.orgId}::uuid AND id IN (SELECT user_id FROM scim_group_members
        WHERE org_id = ${tenant.orgId}::uuid AND group_id = ${group.id}::uuid)`
  changing.group = { ...group, ...said }
}

async function change(place: Place, id: string, work: (changing: Changing) => Promise<void>): Promise<void> {
  const { tenant } = place
  await orTaken(
    forOrg(tenant, async (tx) => {
      const before = await rowIn(tx, tenant, internalId(id), true)
      const changing: Changing = { tx, group: before, added: 0, removed: 0 }
      await work(changing)
      const { group, added, removed } = changing
      const renamed = group.display_name !== before.display_name
      if (!renamed && group.external_id === before.external_id && added + removed === 0) return
      await tx.scim_groups.update({
        where: { org_id_id: { org_id: tenant.orgId, id: before.id } },
        data: { updated_at: new Date() },
      })
      const was: Details = renamed ? { name_before: before.display_name } : {}
      await record(tx, place, 'scim.group_changed', {
        group: id,
        name: group.display_name,
        ...was,
        added,
        removed,
      })
    }),
  )
}

/** RFC 7644 §3.5.1. Whoever is in it stays in it where `members` is not said at all. @throws ScimError */
export function replaceGroup(place: Place, id: string, body: Json): Promise<void> {
  const given = tidy(groupAttributes, body)
  const said = readFacts(given)
  const users = Object.keys(body).some((name) => name.toLowerCase() === 'members')
    ? memberIds(given.members)
    : null
  return change(place, id, async (changing) => {
    await describeIn(place.tenant, changing, said)
    if (users !== null) Object.assign(changing, await setIn(changing.tx, place.tenant, changing.group, users))
  })
}

/** RFC 7644 §3.5.2: all of it or nothing. @throws ScimError */
export const patchGroup = (place: Place, id: string, operations: readonly Operation[]): Promise<void> =>
  change(place, id, async (changing) => {
    for (const operation of operations)
      for (const { op, path, value } of spread(groupAttributes, operation)) {
        if (path.attribute.name === 'members')
          await changeMembers(place.tenant, changing, op, path.filter, value)
        else {
          const { display_name, external_id } = changing.group
          const one = attributeOf(groupAttributes, path.attribute.name) ?? path.attribute
          const next = op === 'remove' ? null : (tidyValue(one, value) ?? null)
          const said = { displayName: display_name, externalId: external_id, [one.name]: next }
          await describeIn(place.tenant, changing, readFacts(said))
        }
      }
  })

async function changeMembers(
  tenant: Tenant,
  changing: Changing,
  op: Operation['op'],
  filter: Parameters<typeof meantBy>[0] | null,
  value: unknown,
): Promise<void> {
  const { tx, group } = changing
  if (op === 'remove') {
    const named = value === null || value === undefined ? null : memberIds(value)
    changing.removed += await removeIn(tx, tenant, group, filter === null ? named : meantBy(filter))
  } else if (filter !== null) {
    throw new ScimError(400, 'mutability', 'A member is put in or taken out, and not changed.')
  } else if (op === 'add') {
    changing.added += await addIn(tx, tenant, group, memberIds(value))
  } else {
    const { added, removed } = await setIn(tx, tenant, group, memberIds(value))
    changing.added += added
    changing.removed += removed
  }
}

/** The group ends; its people stay. @throws ScimError 404 */
export const deleteGroup = (place: Place, id: string): Promise<void> =>
  forOrg(place.tenant, async (tx) => {
    const group = await rowIn(tx, place.tenant, internalId(id), true)
    const removed = await removeIn(tx, place.tenant, group, null)
    await tx.scim_groups.deleteMany({ where: { org_id: place.tenant.orgId, id: group.id } })
    await record(tx, place, 'scim.group_deleted', { group: id, name: group.display_name, removed })
  })
