import { appendAudit } from '#lib/audit'
import { fileSecondsMax } from '#lib/connector-kit'
import { forOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Decision, Tenant } from '#lib/proof'

const abandonedAfterSeconds = 120
/** A call that moves a file may take that much longer. */
const abandonedFileAfterSeconds = fileSecondsMax + 90
const batch = 100

/**
 * Closes the intents that no process will close any more, after a crash or when a completion could not be written:
 * what became of such a call is `unknown`, and the audit says so. Inputs past their retention are forgotten.
 * @returns how many were closed
 */
export const sweepExecutions = (tenant: Tenant): Promise<number> =>
  forOrg(
    tenant,
    async (tx) => {
      await tx.$executeRaw`UPDATE executions SET sealed_input = NULL, sealed_facts = NULL
        WHERE org_id = ${tenant.orgId}::uuid AND input_expires_at <= now()
          AND (sealed_input IS NOT NULL OR sealed_facts IS NOT NULL)`
      await tx.$executeRaw`DELETE FROM denied_calls WHERE org_id = ${tenant.orgId}::uuid AND expires_at <= now()`
      await tx.$executeRaw`DELETE FROM idempotency_keys WHERE org_id = ${tenant.orgId}::uuid AND expires_at <= now()`
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
          details: { execution_id: publicId('execution', id), effect: row.effect },
        })
      }
      return abandoned.length
    },
    30_000,
  )
