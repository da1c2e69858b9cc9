import { appendAudit, type Origin, originFields } from '#lib/audit'
import { forOrg, Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { emitAll } from '#lib/events'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { agentGrantIn } from './read.ts'
import type { AgentGrantView } from './schema.ts'

type Actor = { type: string; id: string }
type By = { actor: Actor; reason: string; origin: Origin | null }
type Ended = { id: string; agent_id: string; user_id: string }

/** Of so many that end together, each is an event of the audit; of more, one event says how many. */
const eachMost = 50

/** Says of consents that they ended, in the transaction in which they did. */
async function recordIn(tx: Tx, tenant: Tenant, ended: readonly Ended[], by: By): Promise<void> {
  if (ended.length === 0) return
  const { actor, reason } = by
  const rows = ended.map((row) => ({
    agent_grant_id: publicId('agent_grant', row.id),
    agent_id: publicId('agent', row.agent_id),
    user_id: row.user_id,
  }))
  const common = { outcome: 'allowed', actor, ...(by.origin && originFields(by.origin)) } as const
  if (rows.length > eachMost) {
    const details = { grants: rows.length, reason }
    await appendAudit(tx, tenant, { action: 'agent_grants.revoked', ...common, details })
  } else {
    for (const { agent_grant_id, ...who } of rows) {
      const details = { agent_grant_id, reason }
      await appendAudit(tx, tenant, { action: 'agent_grant.revoked', ...common, ...who, details })
    }
  }
  await emitAll(
    tx,
    tenant,
    'agent_grant.revoked',
    rows.map((row) => ({ ...row, reason })),
  )
}

const endIn = (tx: Tx, tenant: Tenant, which: Prisma.Sql, actor: Actor): Promise<Ended[]> =>
  tx.$queryRaw<Ended[]>`
    UPDATE agent_grants g SET revoked_at = now(), revoked_by = ${JSON.stringify(actor)}::jsonb
    FROM end_users u WHERE g.org_id = ${tenant.orgId}::uuid AND g.revoked_at IS NULL
      AND (g.expires_at IS NULL OR g.expires_at > now()) AND ${which}
      AND u.org_id = g.org_id AND u.id = g.user_id
    RETURNING g.id, g.agent_id, u.external_id AS user_id`

/** Takes back all that a person let clients do; without one, all that an org's people did. */
export async function endGrantsIn(tx: Tx, tenant: Tenant, userId: string | null, by: By): Promise<void> {
  const which = userId === null ? Prisma.sql`true` : Prisma.sql`g.user_id = ${userId}::uuid`
  await recordIn(tx, tenant, await endIn(tx, tenant, which, by.actor), by)
}

/**
 * Takes accounts that were ended out of every consent to a client, for good: connected anew, they are let in anew. A
 * consent of which no account is left ends.
 */
export async function dropFromGrantsIn(
  tx: Tx,
  tenant: Tenant,
  accountIds: readonly string[],
  by: By,
): Promise<void> {
  if (accountIds.length === 0) return
  const touched = await tx.$queryRaw<{ id: string; none: boolean }[]>`
    UPDATE agent_grants SET ended_account_ids = ARRAY(SELECT unnest(ended_account_ids)
      UNION SELECT unnest(account_ids) INTERSECT SELECT unnest(${[...accountIds]}::uuid[]))
    WHERE org_id = ${tenant.orgId}::uuid AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > now()) AND account_ids && ${[...accountIds]}::uuid[]
    RETURNING id, account_ids <@ ended_account_ids AS none`
  const over = touched.filter(({ none }) => none).map(({ id }) => id)
  if (over.length === 0) return
  await recordIn(tx, tenant, await endIn(tx, tenant, Prisma.sql`g.id = ANY(${over}::uuid[])`, by.actor), by)
}

/**
 * Takes a consent back: from the commit on, live tokens under it are good for nothing.
 * @param owner whose it must be; `null` for anybody's
 * @throws AppError `not_found`
 */
export async function revokeOneGrant(
  tenant: Tenant,
  id: string,
  owner: string | null,
  by: By,
): Promise<AgentGrantView> {
  return forOrg(tenant, async (tx) => {
    const found = await tx.agent_grants.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
    if (!found || (owner !== null && found.user_id !== owner)) throw new AppError('not_found')
    const ended = await endIn(tx, tenant, Prisma.sql`g.id = ${id}::uuid`, by.actor)
    await recordIn(tx, tenant, ended, by)
    return agentGrantIn(tx, tenant, id)
  })
}

/** As an admin or the product does. Done again it changes nothing. @throws AppError `not_found` */
export const revokeAgentGrant = (
  tenant: Tenant,
  caller: Caller,
  id: string,
  origin: Origin,
): Promise<AgentGrantView> =>
  revokeOneGrant(tenant, id, null, { actor: actorOf(caller), reason: 'revoked', origin })
