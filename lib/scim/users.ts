import { isDeepStrictEqual } from 'node:util'
import { appendAudit, originFields } from '#lib/audit'
import { forOrg, isUniqueViolation, Prisma as sql, type Tx } from '#lib/db'
import { actorOf } from '#lib/identity'
import { newId, parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { notThere, taken } from './error.ts'
import { listResponse, pageOf, readWhere, readWindow } from './list.ts'
import { type Operation, patched } from './patch.ts'
import type { Place } from './place.ts'
import { type Projection, project, shows } from './project.ts'
import { type Json, tidy, userAttributes } from './shape.ts'
import {
  address,
  type Person,
  readPerson,
  saidOf,
  shownName,
  type UserRow,
  userColumns,
  userFilters,
  userResource,
} from './user-row.ts'

const nameTaken = () => taken('Another user has this userName.')

const internalId = (id: string): string => {
  const uuid = parseId('end_user', id)
  if (uuid === null) throw notThere()
  return uuid
}

/** @throws ScimError 404 */
async function rowIn(tx: Tx, tenant: Tenant, id: string, lock = false): Promise<UserRow> {
  const [row] = await tx.$queryRaw<UserRow[]>`SELECT ${userColumns} FROM end_users u
    WHERE u.org_id = ${tenant.orgId}::uuid AND u.id = ${id}::uuid AND u.deleted_at IS NULL
    ${lock ? sql.sql`FOR UPDATE` : sql.empty}`
  if (!row) throw notThere()
  return row
}

/** People as they are answered; their groups are read where they are asked for. */
async function resourcesIn(
  tx: Tx,
  { tenant, base }: Place,
  rows: readonly UserRow[],
  projection: Projection,
) {
  const resources = new Map(rows.map((row) => [row.id, userResource(row, base)]))
  if (rows.length > 0 && shows(projection, 'groups')) {
    const found = await tx.$queryRaw<{ user_id: string; id: string; display_name: string }[]>`
      SELECT m.user_id, g.id, g.display_name FROM scim_group_members m
      JOIN scim_groups g ON g.org_id = m.org_id AND g.id = m.group_id
      WHERE m.org_id = ${tenant.orgId}::uuid AND m.user_id = ANY(${[...resources.keys()]}::uuid[]) ORDER BY g.id`
    for (const { user_id, id, display_name } of found) {
      const resource = resources.get(user_id)
      if (!resource) continue
      const value = publicId('scim_group', id)
      const group = { value, $ref: `${base}/Groups/${value}`, display: display_name }
      resource.groups = [...((resource.groups as Json[] | undefined) ?? []), group]
    }
  }
  return [...resources.values()].map((resource) => project(resource, projection))
}

export const listUsers = (place: Place, query: URLSearchParams, projection: Projection): Promise<Json> => {
  const [where, window] = [readWhere(query, userFilters), readWindow(query)]
  const from = sql.sql`end_users u WHERE u.org_id = ${place.tenant.orgId}::uuid AND u.deleted_at IS NULL AND ${where}`
  return forOrg(place.tenant, async (tx) => {
    const { rows, total } = await pageOf<UserRow>(tx, userColumns, from, 'u', window)
    return listResponse(await resourcesIn(tx, place, rows, projection), total, window.startIndex)
  })
}

/** @throws ScimError 404 */
export const getUser = (place: Place, id: string, projection: Projection): Promise<Json> =>
  forOrg(place.tenant, async (tx) => {
    const row = await rowIn(tx, place.tenant, internalId(id))
    return (await resourcesIn(tx, place, [row], projection))[0] ?? {}
  })

/** Two that differ in case alone are one to SCIM. Who asks for a name holds it until the transaction ends. */
async function assertFreeIn(tx: Tx, tenant: Tenant, userName: string, self: string | null): Promise<void> {
  const key = `scim/${tenant.orgId}/${userName.toLowerCase()}`
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`
  const [other] = await tx.$queryRaw<
    unknown[]
  >`SELECT 1 FROM end_users u WHERE u.org_id = ${tenant.orgId}::uuid
    AND lower(u.external_id COLLATE "C") = lower(${userName}::text COLLATE "C") AND u.deleted_at IS NULL
    AND u.id IS DISTINCT FROM ${self}::uuid LIMIT 1`
  if (other) throw nameTaken()
}

const orTaken = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    throw isUniqueViolation(error) ? nameTaken() : error
  }
}

const columnsOf = (person: Person) => {
  const said = saidOf(person)
  return {
    external_id: person.userName,
    scim_external_id: person.externalId ?? null,
    name: shownName(said),
    email: address(said),
    scim: said,
  }
}

const record = (tx: Tx, { tenant, caller, origin }: Place, action: string, userId: string, more: object) =>
  appendAudit(tx, tenant, {
    action,
    outcome: 'allowed',
    actor: actorOf(caller),
    user_id: userId,
    ...originFields(origin),
    ...more,
  })

/** @returns the id. @throws ScimError `uniqueness`, `invalidValue` */
export async function createUser(place: Place, body: Json): Promise<string> {
  const { tenant } = place
  const person = readPerson(tidy(userAttributes, body))
  const id = newId()
  await orTaken(
    forOrg(tenant, async (tx) => {
      await assertFreeIn(tx, tenant, person.userName, null)
      await tx.end_users.create({ data: { org_id: tenant.orgId, id, groups: [], ...columnsOf(person) } })
      await record(tx, place, 'user.created', person.userName, {
        details: { user: publicId('end_user', id) },
      })
    }),
  )
  await setActive(place, { userId: person.userName, deactivated: false }, person.active)
  return publicId('end_user', id)
}

async function setActive(
  { people, tenant, caller, origin }: Place,
  { userId, deactivated }: { userId: string; deactivated: boolean },
  wanted: boolean | undefined,
): Promise<void> {
  if (wanted === false && !deactivated) await people.deactivateUser(tenant, caller, userId, origin)
  if (wanted === true && deactivated) await people.reactivateUser(tenant, caller, userId, origin)
}

/**
 * Writes what becomes of a person, if it is anything else than before; then locks them out or lets them in. Whoever is
 * told that it failed asks again, and what was done already changes nothing.
 */
async function change(place: Place, id: string, next: (before: Json) => Json): Promise<void> {
  const { tenant, base } = place
  const uuid = internalId(id)
  const { person, row } = await orTaken(
    forOrg(tenant, async (tx) => {
      const row = await rowIn(tx, tenant, uuid, true)
      const person = readPerson(next(tidy(userAttributes, userResource(row, base))))
      if (person.userName !== row.external_id) await assertFreeIn(tx, tenant, person.userName, uuid)
      const before: Json = { ...row, scim: row.scim }
      const after = columnsOf(person)
      // What the product said of somebody is not SCIM's word until SCIM says something else.
      const same = readPerson(tidy(userAttributes, userResource(row, base)))
      if (isDeepStrictEqual({ ...person, active: null }, { ...same, active: null })) return { person, row }
      await tx.end_users.update({
        where: { org_id_id: { org_id: tenant.orgId, id: uuid } },
        data: { ...after, updated_at: new Date() },
      })
      const changed_fields = Object.entries(after).flatMap(([name, value]) =>
        name !== 'scim' && !isDeepStrictEqual(before[name], value) ? [name] : [],
      )
      const renamed = person.userName !== row.external_id
      await record(tx, place, 'user.changed', person.userName, {
        changed_fields: changed_fields.length > 0 ? changed_fields : ['name'],
        details: { user: id, ...(renamed && { user_id_before: row.external_id }) },
      })
      return { person, row }
    }),
  )
  await setActive(place, { userId: person.userName, deactivated: row.deactivated }, person.active)
}

/** RFC 7644 §3.5.1. Who is not said to be active or not stays what they are. @throws ScimError */
export const replaceUser = (place: Place, id: string, body: Json): Promise<void> =>
  change(place, id, () => tidy(userAttributes, body))

/** RFC 7644 §3.5.2: all of it or nothing. @throws ScimError */
export const patchUser = (place: Place, id: string, operations: readonly Operation[]): Promise<void> =>
  change(place, id, (before) => patched(userAttributes, before, operations))

/** The person leaves: their accounts end here and at the providers. @throws ScimError 404 */
export async function deleteUser(place: Place, id: string): Promise<void> {
  const { people, tenant, caller, origin } = place
  const { external_id } = await forOrg(tenant, (tx) => rowIn(tx, tenant, internalId(id)))
  await people.removeUser(tenant, caller, external_id, origin)
}
