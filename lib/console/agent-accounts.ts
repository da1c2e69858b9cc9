import { Prisma, type Tx } from '#lib/db'
import { deploymentOrgId } from '#lib/ids'
import type { Tenant } from '#lib/proof'

/** The last calls of an agent that are looked at for what it used. */
const callsLookedAt = 10_000
/**
 * An agent was let into so few accounts that all of them are looked up; of more, each account is asked on the way: for a page,
 * which is full after a few of those, sooner than for what needs all of them or thousands.
 */
const fewMost = { page: 10_000, all: 50_000 }

const orgOf = ({ orgId }: Tenant) => Prisma.sql`${orgId}::uuid`

/** Rows that name the agent. It is the org's own or the deployment's: saying so is what its indexes begin with. */
const naming = (tenant: Tenant, agent: string) => Prisma.sql`g.org_id = ${orgOf(tenant)}
  AND g.agent_org_id IN (${orgOf(tenant)}, ${deploymentOrgId}::uuid) AND g.agent_id = ${agent}::uuid`

const inForce = Prisma.sql`g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > now())`

const lent = (tenant: Tenant, agent: string) => Prisma.sql`
  SELECT l.id FROM agent_grants g CROSS JOIN LATERAL unnest(g.account_ids) AS l (id)
  WHERE ${naming(tenant, agent)} AND ${inForce} AND l.id <> ALL (g.ended_account_ids)`

const used = (tenant: Tenant, agent: string) => Prisma.sql`
  SELECT account_id FROM (SELECT e.account_id FROM executions e WHERE e.org_id = ${orgOf(tenant)}
    AND e.agent_id = ${agent}::uuid ORDER BY e.id DESC LIMIT ${callsLookedAt}) AS lately`

/** What is known of how many accounts an agent reaches, before they are looked for. */
async function extentIn(
  tx: Tx,
  tenant: Tenant,
  agent: string,
  most: number,
): Promise<{ few: boolean; isLent: boolean }> {
  const [row] = await tx.$queryRaw<{ consented: number; lent: number }[]>`
    SELECT (SELECT count(*)::int FROM (SELECT FROM connection_grantees g WHERE ${naming(tenant, agent)}
        LIMIT ${most + 1}) AS naming) AS consented,
      (SELECT count(*)::int FROM (${lent(tenant, agent)} LIMIT ${most + 1}) AS naming) AS lent`
  const { consented, lent: lentTo } = row ?? { consented: 0, lent: 0 }
  return { few: consented + lentTo <= most, isLent: lentTo > 0 }
}

/** The accounts of an agent that reaches few, found from what names it, with one look for each. */
const listed = (tenant: Tenant, agent: string) => Prisma.sql`a.id = ANY (ARRAY(
  SELECT n.id FROM connection_grantees g JOIN connected_accounts n
      ON n.org_id = g.org_id AND n.current_connection_id = g.connection_id AND n.deleted_at IS NULL
    WHERE ${naming(tenant, agent)}
  UNION ALL ${lent(tenant, agent)} UNION ALL ${used(tenant, agent)}))`

/** Whether an account is one of them, asked of each account on the way. */
const asked = (tenant: Tenant, agent: string, isLent: boolean) => Prisma.sql`(
  EXISTS (SELECT FROM connection_grantees g WHERE ${naming(tenant, agent)} AND g.connection_id = a.current_connection_id)
  ${
    isLent
      ? Prisma.sql`OR EXISTS (SELECT FROM agent_grants g WHERE ${naming(tenant, agent)} AND ${inForce}
          AND g.user_id = a.user_id AND a.id = ANY (g.account_ids) AND a.id <> ALL (g.ended_account_ids))`
      : Prisma.empty
  }
  OR a.id IN (${used(tenant, agent)}))`

/**
 * Whether an account `a` is one that an agent may use now, by the account's consent or by what somebody let it use, or one
 * that it used among its last calls. The broker decides by the same two (lib/scopes/account.ts, agent-grants.ts).
 *
 * An agent of few accounts among a million is found from those few, as going through all accounts would end only at the last;
 * an agent that most accounts let in is found on any page of them, where listing all of its accounts would be what takes long.
 * @param agent internal id
 * @param needed whether a page of them is enough
 * @param byUser whether one person's accounts are asked for: those are few whatever the agent reaches
 */
export async function reachedIn(
  tx: Tx,
  tenant: Tenant,
  agent: string,
  needed: keyof typeof fewMost,
  byUser: boolean,
): Promise<Prisma.Sql> {
  const { few, isLent } = await extentIn(tx, tenant, agent, fewMost[needed])
  return few && !byUser ? listed(tenant, agent) : asked(tenant, agent, isLent)
}
