import { forOrg, Prisma, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { all } from '../counted.ts'
import { leastIdAt } from '../stop-proof.ts'
import type { UsageRange } from './range.ts'
import type { UsageFilter } from './source.ts'

/** How far the connect sessions came that were started in a time; each is in the places before as well. */
export type ConsentFunnel = {
  started: number
  /** Somebody opened the link. */
  opened: number
  /** They agreed, and went on to the provider. */
  agreed: number
  connected: number
  /** How those ended that did not connect. */
  declined: number
  failed: number
  cancelled: number
  expired: number
  /** Still open, or waiting for the host. */
  going: number
}

export type ScopeAcceptance = {
  connector: string
  scope: string
  /** Consents in which it was asked for. */
  asked: number
  granted: number
  /** By the person, on our page. */
  refused: number
}

const within = (alias: string, tenant: Tenant, { since, until }: Pick<UsageRange, 'since' | 'until'>) => {
  const t = Prisma.raw(alias)
  return Prisma.sql`${t}.org_id = ${tenant.orgId}::uuid
    AND ${t}.id >= ${leastIdAt(new Date(since.getTime() - 600_000))}::uuid
    AND ${t}.id < ${leastIdAt(new Date(until.getTime() + 600_000))}::uuid
    AND ${t}.created_at >= ${since}::timestamptz AND ${t}.created_at < ${until}::timestamptz`
}

/** The way of people through the connect flow, and which scopes they gave. */
export const consentUsage = (
  tenant: Tenant,
  range: UsageRange,
  filter: UsageFilter,
): Promise<{ funnel: ConsentFunnel; scopes: ScopeAcceptance[] }> =>
  forOrg(tenant, async (tx) => ({
    funnel: await funnelIn(tx, tenant, range, filter),
    scopes: await scopesIn(tx, tenant, range, filter),
  }))

async function funnelIn(
  tx: Tx,
  tenant: Tenant,
  range: UsageRange,
  { connector }: UsageFilter,
): Promise<ConsentFunnel> {
  const of = connector === undefined ? Prisma.sql`true` : Prisma.sql`a.connector = ${connector}`
  // Who agreed has opened it, also where no tab of ours held the session.
  const [row] = await tx.$queryRaw<ConsentFunnel[]>`
    SELECT count(*)::int AS started,
      (count(*) FILTER (WHERE held OR agreed OR connected OR status = 'declined'))::int AS opened,
      (count(*) FILTER (WHERE agreed OR connected))::int AS agreed,
      (count(*) FILTER (WHERE connected))::int AS connected,
      (count(*) FILTER (WHERE status = 'declined'))::int AS declined,
      (count(*) FILTER (WHERE status = 'failed'))::int AS failed,
      (count(*) FILTER (WHERE status = 'cancelled'))::int AS cancelled,
      (count(*) FILTER (WHERE status = 'expired' OR live AND past))::int AS expired,
      (count(*) FILTER (WHERE live AND NOT past))::int AS going
    FROM (SELECT s.status, s.status = 'completed' AS connected, s.handle_hash IS NOT NULL AS held,
        s.status IN ('open', 'authorizing', 'awaiting_confirmation') AS live, s.expires_at <= now() AS past,
        s.status = 'completed' OR EXISTS (SELECT FROM connect_attempts a WHERE a.org_id = s.org_id AND a.session_id = s.id AND ${of}) AS agreed
      FROM connect_sessions s WHERE ${all([
        within('s', tenant, range),
        Prisma.sql`s.kind = 'connect'`,
        connector !== undefined && Prisma.sql`${connector} = ANY (s.connectors)`,
      ])}) AS told`
  if (!row) throw new Error('a count is one row')
  return row
}

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
      within('c', tenant, range),
      Prisma.sql`c.session_id IS NOT NULL AND c.session_id IS DISTINCT FROM p.session_id`,
      connector !== undefined && Prisma.sql`a.connector = ${connector}`,
    ])} ORDER BY c.id DESC LIMIT ${consentsLookedAt}) AS c
  CROSS JOIN LATERAL (SELECT DISTINCT scope FROM unnest(c.scopes_requested || c.scopes_refused) AS scope) AS asked
  GROUP BY 1, 2 ORDER BY 3 DESC, 4, 1, 2`
