import { Prisma, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { all } from '../counted.ts'
import { type ConsentFunnel, funnelIn } from './funnel.ts'
import { look } from './look.ts'
import type { UsageRange } from './range.ts'
import type { UsageFilter } from './source.ts'
import { madeWithin } from './within.ts'

export type ScopeAcceptance = {
  connector: string
  scope: string
  /** Consents in which it was asked for. */
  asked: number
  granted: number
  /** By the person, on our page. */
  refused: number
}

/** The way of people through the connect flow, and which scopes they gave. */
export const consentUsage = (
  tenant: Tenant,
  range: UsageRange,
  filter: UsageFilter,
): Promise<{ funnel: ConsentFunnel; scopes: ScopeAcceptance[] }> =>
  look(tenant, async (tx) => ({
    funnel: await funnelIn(tx, tenant, range, filter),
    scopes: await scopesIn(tx, tenant, range, filter),
  }))

/** The consents that are looked at for what was granted, the newest of a time: of more a share would be no other. */
export const consentsLookedAt = 5_000

/** Of the consents that people gave; one that was narrowed later counts as it was given. */
const scopesIn = (
  tx: Tx,
  tenant: Tenant,
  range: UsageRange,
  { connector }: UsageFilter,
): Promise<ScopeAcceptance[]> => tx.$queryRaw`
  SELECT c.connector, asked.scope, count(*)::int AS asked,
    (count(*) FILTER (WHERE asked.scope = ANY (c.scopes_granted)))::int AS granted,
    (count(*) FILTER (WHERE asked.scope = ANY (c.scopes_refused) AND asked.scope <> ALL (c.scopes_granted)))::int AS refused
  FROM (SELECT a.connector, c.scopes_requested, c.scopes_refused, c.scopes_granted
    FROM connections c
    JOIN connected_accounts a ON a.org_id = c.org_id AND a.id = c.account_id
    LEFT JOIN connections p ON p.org_id = c.org_id AND p.id = c.previous_connection_id
    WHERE ${all([
      madeWithin('c', tenant, range),
      Prisma.sql`c.session_id IS NOT NULL AND c.session_id IS DISTINCT FROM p.session_id`,
      connector !== undefined && Prisma.sql`a.connector = ${connector}`,
    ])} ORDER BY c.id DESC LIMIT ${consentsLookedAt}) AS c
  CROSS JOIN LATERAL (SELECT DISTINCT scope FROM unnest(c.scopes_requested || c.scopes_refused) AS scope) AS asked
  GROUP BY 1, 2 ORDER BY 3 DESC, 4, 1, 2`
