import { forOrg, Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { By, RevocationRequest } from './request-schema.ts'

/** As the table has it: an array that is not there is `null`, which Prisma's own reads make an empty one of. */
export type Row = Omit<Awaited<ReturnType<Tx['revocation_requests']['findFirstOrThrow']>>, 'account_ids'> & {
  account_ids: string[] | null
  over: boolean
}
/** Who asked or decided, as it is kept: with their address, since members come and go. Internal ids. */
export type KeptBy = { type: string; id: string; home: string; email?: string }

const who = (by: KeptBy): By => ({
  id: publicId('member', by.id),
  email: by.email ?? 'a member who is deleted',
  operator: by.home === deploymentOrgId,
})

/** What nobody decided in time is over then, whether or not the sweep has been. */
export const statusOf = ({ status, over }: Row): RevocationRequest['status'] =>
  status === 'pending' && over ? 'expired' : (status as RevocationRequest['status'])

export const view = (row: Row): RevocationRequest => ({
  id: publicId('revocation_request', row.id),
  filter: row.filter as Record<string, unknown>,
  reason: row.reason,
  accounts: row.accounts,
  status: statusOf(row),
  requested_by: who(row.requested_by as KeptBy),
  decided_by: row.decided_by === null ? null : who(row.decided_by as KeptBy),
  note: row.note,
  account_ids: row.account_ids,
  mailed: row.mailed,
  stop_id: row.stop_id && publicId('stop', row.stop_id),
  revocation_id: row.revocation_id && publicId('revocation', row.revocation_id),
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
  ended_at: row.ended_at?.toISOString() ?? null,
})

/** By the database's clock, which also says when one is over. */
const rowsIn = (tx: Tx, tenant: Tenant, where: Prisma.Sql): Promise<Row[]> =>
  tx.$queryRaw<Row[]>`SELECT *, expires_at <= now() AS over FROM revocation_requests
    WHERE org_id = ${tenant.orgId}::uuid AND ${where}`

/** @param lock so that of two who decide at once the second finds what the first did @throws AppError `not_found` */
export async function requestIn(tx: Tx, tenant: Tenant, id: string, lock = false): Promise<Row> {
  const locked = lock ? Prisma.sql`FOR UPDATE` : Prisma.empty
  const [row] = await rowsIn(tx, tenant, Prisma.sql`id = ${id}::uuid ${locked}`)
  if (!row) throw new AppError('not_found')
  return row
}

export const getRevocationRequest = (tenant: Tenant, id: string): Promise<RevocationRequest> =>
  forOrg(tenant, async (tx) => view(await requestIn(tx, tenant, id)))

/** What was asked for, those that wait first, and the newest first among each. */
export const listRevocationRequests = (tenant: Tenant, most: number): Promise<RevocationRequest[]> =>
  forOrg(tenant, async (tx) => {
    const order = Prisma.sql`true ORDER BY (status = 'pending' AND expires_at > now()) DESC, id DESC LIMIT ${most}`
    return (await rowsIn(tx, tenant, order)).map(view)
  })

/** The one that led to a revocation, by the internal id of its report; `null` where one person sufficed. */
export const requestOfRevocation = (tenant: Tenant, revocation: string): Promise<RevocationRequest | null> =>
  forOrg(tenant, async (tx) => {
    const [row] = await rowsIn(tx, tenant, Prisma.sql`revocation_id = ${revocation}::uuid`)
    return row ? view(row) : null
  })
