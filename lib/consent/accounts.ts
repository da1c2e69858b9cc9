import { config } from '#lib/config'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { ConnectedAccount, Connection } from './schema.ts'
import { unverifiedPrefix } from './unverified.ts'

const include = {
  user: { select: { external_id: true } },
  connections: { orderBy: { id: 'desc' as const }, take: 1 },
  credential: { select: { access_expires_at: true, dead_at: true } },
}

const read = (tx: Tx, tenant: Tenant, id: string) =>
  tx.connected_accounts.findUnique({
    where: { org_id_id: { org_id: tenant.orgId, id }, deleted_at: null },
    include,
  })
type Row = NonNullable<Awaited<ReturnType<typeof read>>>

const receiptUrl = (connectionId: string) =>
  `${config().publicUrl}/api/v1/connections/${publicId('connection', connectionId)}/receipt`

const pausedReason = (by: readonly string[]): string =>
  by.length > 1 ? 'paused_by_user_and_admin' : `paused_by_${by[0] ?? 'admin'}`

function view(tenant: Tenant, row: Row): ConnectedAccount {
  const credential = row.credential?.dead_at ? null : row.credential
  const current = row.connections.find((connection) => connection.id === row.current_connection_id)
  return {
    id: publicId('connected_account', row.id),
    org_id: tenant.externalId,
    user_id: row.user.external_id,
    connector: row.connector,
    status: row.status as ConnectedAccount['status'],
    status_reason: row.status === 'paused' ? pausedReason(row.paused_by) : row.status_reason,
    account: { id: row.provider_account_id, label: row.label },
    connection: current
      ? {
          id: publicId('connection', current.id),
          scopes: current.scopes_granted,
          consented_at: current.consented_at.toISOString(),
          consented_by: row.user.external_id,
          receipt_url: receiptUrl(current.id),
          expires_at: current.expires_at?.toISOString() ?? null,
        }
      : null,
    credential_expires_at: credential?.access_expires_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
  }
}

export async function getAccountIn(tx: Tx, tenant: Tenant, id: string): Promise<ConnectedAccount> {
  const row = await read(tx, tenant, id)
  if (!row) throw new AppError('not_found')
  return view(tenant, row)
}

/** @throws AppError `not_found` */
export const getAccount = (tenant: Tenant, id: string): Promise<ConnectedAccount> =>
  forOrg(tenant, (tx) => getAccountIn(tx, tenant, id))

export type AccountFilter = {
  user_id?: string | undefined
  connector?: string | undefined
  status?: string | undefined
  /** Only those among these, by their internal ids. */
  ids?: readonly string[] | undefined
}

/** A page of an org's accounts, newest first; `before` is the internal id of the last one seen. */
export const listAccounts = (
  tenant: Tenant,
  filter: AccountFilter,
  before: string | null,
  most: number,
): Promise<ConnectedAccount[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.connected_accounts.findMany({
      where: {
        org_id: tenant.orgId,
        deleted_at: null,
        ...(before !== null && { id: { lt: before } }),
        ...(filter.user_id !== undefined && { user: { external_id: filter.user_id, deleted_at: null } }),
        ...(filter.ids !== undefined && { AND: { id: { in: [...filter.ids] } } }),
        ...(filter.connector !== undefined && { connector: filter.connector }),
        ...(filter.status !== undefined && { status: filter.status }),
      },
      orderBy: { id: 'desc' },
      take: most,
      include,
    })
    return rows.map((row) => view(tenant, row))
  })

/** Every consent that an account was ever under, oldest first. @throws AppError `not_found` */
export const listConnections = (tenant: Tenant, accountId: string): Promise<Connection[]> =>
  forOrg(tenant, async (tx) => {
    const account = await getAccountIn(tx, tenant, accountId)
    const rows = await tx.connections.findMany({
      where: { org_id: tenant.orgId, account_id: accountId },
      orderBy: { id: 'asc' },
      include: { grantees: true },
    })
    return rows.map((row) => ({
      id: publicId('connection', row.id),
      connected_account_id: account.id,
      scopes: row.scopes_granted,
      scopes_requested: row.scopes_requested,
      scopes_refused: row.scopes_refused,
      grantees: row.grantees.map((grantee) => publicId('agent', grantee.agent_id)),
      purpose: row.purpose,
      locale: row.locale,
      consent_text: row.consent_text,
      consent_hash: row.consent_hash,
      consented_at: row.consented_at.toISOString(),
      consented_by: account.user_id,
      receipt_url: receiptUrl(row.id),
      expires_at: row.expires_at?.toISOString() ?? null,
      resources: row.resources as Connection['resources'],
      previous_connection_id:
        row.previous_connection_id && publicId('connection', row.previous_connection_id),
    }))
  })

/** Who holds an account paused. Each ends only their own pause: an admin's is not the user's to end, nor the reverse. */
export type PausedBy = 'user' | 'admin'

/**
 * Pauses or resumes an account: every call reads the row, so the next one is refused or let through.
 * @throws AppError `not_found`; `conflict` from a state that has no such step, and when it is the other's pause
 */
export async function pauseAccountIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  paused: boolean,
  by: PausedBy,
): Promise<ConnectedAccount> {
  const moved = paused
    ? await tx.$executeRaw`
        UPDATE connected_accounts SET status = 'paused', status_reason = NULL, updated_at = now(),
          paused_by = array_append(array_remove(paused_by, ${by}::text), ${by}::text)
        WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid AND status IN ('active', 'paused')`
    : await tx.$executeRaw`
        UPDATE connected_accounts SET paused_by = array_remove(paused_by, ${by}::text), updated_at = now(),
          status = CASE WHEN paused_by <@ ARRAY[${by}::text] THEN 'active' ELSE status END
        WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid AND status = 'paused'
          AND (paused_by = '{}' OR ${by}::text = ANY (paused_by))`
  const account = await getAccountIn(tx, tenant, id)
  if (moved === 1 || (!paused && account.status === 'active')) return account
  const others = { user: 'an administrator paused it', admin: 'its user paused it, and only they resume it' }
  throw new AppError('conflict', {
    detail:
      account.status === 'paused'
        ? `This account cannot be resumed: ${others[by]}.`
        : `An account that is ${account.status} cannot be ${paused ? 'paused' : 'resumed'}.`,
  })
}

/** Takes an account out of use. @returns whether it was in use before */
export async function stopAccountIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  status: 'revoked' | 'needs_reauth',
  reason: string,
): Promise<boolean> {
  const from =
    status === 'revoked'
      ? ['active', 'paused', 'needs_reauth', 'unverified']
      : ['active', 'paused', 'unverified']
  const stopped = await tx.$executeRaw`
    UPDATE connected_accounts SET status = ${status}, status_reason = ${reason}, updated_at = now(),
      was_paused = status = 'paused'
    WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid AND status = ANY(${from})`
  return stopped === 1
}

/** Puts an account back into use that needed its user for a reason that turned out to be none. @returns whether it did */
export async function resumeAccountIn(tx: Tx, tenant: Tenant, id: string, reason: string): Promise<boolean> {
  // One that nobody has verified is not put in use by a renewal that came through, and an admin's pause stays.
  const resumed = await tx.$executeRaw`
    UPDATE connected_accounts SET status_reason = NULL, updated_at = now(),
      status = CASE WHEN was_paused THEN 'paused' WHEN provider_account_id LIKE ${`${unverifiedPrefix}%`} THEN 'unverified' ELSE 'active' END
    WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid AND status = 'needs_reauth'
      AND status_reason = ${reason}`
  return resumed === 1
}

/** Takes a revoked account out of sight; its consents and what was done under them stay as evidence. */
export const hideAccountIn = (tx: Tx, tenant: Tenant, id: string): Promise<unknown> =>
  tx.connected_accounts.updateMany({
    where: { org_id: tenant.orgId, id, status: 'revoked' },
    data: { deleted_at: new Date() },
  })
