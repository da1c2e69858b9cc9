import { appendAudit } from '#lib/audit'
import { fileSecondsMax } from '#lib/connector-kit'
import { forOrg, type Tx } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Decision, Tenant } from '#lib/proof'

const abandonedAfterSeconds = 120
/** A call that moves a file may take that much longer. */
const abandonedFileAfterSeconds = fileSecondsMax + 90
const batch = 100
/** Rows that are forgotten in one transaction: after a standstill there may be very many. */
const forgetMost = 2_000

/** What is kept of calls for a time only; each forgets some of what is past it. @returns how many rows */
const forgetting: readonly ((tx: Tx, tenant: Tenant) => Promise<number>)[] = [
  (tx, { orgId }) => tx.$executeRaw`UPDATE executions SET sealed_input = NULL, sealed_facts = NULL
    WHERE org_id = ${orgId}::uuid AND id IN (SELECT id FROM executions WHERE org_id = ${orgId}::uuid
      AND input_expires_at <= now() AND sealed_input IS NOT NULL LIMIT ${forgetMost} FOR UPDATE SKIP LOCKED)`,
  (tx, { orgId }) => tx.$executeRaw`DELETE FROM denied_calls WHERE org_id = ${orgId}::uuid
    AND id IN (SELECT id FROM denied_calls WHERE org_id = ${orgId}::uuid AND expires_at <= now() LIMIT ${forgetMost})`,
  (tx, { orgId }) => tx.$executeRaw`DELETE FROM idempotency_keys k USING (
      SELECT caller, route, key FROM idempotency_keys WHERE org_id = ${orgId}::uuid AND expires_at <= now()
      LIMIT ${forgetMost} FOR UPDATE SKIP LOCKED) AS past
    WHERE k.org_id = ${orgId}::uuid AND k.caller = past.caller AND k.route = past.route AND k.key = past.key`,
]

/**
 * Closes the intents that no process will close any more, after a crash or when a completion could not be written:
 * what became of such a call is `unknown`, and the audit says so. Inputs past their retention are forgotten.
 * @returns how many were closed
 */
export async function sweepExecutions(tenant: Tenant): Promise<number> {
  const closed = await closeAbandoned(tenant)
  for (const forget of forgetting) while ((await forOrg(tenant, (tx) => forget(tx, tenant))) === forgetMost);
  return closed
}

const closeAbandoned = (tenant: Tenant): Promise<number> =>
  forOrg(
    tenant,
    async (tx) => {
      const abandoned = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM executions WHERE org_id = ${tenant.orgId}::uuid AND status = 'running'
        AND created_at < now() - make_interval(secs =>
          CASE WHEN file IS NULL THEN ${abandonedAfterSeconds}::int ELSE ${abandonedFileAfterSeconds}::int END)
      ORDER BY created_at LIMIT ${batch} FOR UPDATE SKIP LOCKED`
      for (const { id } of abandoned) {
        const row = await tx.executions.update({
          where: { org_id_id: { org_id: tenant.orgId, id } },
          data: { status: 'unknown', error_code: 'abandoned', finished_at: new Date() },
        })
        const user = await tx.end_users.findUnique({
          where: { org_id_id: { org_id: tenant.orgId, id: row.user_id } },
        })
        const { engine, decision, policy_ids } = row.decision as {
          engine: string
          decision: 'allow'
          policy_ids: string[]
        }
        const policy: Decision = { engine, decision, policyIds: policy_ids }
        await appendAudit(tx, tenant, {
          action: 'tool.executed',
          outcome: 'unknown',
          actor: { type: row.actor_type, id: row.actor_id },
          agent_id: row.agent_id && publicId('agent', row.agent_id),
          user_id: user?.external_id ?? null,
          connected_account_id: publicId('connected_account', row.account_id),
          connection_id: publicId('connection', row.connection_id),
          tool_name: row.tool_name,
          scopes_required: row.scopes_required,
          scopes_granted: row.scopes_granted,
          policy,
          params_hmac: row.params_hmac,
          error_code: 'abandoned',
          trace_id: row.trace_id,
          ip: row.ip,
          user_agent: row.user_agent,
          details: {
            execution_id: publicId('execution', id),
            effect: row.effect,
            ...(row.actors.length > 0 && { actors: row.actors }),
          },
        })
      }
      return abandoned.length
    },
    30_000,
  )
