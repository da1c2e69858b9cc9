import { Prisma, type Tx } from '#lib/db'
import { emitAll } from '#lib/events'
import { newId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { cancelSessionsIn } from '../flow/cancel-sessions.ts'

/** Which accounts of an org; nothing given means all of them. Internal ids. `among` narrows to accounts that were picked. */
export type Which = {
  userId?: string
  connector?: string
  authConfigId?: string
  status?: string
  among?: readonly string[]
}

/** An account that was stopped, with the debt to its provider where it had a credential. */
export type Stopped = { accountId: string; owedId: string | null }

const matching = (table: Prisma.Sql, { connector, authConfigId }: Which): Prisma.Sql => Prisma.sql`
  ${connector === undefined ? Prisma.empty : Prisma.sql`AND ${table}.connector = ${connector}`}
  ${authConfigId === undefined ? Prisma.empty : Prisma.sql`AND ${table}.auth_config_id = ${authConfigId}::uuid`}`
/** What only an account has: nothing that is on its way to become one matches it. */
const ofState = (table: Prisma.Sql, { status, among }: Which): Prisma.Sql => Prisma.sql`
  ${status === undefined ? Prisma.empty : Prisma.sql`AND ${table}.status = ${status}`}
  ${among === undefined ? Prisma.empty : Prisma.sql`AND ${table}.id = ANY(${[...among]}::uuid[])`}`
const ofUser = (table: Prisma.Sql, { userId }: Which): Prisma.Sql =>
  userId === undefined ? Prisma.empty : Prisma.sql`AND ${table}.user_id = ${userId}::uuid`

/**
 * Stops all accounts that match, in the caller's transaction: from its commit on no call gets a credential of theirs,
 * and what they owe to their providers is written down. A handful of statements, however many accounts there are.
 * @param sessions which invitations end: those under way to what is stopped, or all of the user or org
 */
export async function stopManyIn(
  tx: Tx,
  tenant: Tenant,
  which: Which,
  reason: string,
  sessions: 'under_way' | 'all',
): Promise<Stopped[]> {
  const org = Prisma.sql`${tenant.orgId}::uuid`
  // Sessions first, as a confirmation does: one that is just making an account is waited for, and its account stopped.
  await cancelSessionsIn(
    tx,
    tenant,
    sessions === 'all'
      ? Prisma.sql`true ${ofUser(Prisma.sql`s`, which)}`
      : Prisma.sql`true ${ofUser(Prisma.sql`s`, which)} AND (
          EXISTS (SELECT FROM connected_accounts a WHERE a.org_id = s.org_id AND a.id = s.connected_account_id
            ${matching(Prisma.sql`a`, which)} ${ofState(Prisma.sql`a`, which)})
          OR ${which.among === undefined && which.status === undefined} AND EXISTS (SELECT FROM connect_attempts t WHERE t.org_id = s.org_id
            AND t.session_id = s.id AND t.status IN ('started', 'answered') ${matching(Prisma.sql`t`, which)}))`,
    'account_revoked',
  )
  const stopped = await tx.$queryRaw<{ id: string; connector: string; user_id: string }[]>`
    UPDATE connected_accounts a SET status = 'revoked', status_reason = ${reason}, updated_at = now()
    FROM end_users u
    WHERE a.org_id = ${org} AND u.org_id = a.org_id AND u.id = a.user_id AND a.status <> 'revoked'
      ${matching(Prisma.sql`a`, which)} ${ofState(Prisma.sql`a`, which)} ${ofUser(Prisma.sql`a`, which)}
    RETURNING a.id, a.connector, u.external_id AS user_id`
  if (stopped.length === 0) return []
  const accounts = stopped.map(({ id }) => id)
  const owed = await tx.$queryRaw<{ id: string; account_id: string }[]>`
    INSERT INTO upstream_revocations (org_id, id, account_id, connection_id, connector, auth_config_org_id,
      auth_config_id, generation, key_version, sealed, status)
    SELECT c.org_id, n.id, c.account_id, c.connection_id, a.connector, a.auth_config_org_id, a.auth_config_id,
      c.generation, c.key_version, c.sealed, 'pending'
    FROM unnest(${accounts.map(() => newId())}::uuid[], ${accounts}::uuid[]) AS n (id, account_id)
    JOIN credentials c ON c.org_id = ${org} AND c.account_id = n.account_id
    JOIN connected_accounts a ON a.org_id = c.org_id AND a.id = c.account_id
    RETURNING id, account_id`
  // Their keys stay until each is settled: the provider has still to be told.
  await tx.$executeRaw`DELETE FROM credentials WHERE org_id = ${org} AND account_id = ANY(${accounts}::uuid[])`
  await emitAll(
    tx,
    tenant,
    'connected_account.revoked',
    stopped.map(({ id, connector, user_id }) => ({
      connected_account_id: publicId('connected_account', id),
      user_id,
      connector,
      reason,
    })),
  )
  const debts = new Map(owed.map(({ id, account_id }) => [account_id, id]))
  return accounts.map((accountId) => ({ accountId, owedId: debts.get(accountId) ?? null }))
}
