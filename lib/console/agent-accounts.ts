import { Prisma } from '#lib/db'
import type { Tenant } from '#lib/proof'

/** The last calls of an agent that are looked at for what it used. */
const callsLookedAt = 10_000

/**
 * Whether an account `a` is one that an agent may use now, by the account's consent or by what somebody let it use, or one
 * that it used among its last calls. The broker decides by the same two (lib/broker/facts.ts).
 * @param agent internal id
 */
export const reachedBySql = (tenant: Tenant, agent: string): Prisma.Sql => {
  const org = Prisma.sql`${tenant.orgId}::uuid`
  return Prisma.sql`(a.current_connection_id IN (SELECT g.connection_id FROM connection_grantees g
      WHERE g.org_id = ${org} AND g.agent_id = ${agent}::uuid)
    OR a.id IN (SELECT unnest(g.account_ids) FROM agent_grants g WHERE g.org_id = ${org}
      AND g.agent_id = ${agent}::uuid AND g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > now()))
    OR a.id IN (SELECT account_id FROM (SELECT e.account_id FROM executions e WHERE e.org_id = ${org}
      AND e.agent_id = ${agent}::uuid ORDER BY e.id DESC LIMIT ${callsLookedAt}) AS lately))`
}
