import { forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, newToken, parseId, publicId, sha256 } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { ConnectSession, ConnectSessionInput, SessionStatus } from './schema.ts'

/** An agent that a session invites to consent to, as stored with the session. */
export type SessionAgent = {
  orgId: string
  id: string
  name: string
  owner: string | null
  purpose: string | null
}

type Row = Awaited<ReturnType<Tx['connect_sessions']['findFirstOrThrow']>> & {
  user: { external_id: string; name: string | null; email: string | null }
}

export type Session = Omit<Row, 'agents' | 'scopes' | 'purposes'> & {
  agents: SessionAgent[]
  scopes: Record<string, string[]>
  /** Why each group of permissions is wanted, by risk. */
  purposes: Record<string, string>
}

const model = (row: Row): Session => ({
  ...row,
  agents: row.agents as SessionAgent[],
  scopes: row.scopes as Record<string, string[]>,
  purposes: row.purposes as Record<string, string>,
})

const terminal: readonly string[] = ['completed', 'declined', 'failed', 'expired', 'cancelled']

export function sessionView(tenant: Tenant, session: Session): ConnectSession {
  return {
    id: publicId('connect_session', session.id),
    org_id: tenant.externalId,
    user_id: session.user.external_id,
    kind: session.kind as ConnectSession['kind'],
    status: session.status as SessionStatus,
    status_reason: session.status_reason,
    connectors: session.connectors,
    connected_account_id:
      session.connected_account_id && publicId('connected_account', session.connected_account_id),
    return_url: session.return_url,
    expires_at: session.expires_at.toISOString(),
    created_at: session.created_at.toISOString(),
  }
}

/**
 * The end user by the caller's id, made if new, with what the host now says of them. The groups that an identity provider
 * keeps them in by SCIM stay (migration 0034): they are not the host's to take away.
 * @throws AppError `conflict` for one who was deactivated
 */
export async function upsertUserIn(
  tx: Tx,
  tenant: Tenant,
  externalId: string,
  facts: ConnectSessionInput['user'],
): Promise<string> {
  const [row] = await tx.$queryRaw<{ id: string; deactivated: boolean }[]>`
    INSERT INTO end_users (org_id, id, external_id, email, name, groups)
    VALUES (${tenant.orgId}::uuid, ${newId()}::uuid, ${externalId}, ${facts?.email ?? null}, ${facts?.name ?? null},
      ${facts?.groups ?? []})
    ON CONFLICT (org_id, external_id) WHERE deleted_at IS NULL DO UPDATE SET
      email = coalesce(excluded.email, end_users.email), name = coalesce(excluded.name, end_users.name),
      groups = CASE WHEN ${facts?.groups !== undefined} THEN excluded.groups ELSE end_users.groups END,
      updated_at = now()
    RETURNING id, deactivated_at IS NOT NULL AS deactivated`
  if (!row) throw new Error('end user not written')
  if (row.deactivated) {
    throw new AppError('conflict', {
      detail: 'This user was deactivated. Reactivate them before they connect anything.',
      param: 'user_id',
    })
  }
  return row.id
}

/** The secrets of a new session, told once and stored as digests. */
export type SessionSecrets = { token: string; link: string }

/** Writes a new session. @returns its row and the token and hosted link that open it */
export async function createSessionIn(
  tx: Tx,
  tenant: Tenant,
  input: ConnectSessionInput,
  facts: {
    userId: string
    agents: SessionAgent[]
    accountId: string | null
    createdBy: { type: string; id: string }
  },
): Promise<{ session: Session; secrets: SessionSecrets }> {
  const secrets = { token: newToken('cs'), link: newToken('hl') }
  const row = await tx.connect_sessions.create({
    data: {
      org_id: tenant.orgId,
      id: newId(),
      user_id: facts.userId,
      status: 'open',
      kind: input.kind,
      connectors: [...new Set(input.connectors)],
      scopes: input.scopes,
      connected_account_id: facts.accountId,
      return_url: input.return_url ?? null,
      embed_origins: [...new Set(input.embed_origins)],
      locale: input.locale ?? null,
      agents: facts.agents as Prisma.InputJsonArray,
      purpose: input.purpose ?? null,
      purposes: input.purposes,
      confirmation: input.confirmation,
      token_hash: sha256(secrets.token),
      link_hash: sha256(secrets.link),
      created_by: facts.createdBy,
      expires_at: new Date(Date.now() + input.expires_in_seconds * 1000),
    },
    include: { user: { select: { external_id: true, name: true, email: true } } },
  })
  return { session: model(row), secrets }
}

/** Reads a session, marked expired if its time is over. @throws AppError `not_found` */
export async function getSessionIn(tx: Tx, tenant: Tenant, id: string): Promise<Session> {
  await tx.$executeRaw`UPDATE connect_sessions SET status = 'expired', finished_at = now()
    WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid AND expires_at <= now() AND finished_at IS NULL
      AND status IN ('open', 'authorizing', 'awaiting_confirmation')`
  const row = await tx.connect_sessions.findUnique({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    include: { user: { select: { external_id: true, name: true, email: true } } },
  })
  if (!row) throw new AppError('not_found')
  return model(row)
}

export const getSession = (tenant: Tenant, id: string): Promise<Session> =>
  forOrg(tenant, (tx) => getSessionIn(tx, tenant, id))

/**
 * Refuses a session that is over.
 * @throws AppError `session_used` when it ended in an outcome, `session_expired` when it ran out or was cancelled
 */
export function assertLive(session: Session): void {
  if (!terminal.includes(session.status)) return
  const over = session.status === 'expired' || session.status === 'cancelled'
  throw new AppError(over ? 'session_expired' : 'session_used', {
    detail: over ? 'This link has expired. Ask for a new one.' : 'This link was already used.',
  })
}

/**
 * Moves a session on, if it still is where the caller saw it: of two that race, one wins.
 * @throws AppError `session_used` when another was first
 */
export async function moveSessionIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  from: readonly SessionStatus[],
  to: SessionStatus,
  facts: { reason?: string; accountId?: string } = {},
): Promise<void> {
  const moved = await tx.connect_sessions.updateMany({
    where: { org_id: tenant.orgId, id, status: { in: [...from] }, expires_at: { gt: new Date() } },
    data: {
      status: to,
      ...(facts.reason !== undefined && { status_reason: facts.reason }),
      ...(facts.accountId !== undefined && { connected_account_id: facts.accountId }),
      ...(terminal.includes(to) && { finished_at: new Date() }),
    },
  })
  if (moved.count !== 1) throw new AppError('session_used', { detail: 'This link was already used.' })
}

/** A new handle for the tab that holds the session; an earlier one ends with it. */
export async function rotateHandle(tenant: Tenant, id: string): Promise<string> {
  const handle = newToken('ch')
  await forOrg(tenant, (tx) =>
    tx.connect_sessions.update({
      where: { org_id_id: { org_id: tenant.orgId, id } },
      data: { handle_hash: sha256(handle) },
    }),
  )
  return handle
}

/** The internal id of the account that a session is to renew. @throws AppError `invalid_request` for another user's */
export async function accountToRenewIn(
  tx: Tx,
  tenant: Tenant,
  id: string | null | undefined,
  userId: string,
): Promise<{ id: string; connector: string } | null> {
  if (id === null || id === undefined) return null
  const uuid = parseId('connected_account', id)
  const row =
    uuid &&
    (await tx.connected_accounts.findFirst({
      where: { org_id: tenant.orgId, id: uuid, user_id: userId, deleted_at: null },
    }))
  if (!row) {
    throw new AppError('invalid_request', {
      detail: 'connected_account_id is no account of this user.',
      param: 'connected_account_id',
      errors: [{ path: 'connected_account_id', message: 'is no account of this user' }],
    })
  }
  return { id: row.id, connector: row.connector }
}
