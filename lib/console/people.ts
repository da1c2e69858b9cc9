import { forOrg, Prisma } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { all } from './counted.ts'

export type Person = {
  id: string
  /** As the product names them. */
  user_id: string
  name: string | null
  email: string | null
  groups: string[]
  status: 'active' | 'deactivated'
  /** Accounts that are not revoked, consents ever given, and agents that may act for them now. */
  accounts: number
  consents: number
  agents: number
  last_seen_at: string | null
  created_at: string
}

export type PeopleFilter = {
  /** Their id or e-mail address. */
  user?: string | undefined
  status?: 'active' | 'deactivated' | undefined
}

type Row = Omit<Person, 'last_seen_at' | 'created_at' | 'user_id' | 'status'> & {
  external_id: string
  deactivated_at: Date | null
  last_seen_at: Date | null
  created_at: Date
}

const view = ({ external_id, deactivated_at, last_seen_at, created_at, ...row }: Row): Person => ({
  ...row,
  id: publicId('end_user', row.id),
  user_id: external_id,
  status: deactivated_at ? 'deactivated' : 'active',
  last_seen_at: last_seen_at?.toISOString() ?? null,
  created_at: created_at.toISOString(),
})

/** What is counted of a person is counted for those on the page alone. */
const select = (tenant: Tenant, where: Prisma.Sql, direction: Prisma.Sql, most: number) => Prisma.sql`
  SELECT u.id, u.external_id, u.name, u.email, u.groups, u.deactivated_at, u.created_at,
    (SELECT count(*)::int FROM connected_accounts a WHERE a.org_id = u.org_id AND a.user_id = u.id
      AND a.deleted_at IS NULL AND a.status <> 'revoked') AS accounts,
    (SELECT count(*)::int FROM connections c WHERE c.org_id = u.org_id AND c.user_id = u.id) AS consents,
    (SELECT count(*)::int FROM (
      SELECT g.agent_org_id, g.agent_id FROM connected_accounts a
      JOIN connection_grantees g ON g.org_id = a.org_id AND g.connection_id = a.current_connection_id
      WHERE a.org_id = u.org_id AND a.user_id = u.id AND a.deleted_at IS NULL AND a.status IN ('active', 'paused')
      UNION
      SELECT g.agent_org_id, g.agent_id FROM agent_grants g
      WHERE g.org_id = u.org_id AND g.user_id = u.id AND g.revoked_at IS NULL
        AND (g.expires_at IS NULL OR g.expires_at > now())) AS acting) AS agents,
    (SELECT max(a.last_used_at) FROM connected_accounts a
      WHERE a.org_id = u.org_id AND a.user_id = u.id) AS last_seen_at
  FROM (SELECT * FROM end_users p WHERE p.org_id = ${tenant.orgId}::uuid AND p.deleted_at IS NULL AND ${where}
    ORDER BY p.id ${direction} LIMIT ${most}) u ORDER BY u.id ${direction}`

/** A page of an org's people. @param before internal id of the last one seen */
export const listPeople = (
  tenant: Tenant,
  { user, status }: PeopleFilter,
  order: 'newest' | 'oldest',
  before: string | null,
  most: number,
): Promise<Person[]> =>
  forOrg(tenant, async (tx) => {
    const newest = order === 'newest'
    const where = all([
      // As it is known or in small letters: an expression over the column would read everybody (row-level security).
      user !== undefined &&
        Prisma.sql`(p.external_id = ${user} OR p.email = ${user} OR p.email = ${user.toLowerCase()})`,
      status === 'active' && Prisma.sql`p.deactivated_at IS NULL`,
      status === 'deactivated' && Prisma.sql`p.deactivated_at IS NOT NULL`,
      before !== null && (newest ? Prisma.sql`p.id < ${before}::uuid` : Prisma.sql`p.id > ${before}::uuid`),
    ])
    const by = newest ? Prisma.sql`DESC` : Prisma.sql`ASC`
    return (await tx.$queryRaw<Row[]>(select(tenant, where, by, most))).map(view)
  })

/** @throws AppError `not_found` */
export const getPerson = (tenant: Tenant, id: string): Promise<Person> =>
  forOrg(tenant, async (tx) => {
    const [row] = await tx.$queryRaw<Row[]>(
      select(tenant, Prisma.sql`p.id = ${id}::uuid`, Prisma.sql`DESC`, 1),
    )
    if (!row) throw new AppError('not_found')
    return view(row)
  })

/** The ids of people by what the product calls them, for links to their pages. */
export const peopleIds = (tenant: Tenant, userIds: readonly string[]): Promise<Record<string, string>> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.end_users.findMany({
      where: { org_id: tenant.orgId, deleted_at: null, external_id: { in: [...new Set(userIds)] } },
      select: { id: true, external_id: true },
    })
    return Object.fromEntries(rows.map(({ id, external_id }) => [external_id, publicId('end_user', id)]))
  })
