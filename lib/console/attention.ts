import { forOrg, Prisma, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { dormantSql, expiringSql } from './accounts.ts'
import { countIn } from './counted.ts'
import { overGrantedIn, type ScopeRules } from './over-grants.ts'
import { type Count, expiringDays, refusedDays } from './schema.ts'
import { type UnusualAgent, unusualAgentsIn } from './unusual-agents.ts'

/** What may need somebody, each counted no further than a person cares. */
export type Attention = {
  needs_reauth: Count
  dormant: Count
  over_granted: Count
  expiring_consents: Count
  expiring_keys: Count
  expiring_credentials: Count
  refused_calls: Count
  pending_approvals: Count
  pending_requests: Count
  pending_revocations: Count
  /** Connectors with many failed calls of late, the worst first. */
  failing: { connector: string; failed: number }[]
  /** Agents that were refused often, or deleted much, of late. */
  unusual: UnusualAgent[]
}

/** Failed calls in 24 hours from which on a connector is said to fail, and how many of the last are looked at. */
const failingFrom = 5
const failedLookedAt = 1000

const failingIn = (tx: Tx, tenant: Tenant): Promise<Attention['failing']> =>
  tx.$queryRaw`
    SELECT split_part(tool_name, '.', 1) AS connector, count(*)::int AS failed
    FROM (SELECT tool_name, created_at FROM executions WHERE org_id = ${tenant.orgId}::uuid AND status = 'failed'
      ORDER BY id DESC LIMIT ${failedLookedAt}) lately
    WHERE created_at > now() - interval '24 hours'
    GROUP BY 1 HAVING count(*) >= ${failingFrom}::int ORDER BY 2 DESC, 1 LIMIT 5`

const soon = Prisma.sql`BETWEEN now() AND now() + make_interval(days => ${expiringDays}::int)`

/** Looks once over an org. Every count is one look into an index, and ends where more would tell nothing. */
export const attentionOf = (tenant: Tenant, rules: ScopeRules): Promise<Attention> =>
  forOrg(tenant, async (tx) => {
    const org = Prisma.sql`${tenant.orgId}::uuid`
    const accounts = (where: Prisma.Sql) =>
      countIn(
        tx,
        Prisma.sql`SELECT 1 FROM connected_accounts a WHERE a.org_id = ${org} AND a.deleted_at IS NULL AND ${where}`,
      )
    const over = await overGrantedIn(tx, tenant, rules)
    return {
      needs_reauth: await accounts(Prisma.sql`a.status = 'needs_reauth'`),
      dormant: await accounts(dormantSql),
      over_granted: { count: over.ids.length, more: over.more && over.ids.length > 0 },
      expiring_consents: await accounts(expiringSql(tenant)),
      expiring_keys: await countIn(
        tx,
        Prisma.sql`SELECT 1 FROM api_keys WHERE org_id = ${org} AND revoked_at IS NULL AND expires_at ${soon}`,
      ),
      expiring_credentials: await countIn(
        tx,
        Prisma.sql`SELECT 1 FROM agent_credentials WHERE org_id = ${org} AND revoked_at IS NULL AND expires_at ${soon}`,
      ),
      refused_calls: await countIn(
        tx,
        Prisma.sql`SELECT 1 FROM audit_events WHERE org_id = ${org} AND action = 'tool.executed'
          AND outcome = 'denied' AND occurred_at > now() - make_interval(days => ${refusedDays}::int)`,
      ),
      pending_approvals: await countIn(
        tx,
        Prisma.sql`SELECT 1 FROM approvals WHERE org_id = ${org} AND status = 'pending' AND expires_at > now()`,
      ),
      pending_requests: await countIn(
        tx,
        Prisma.sql`SELECT 1 FROM connection_requests WHERE org_id = ${org} AND status = 'pending'
          AND expires_at > now()`,
      ),
      pending_revocations: await countIn(
        tx,
        Prisma.sql`SELECT 1 FROM revocation_requests WHERE org_id = ${org} AND status = 'pending'
          AND expires_at > now()`,
      ),
      failing: await failingIn(tx, tenant),
      unusual: await unusualAgentsIn(tx, tenant),
    }
  })
