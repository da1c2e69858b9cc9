import { z } from 'zod'
import { Prisma as sql } from '#lib/db'
import { publicId } from '#lib/ids'
import { externalId } from '#lib/tenancy/schema'
import { invalidValue } from './error.ts'
import type { Sql } from './list.ts'
import { type Json, userSchema } from './shape.ts'
import { type Columns, identity, moment, textual, truth } from './where.ts'

const words = (most: number) => z.string().min(1).max(most)

const person = z.object({
  userName: externalId,
  externalId: words(500).optional(),
  name: z
    .object({
      formatted: words(200).optional(),
      familyName: words(200).optional(),
      givenName: words(200).optional(),
    })
    .optional(),
  displayName: words(200).optional(),
  emails: z
    .array(z.object({ value: words(320), type: words(50).optional(), primary: z.boolean().optional() }))
    .max(50)
    .optional(),
  active: z.boolean().optional(),
})

export type Person = z.infer<typeof person>
/** What is kept as it was said. */
export type Said = Pick<Person, 'name' | 'displayName' | 'emails'>

/** @param tidied as `tidy` leaves it. @throws ScimError `invalidValue` */
export function readPerson(tidied: Json): Person {
  const { emails } = tidied
  // An address that was taken out of its place leaves the place.
  const addresses = Array.isArray(emails)
    ? emails.filter((one) => typeof one !== 'object' || one === null || 'value' in one)
    : emails
  const parsed = person.safeParse({ ...tidied, emails: addresses })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path.join('.')
  throw invalidValue(
    `${path} ${path === 'userName' && !('userName' in tidied) ? 'is required' : issue?.message}.`,
  )
}

export const saidOf = ({ name, displayName, emails }: Person): Said => ({
  ...(name && { name }),
  ...(displayName !== undefined && { displayName }),
  ...(emails && emails.length > 0 && { emails }),
})

/** The name that Behalf shows. */
export function shownName({ displayName, name }: Said): string | null {
  const parts = [name?.givenName, name?.familyName].filter((part) => part !== undefined).join(' ')
  return (displayName ?? name?.formatted ?? parts).slice(0, 200) || null
}

/** The address that Behalf writes to; none where what was said is no address. */
export function address({ emails = [] }: Said): string | null {
  const value = (emails.find(({ primary }) => primary) ?? emails[0])?.value
  return z.email().safeParse(value).success ? (value ?? null) : null
}

export type UserRow = {
  id: string
  external_id: string
  scim_external_id: string | null
  name: string | null
  email: string | null
  scim: Said | null
  created_at: Date
  updated_at: Date
  deactivated: boolean
}

export const userColumns: Sql = sql.sql`u.id, u.external_id, u.scim_external_id, u.name, u.email, u.scim, u.created_at,
  u.updated_at, u.deactivated_at IS NOT NULL AS deactivated`

const emailRows: Sql = sql.sql`jsonb_array_elements(CASE WHEN u.scim IS NOT NULL THEN coalesce(u.scim->'emails', '[]')
  WHEN u.email IS NOT NULL THEN jsonb_build_array(jsonb_build_object('value', u.email, 'primary', true))
  ELSE '[]' END) e`

/** What a filter may ask of people. */
export const userFilters: Columns = {
  plain: {
    id: identity(sql.sql`u.id`, 'end_user'),
    username: textual(sql.sql`u.external_id`),
    externalid: textual(sql.sql`u.scim_external_id`, true),
    displayname: textual(sql.sql`(CASE WHEN u.scim IS NULL THEN u.name ELSE u.scim->>'displayName' END)`),
    'name.formatted': textual(sql.sql`(u.scim->'name'->>'formatted')`),
    'name.familyname': textual(sql.sql`(u.scim->'name'->>'familyName')`),
    'name.givenname': textual(sql.sql`(u.scim->'name'->>'givenName')`),
    active: truth(sql.sql`(u.deactivated_at IS NULL)`),
    'meta.created': moment(sql.sql`u.created_at`),
    'meta.lastmodified': moment(sql.sql`u.updated_at`),
  },
  many: {
    emails: {
      rows: emailRows,
      columns: {
        value: textual(sql.sql`(e->>'value')`),
        type: textual(sql.sql`(e->>'type')`),
        primary: truth(sql.sql`(e->>'primary')::boolean`),
      },
    },
  },
}

/** What the product said of a person who SCIM has said nothing of, in SCIM's words. */
const saidOfRow = ({ scim, name, email }: UserRow): Said =>
  scim ?? {
    ...(name !== null && { displayName: name }),
    ...(email !== null && { emails: [{ value: email, primary: true }] }),
  }

/** A person as SCIM writes them, without the groups. */
export const userResource = (row: UserRow, base: string): Json => {
  const id = publicId('end_user', row.id)
  return {
    schemas: [userSchema],
    id,
    ...(row.scim_external_id !== null && { externalId: row.scim_external_id }),
    userName: row.external_id,
    ...saidOfRow(row),
    active: !row.deactivated,
    meta: {
      resourceType: 'User',
      created: row.created_at.toISOString(),
      lastModified: row.updated_at.toISOString(),
      location: `${base}/Users/${id}`,
    },
  }
}
