import type { Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import type { Outcome } from './event.ts'

/** An event as it is told to the person whose account it was about. */
export type Recent = {
  id: string
  occurred_at: Date
  action: string
  outcome: Outcome
  actor: { type: string; id: string }
  agent_id: string | null
  connected_account_id: string
  tool_name: string | null
  details: Readonly<Record<string, unknown>>
}

/** The newest events of each of some accounts, newest first: one look into the index per account. */
export const recentOfAccountsIn = (
  tx: Tx,
  tenant: Tenant,
  accountIds: readonly string[],
  actions: readonly string[],
  most: number,
): Promise<Recent[]> => tx.$queryRaw`
  SELECT e.id, e.occurred_at, e.action, e.outcome, e.actor, e.agent_id, e.connected_account_id, e.tool_name, e.details
  FROM unnest(${[...accountIds]}::text[]) AS a (id) CROSS JOIN LATERAL (
    SELECT * FROM audit_events r WHERE r.org_id = ${tenant.orgId}::uuid AND r.connected_account_id = a.id
      AND r.action = ANY (${[...actions]}::text[]) ORDER BY r.sequence DESC LIMIT ${most}) e
  ORDER BY e.sequence DESC`
