import { forOrg, Prisma, type Tx } from '#lib/db'
import { leastIdAt, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { type ConnectionsFilter, matchingIn } from './accounts.ts'
import { all } from './counted.ts'
import type { ScopeRules } from './over-grants.ts'
import { type Count, countMost } from './schema.ts'
import { shownSql } from './shown.ts'

/** What a revocation is chosen by: as the list of connections, or the accounts themselves, by their internal ids. */
export type RevocableFilter = ConnectionsFilter & { ids?: readonly string[] | undefined }

/** What a revocation would end, and what it would be missed by. */
export type RevocationImpact = {
  accounts: number
  people: number
  connectors: { connector: string; accounts: number }[]
  /** Calls through these accounts in the last 7 days. */
  calls: Count
  /** Public ids of the agents that made those; of the calls that were counted. */
  agents: string[]
  /** Whether the product itself called. */
  product: boolean
  /** Calls that wait for people to approve them. */
  waiting: number
  /** Which accounts these are, in a few characters: `shownOf` their ids. */
  shown: string
}

/** A select of the accounts that match and are not revoked yet. */
async function revocableIn(
  tx: Tx,
  tenant: Tenant,
  { ids, ...filter }: RevocableFilter,
  rules: ScopeRules,
): Promise<Prisma.Sql> {
  const where = all([
    await matchingIn(tx, tenant, filter, rules),
    Prisma.sql`a.status <> 'revoked'`,
    ids !== undefined && Prisma.sql`a.id = ANY (${[...ids]}::uuid[])`,
  ])
  return Prisma.sql`SELECT a.id, a.user_id, a.connector FROM connected_accounts a WHERE ${where}`
}

const weekMs = 7 * 86_400_000

/** What revoking all accounts that match would reach, at this moment. */
export const revocationImpact = (
  tenant: Tenant,
  filter: RevocableFilter,
  rules: ScopeRules,
): Promise<RevocationImpact> =>
  forOrg(tenant, async (tx) => {
    const org = Prisma.sql`${tenant.orgId}::uuid`
    const hit = await revocableIn(tx, tenant, filter, rules)
    const connectors = await tx.$queryRaw<RevocationImpact['connectors']>`
      SELECT connector, count(*)::int AS accounts FROM (${hit}) AS hit GROUP BY 1 ORDER BY 2 DESC, 1`
    const [people] = await tx.$queryRaw<{ count: number }[]>`
      SELECT count(DISTINCT user_id)::int AS count FROM (${hit}) AS hit`
    const [seen] = await tx.$queryRaw<{ shown: string }[]>`${shownSql(hit)}`
    const callers = await tx.$queryRaw<{ agent_id: string | null; calls: number }[]>`
      SELECT agent_id, count(*)::int AS calls FROM (
        SELECT e.agent_id FROM executions e JOIN (${hit}) AS hit ON hit.id = e.account_id
        WHERE e.org_id = ${org} AND e.id >= ${leastIdAt(new Date(Date.now() - weekMs))}::uuid
        LIMIT ${countMost + 1}) AS lately
      GROUP BY 1 ORDER BY 2 DESC`
    const [waiting] = await tx.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM approvals w JOIN (${hit}) AS hit ON hit.id = w.account_id
      WHERE w.org_id = ${org} AND w.status = 'pending' AND w.expires_at > now()`
    const calls = callers.reduce((sum, one) => sum + one.calls, 0)
    return {
      accounts: connectors.reduce((sum, one) => sum + one.accounts, 0),
      people: people?.count ?? 0,
      connectors,
      calls: { count: Math.min(calls, countMost), more: calls > countMost },
      agents: callers.flatMap(({ agent_id }) => (agent_id === null ? [] : [publicId('agent', agent_id)])),
      product: callers.some(({ agent_id }) => agent_id === null),
      waiting: waiting?.count ?? 0,
      shown: seen?.shown ?? '',
    }
  })

/** The accounts that a filter reaches whose words SQL alone does not have; internal ids. */
export const revocableIds = (tenant: Tenant, filter: RevocableFilter, rules: ScopeRules): Promise<string[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.$queryRaw<{ id: string }[]>`${await revocableIn(tx, tenant, filter, rules)}`
    return rows.map(({ id }) => id)
  })
