import { forOrg, Prisma, type Tx, whereStatus } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { ConnectionRequest, RequestStatus } from './requests-schema.ts'

/** How long a question stays open, and then how long a yes stays good. */
export const requestDays = 14

const include = { user: { select: { external_id: true, name: true, email: true, iss: true, sub: true } } }

type Row = Awaited<ReturnType<Tx['connection_requests']['findFirstOrThrow']>>
export type Request = Row & {
  user: {
    external_id: string
    name: string | null
    email: string | null
    iss: string | null
    sub: string | null
  }
}

/** What is asked for, or about to be connected. The grantees are public ids; none means the product itself. */
export type Wanted = {
  userId: string
  connector: string
  scopes: readonly string[]
  agents: readonly string[]
}

type DecidedBy = { type: string; id: string; user_id: string | null }

/** Its time may be over without anybody having marked it yet. */
export function requestStatusOf(row: Pick<Row, 'status' | 'expires_at'>): RequestStatus {
  const open = row.status === 'pending' || row.status === 'approved'
  return open && row.expires_at <= new Date() ? 'expired' : (row.status as RequestStatus)
}

export const requestView = (tenant: Tenant, row: Request): ConnectionRequest => ({
  id: publicId('connection_request', row.id),
  org_id: tenant.externalId,
  user_id: row.user.external_id,
  connect_session_id: publicId('connect_session', row.session_id),
  connector: row.connector,
  scopes: row.scopes,
  agents: row.agents,
  reason: row.reason,
  status: requestStatusOf(row),
  note: row.note,
  decided_by: row.decided_by as DecidedBy | null,
  decided_at: row.decided_at?.toISOString() ?? null,
  connection_id: row.used_by && publicId('connection', row.used_by),
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
})

/** @throws AppError `not_found` */
export async function getRequestIn(tx: Tx, tenant: Tenant, id: string): Promise<Request> {
  const row = await tx.connection_requests.findUnique({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    include,
  })
  if (!row) throw new AppError('not_found')
  return row
}

export const getRequest = (tenant: Tenant, id: string): Promise<ConnectionRequest> =>
  forOrg(tenant, async (tx) => requestView(tenant, await getRequestIn(tx, tenant, id)))

export type RequestFilter = { user_id?: string | undefined; status?: RequestStatus | undefined }

/** A page of an org's requests, newest first; `before` is the internal id of the last one seen. */
export const listRequests = (
  tenant: Tenant,
  filter: RequestFilter,
  before: string | null,
  most: number,
): Promise<ConnectionRequest[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.connection_requests.findMany({
      where: {
        org_id: tenant.orgId,
        ...(before !== null && { id: { lt: before } }),
        ...(filter.user_id !== undefined && { user: { external_id: filter.user_id, deleted_at: null } }),
        ...whereStatus(filter.status),
      },
      orderBy: { id: 'desc' },
      take: most,
      include,
    })
    return rows.map((row) => requestView(tenant, row))
  })

const sorted = (names: readonly string[]) => [...new Set(names)].sort()

/**
 * Asks, unless the very same is being asked already.
 * @returns the open request, and whether it is new
 */
export async function askIn(
  tx: Tx,
  tenant: Tenant,
  wanted: Wanted & { sessionId: string; reason: string },
): Promise<{ request: Request; isNew: boolean }> {
  const id = newId()
  const scopes = sorted(wanted.scopes)
  const agents = sorted(wanted.agents)
  const made = await tx.$executeRaw`
    INSERT INTO connection_requests (org_id, id, user_id, session_id, connector, scopes, agents, reason, expires_at)
    VALUES (${tenant.orgId}::uuid, ${id}::uuid, ${wanted.userId}::uuid, ${wanted.sessionId}::uuid, ${wanted.connector},
      ${scopes}::text[], ${agents}::text[], ${wanted.reason}, now() + make_interval(days => ${requestDays}::int))
    ON CONFLICT (org_id, user_id, connector, scopes, agents) WHERE status = 'pending' DO NOTHING`
  if (made === 1) return { request: await getRequestIn(tx, tenant, id), isNew: true }
  const request = await tx.connection_requests.findFirstOrThrow({
    where: {
      org_id: tenant.orgId,
      user_id: wanted.userId,
      connector: wanted.connector,
      scopes: { equals: scopes },
      agents: { equals: agents },
      status: 'pending',
    },
    include,
  })
  return { request, isNew: false }
}

/** The person's last word with an administrator about a connector for these grantees, for these scopes at least. */
export async function latestRequestIn(tx: Tx, tenant: Tenant, wanted: Wanted): Promise<Request | null> {
  return tx.connection_requests.findFirst({
    where: {
      org_id: tenant.orgId,
      user_id: wanted.userId,
      connector: wanted.connector,
      scopes: { hasEvery: [...wanted.scopes] },
      agents: { equals: sorted(wanted.agents) },
    },
    orderBy: { id: 'desc' },
    include,
  })
}

// An approval for some agents is none for the product itself, whose grantees are no agents at all.
const covers = (tenant: Tenant, wanted: Wanted) => Prisma.sql`
  org_id = ${tenant.orgId}::uuid AND user_id = ${wanted.userId}::uuid AND connector = ${wanted.connector}
  AND status = 'approved' AND expires_at > now() AND scopes @> ${[...wanted.scopes]}::text[]
  AND agents @> ${[...wanted.agents]}::text[] AND (cardinality(agents) = 0) = ${wanted.agents.length === 0}`

/** Whether an administrator has approved this, or more than this, and nobody has used it yet. */
export async function isApprovedIn(tx: Tx, tenant: Tenant, wanted: Wanted): Promise<boolean> {
  const found = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM connection_requests WHERE ${covers(tenant, wanted)} LIMIT 1`
  return found.length > 0
}

/** Uses an approval up: of two that race for one, one gets it. @returns whether there was one */
export async function useApprovalIn(
  tx: Tx,
  tenant: Tenant,
  wanted: Wanted,
  connectionId: string,
): Promise<boolean> {
  // The narrowest that will do, so that a wider one is left for what needs it.
  const used = await tx.$executeRaw`
    UPDATE connection_requests SET status = 'used', used_by = ${connectionId}::uuid
    WHERE org_id = ${tenant.orgId}::uuid AND status = 'approved' AND id = (
      SELECT id FROM connection_requests WHERE ${covers(tenant, wanted)}
      ORDER BY cardinality(scopes), id LIMIT 1 FOR UPDATE)`
  return used === 1
}

/**
 * Decides a request, once: of two that decide at the same moment the second is told so.
 * @throws AppError `not_found`; `conflict` when it is decided or has run out
 */
export async function decideIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  decision: { status: 'approved' | 'denied'; note: string | null; decidedBy: DecidedBy },
): Promise<Request> {
  const decided = await tx.$executeRaw`
    UPDATE connection_requests SET status = ${decision.status}, note = ${decision.note}, decided_at = now(),
      decided_by = ${JSON.stringify(decision.decidedBy)}::jsonb,
      expires_at = CASE WHEN ${decision.status} = 'approved' THEN now() + make_interval(days => ${requestDays}::int)
        ELSE expires_at END
    WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid AND status = 'pending' AND expires_at > now()`
  const request = await getRequestIn(tx, tenant, id)
  if (decided === 1) return request
  const status = requestStatusOf(request)
  throw new AppError('conflict', {
    detail:
      status === 'expired' ? 'This request has expired.' : `This request is ${status} already; it stays so.`,
  })
}

/** Marks what nobody decided in time, and approvals that nobody used. @returns those that ran out now */
export async function expireRequestsIn(tx: Tx, tenant: Tenant): Promise<Request[]> {
  const over = await tx.$queryRaw<{ id: string }[]>`
    UPDATE connection_requests SET status = 'expired'
    WHERE org_id = ${tenant.orgId}::uuid AND status IN ('pending', 'approved') AND expires_at <= now() RETURNING id`
  if (over.length === 0) return []
  return tx.connection_requests.findMany({
    where: { org_id: tenant.orgId, id: { in: over.map(({ id }) => id) } },
    include,
  })
}
