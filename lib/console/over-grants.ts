import type { Connector } from '#lib/connector-kit'
import { Prisma, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { dormantDays } from './schema.ts'

/** What is known of a connector's scopes: those that serve signing in, and which others each carries. */
export type ScopeRules = Readonly<
  Record<string, { base: readonly string[]; implies: Readonly<Record<string, readonly string[]>> }>
>

export const scopeRulesOf = (
  connectors: Readonly<Record<string, Pick<Connector, 'id' | 'auth' | 'implies'>>>,
): ScopeRules =>
  Object.fromEntries(
    Object.values(connectors).map(({ id, auth, implies }) => [id, { base: auth.baseScopes, implies }]),
  )

/** Accounts that are looked at, those connected last: enough to say that there are such, in a time that does not grow. */
const lookedAt = 500

export type Granted = { connector: string; granted: readonly string[]; used: readonly string[] }

/** Everything that a scope carries, itself among it. */
function carried(scope: string, implies: Readonly<Record<string, readonly string[]>>, into: Set<string>) {
  if (into.has(scope)) return
  into.add(scope)
  for (const one of (Object.hasOwn(implies, scope) && implies[scope]) || []) carried(one, implies, into)
}

/** The granted scopes that no call needed: neither themselves nor anything that they carry. */
export function unusedScopes({ connector, granted, used }: Granted, rules: ScopeRules): string[] {
  const { base, implies } = (Object.hasOwn(rules, connector) && rules[connector]) || { base: [], implies: {} }
  return granted.filter((scope) => {
    if (base.includes(scope)) return false
    const all = new Set<string>()
    carried(scope, implies, all)
    return !used.some((one) => all.has(one))
  })
}

type Row = { id: string; connector: string; granted: string[]; used: string[] }

/**
 * Active accounts that were called in the last 90 days and may be used for more than those calls needed, under a consent
 * that is older than that. Those that were not called at all are dormant, which is another matter.
 * @returns their internal ids; `more` when there may be others beyond those that were looked at
 */
export async function overGrantedIn(
  tx: Tx,
  tenant: Tenant,
  rules: ScopeRules,
  only: string | null = null,
): Promise<{ ids: string[]; more: boolean }> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT a.id, a.connector, c.scopes_granted AS granted, ARRAY(
      SELECT DISTINCT scope FROM (
        SELECT e.scopes_required FROM executions e
        WHERE e.org_id = a.org_id AND e.account_id = a.id
          AND e.created_at > now() - make_interval(days => ${dormantDays}::int)
        ORDER BY e.id DESC LIMIT 200) lately, unnest(lately.scopes_required) AS scope) AS used
    FROM (SELECT * FROM connected_accounts o
      WHERE o.org_id = ${tenant.orgId}::uuid AND o.deleted_at IS NULL AND o.status = 'active'
        ${only === null ? Prisma.empty : Prisma.sql`AND o.id = ${only}::uuid`}
      ORDER BY o.id DESC LIMIT ${lookedAt}) a
    JOIN connections c ON c.org_id = a.org_id AND c.id = a.current_connection_id
    WHERE c.consented_at < now() - make_interval(days => ${dormantDays}::int)
      AND a.last_used_at > now() - make_interval(days => ${dormantDays}::int)`
  const over = rows.filter((row) => unusedScopes(row, rules).length > 0)
  return { ids: over.map(({ id }) => id), more: rows.length >= lookedAt }
}
