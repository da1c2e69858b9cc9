import type { Prisma, Tx } from '#lib/db'
import { enqueueIn } from '#lib/jobs'
import type { Tenant } from '#lib/proof'

/**
 * Ends the invitations that `which` describes and that are not over. Tokens that have come for them already are given
 * back at once, by a job: no HTTP call belongs in a transaction.
 * @param which a condition on `connect_sessions s`
 */
export async function cancelSessionsIn(
  tx: Tx,
  tenant: Tenant,
  which: Prisma.Sql,
  reason: string,
): Promise<void> {
  const cancelled = await tx.$queryRaw<{ id: string }[]>`
    UPDATE connect_sessions s SET status = 'cancelled', status_reason = ${reason}, finished_at = now()
    WHERE s.org_id = ${tenant.orgId}::uuid AND s.status IN ('open', 'authorizing', 'awaiting_confirmation')
      AND (${which}) RETURNING s.id`
  if (cancelled.length === 0) return
  const ids = cancelled.map(({ id }) => id)
  await tx.$executeRaw`UPDATE connect_attempts SET status = 'discarded'
    WHERE org_id = ${tenant.orgId}::uuid AND session_id = ANY(${ids}::uuid[]) AND status = 'started'`
  await giveBackAnswersIn(tx, tenant)
}

/** Has the tokens of sessions that are over given back, in a moment rather than by the next sweep. */
export const giveBackAnswersIn = (tx: Tx, tenant: Tenant): Promise<void> =>
  enqueueIn(tx, tenant, 'give_back_answers', {}, { key: `give_back_answers:${tenant.orgId}` })
