import { forOrg, Prisma, type Tx } from '#lib/db'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { reachedIn } from './agent-accounts.ts'
import { all, countIn } from './counted.ts'
import { overGrantedIn, type ScopeRules } from './over-grants.ts'
import { type Count, dormantDays, expiringDays } from './schema.ts'

export type ConnectionsFilter = {
  user_id?: string | undefined
  connector?: string | undefined
  status?: string | undefined
  /** Public id of an agent: what it may use now, and what it used of late. */
  agent_id?: string | undefined
  attention?: 'dormant' | 'expiring' | 'over_granted' | undefined
}
export type ConnectionsOrder = 'newest' | 'oldest' | 'unused_longest' | 'used_last'

/** Where the next page goes on: when the last account was used, in milliseconds, and its internal id. */
export type ConnectionsCursor = { used: number; id: string }

const used = Prisma.sql`a.used_at`

export const dormantSql = Prisma.sql`a.status = 'active' AND ${used} < now() - make_interval(days => ${dormantDays}::int)`

/**
 * Accounts whose consent ends soon by itself. Found from the consents, of which an index has those that end soon: looked for
 * account by account, few among very many would take a look at all of them.
 */
export const expiringSql = (tenant: Tenant) => {
  const ending = Prisma.sql`c.org_id = ${tenant.orgId}::uuid AND c.expires_at > now()
    AND c.expires_at < now() + make_interval(days => ${expiringDays}::int)`
  return Prisma.sql`a.status IN ('active', 'paused')
    AND a.id = ANY (ARRAY(SELECT c.account_id FROM connections c WHERE ${ending}))
    AND EXISTS (SELECT 1 FROM connections c WHERE ${ending} AND c.id = a.current_connection_id)`
}

async function byAgentIn(
  tx: Tx,
  tenant: Tenant,
  { agent_id, user_id }: ConnectionsFilter,
  needed: 'page' | 'all',
) {
  if (agent_id === undefined) return null
  const agent = parseId('agent', agent_id)
  return agent === null ? Prisma.sql`false` : reachedIn(tx, tenant, agent, needed, user_id !== undefined)
}

/** What must be true of an account `a` for a filter. @param needed whether a page of them is enough */
export async function matchingIn(
  tx: Tx,
  tenant: Tenant,
  filter: ConnectionsFilter,
  rules: ScopeRules,
  needed: 'page' | 'all' = 'all',
): Promise<Prisma.Sql> {
  const among = filter.attention === 'over_granted' ? (await overGrantedIn(tx, tenant, rules)).ids : null
  return all([
    Prisma.sql`a.org_id = ${tenant.orgId}::uuid AND a.deleted_at IS NULL`,
    filter.user_id !== undefined &&
      Prisma.sql`a.user_id = (SELECT u.id FROM end_users u WHERE u.org_id = ${tenant.orgId}::uuid
        AND u.external_id = ${filter.user_id} AND u.deleted_at IS NULL)`,
    filter.connector !== undefined && Prisma.sql`a.connector = ${filter.connector}`,
    filter.status !== undefined && Prisma.sql`a.status = ${filter.status}`,
    await byAgentIn(tx, tenant, filter, needed),
    filter.attention === 'dormant' && dormantSql,
    filter.attention === 'expiring' && expiringSql(tenant),
    among !== null && Prisma.sql`a.id = ANY (${among}::uuid[])`,
  ])
}

const orders: Record<ConnectionsOrder, Prisma.Sql> = {
  newest: Prisma.sql`a.id DESC`,
  oldest: Prisma.sql`a.id ASC`,
  unused_longest: Prisma.sql`${used} ASC, a.id ASC`,
  used_last: Prisma.sql`${used} DESC, a.id DESC`,
}

function after(order: ConnectionsOrder, cursor: ConnectionsCursor | null): Prisma.Sql | null {
  if (cursor === null) return null
  const at = Prisma.sql`(${new Date(cursor.used)}::timestamptz, ${cursor.id}::uuid)`
  switch (order) {
    case 'newest':
      return Prisma.sql`a.id < ${cursor.id}::uuid`
    case 'oldest':
      return Prisma.sql`a.id > ${cursor.id}::uuid`
    case 'unused_longest':
      return Prisma.sql`(${used}, a.id) > ${at}`
    case 'used_last':
      return Prisma.sql`(${used}, a.id) < ${at}`
  }
}

/** A page of the accounts that match, by their internal ids and in this order. */
export const listConnectionIds = (
  tenant: Tenant,
  filter: ConnectionsFilter,
  order: ConnectionsOrder,
  cursor: ConnectionsCursor | null,
  most: number,
  rules: ScopeRules,
): Promise<ConnectionsCursor[]> =>
  forOrg(tenant, async (tx) => {
    const where = all([await matchingIn(tx, tenant, filter, rules, 'page'), after(order, cursor)])
    const rows = await tx.$queryRaw<{ id: string; used: Date }[]>`
      SELECT a.id, ${used} AS used FROM connected_accounts a WHERE ${where} ORDER BY ${orders[order]} LIMIT ${most}`
    return rows.map((row) => ({ id: row.id, used: row.used.getTime() }))
  })

/** How many accounts match, counted no further than `most`. */
export const countConnections = (
  tenant: Tenant,
  filter: ConnectionsFilter,
  most: number,
  rules: ScopeRules,
): Promise<Count> =>
  forOrg(tenant, async (tx) => {
    const where = await matchingIn(tx, tenant, filter, rules)
    return countIn(tx, Prisma.sql`SELECT 1 FROM connected_accounts a WHERE ${where}`, most)
  })
