import { readForOrg } from '#lib/db'
import type { CallFacts, Tenant } from '#lib/proof'
import { noUsage } from './facts.ts'
import type { LoadedPolicies } from './loaded.ts'

/** Whose calls are counted: of one actor, with one tool, on one account. Internal ids. */
type Of = { accountId: string; toolName: string; actorId: string }

const count = {
  name: 'policy_usage',
  text: `counted AS (SELECT u.* FROM ctx, LATERAL (
      SELECT count(*) FILTER (WHERE e.created_at > now() - interval '1 hour')::int AS last_hour,
        count(*) FILTER (WHERE e.created_at > now() - interval '1 day')::int AS last_day,
        count(*)::int AS last_week
      FROM executions e WHERE e.org_id = ctx.org AND e.account_id = $2::uuid AND e.tool_name = $3
        AND e.actor_id = $4 AND e.created_at > now() - interval '7 days' AND e.decision ->> 'engine' <> 'builtin'
      ) u) SELECT * FROM counted`,
}

/** How often this was called lately; not looked up where no policy of the org's asks. */
export async function usageFor(
  tenant: Tenant,
  { published }: LoadedPolicies,
  { accountId, toolName, actorId }: Of,
): Promise<CallFacts['usage']> {
  if (!published?.readsUsage) return noUsage
  const [row] = await readForOrg<CallFacts['usage']>(tenant, count, [accountId, toolName, actorId])
  return row ?? noUsage
}
