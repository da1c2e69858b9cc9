import { forOrg, Prisma } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { all } from './counted.ts'

/** A consent for which there is a signed document. */
export type ReceiptRow = {
  /** Of the connection that it is of. */
  id: string
  user_id: string
  connected_account_id: string
  account_label: string
  connector: string
  scopes: string[]
  purpose: string | null
  consented_at: string
  expires_at: string | null
  /** Whether it is what the account is under now. */
  in_force: boolean
  kid: string
}

export type ReceiptsFilter = { user_id?: string | undefined }

type Row = Omit<ReceiptRow, 'consented_at' | 'expires_at'> & { consented_at: Date; expires_at: Date | null }

/** A page of an org's receipts, newest consent first. @param before internal id of the last connection seen */
export const listReceipts = (
  tenant: Tenant,
  { user_id }: ReceiptsFilter,
  before: string | null,
  most: number,
): Promise<ReceiptRow[]> =>
  forOrg(tenant, async (tx) => {
    const where = all([
      Prisma.sql`c.org_id = ${tenant.orgId}::uuid`,
      user_id !== undefined &&
        // Those who are gone are in an index of their own.
        Prisma.sql`c.user_id = ANY (ARRAY(
          SELECT p.id FROM end_users p WHERE p.org_id = ${tenant.orgId}::uuid AND p.external_id = ${user_id}
            AND p.deleted_at IS NULL
          UNION ALL SELECT p.id FROM end_users p WHERE p.org_id = ${tenant.orgId}::uuid AND p.external_id = ${user_id}
            AND p.deleted_at IS NOT NULL))`,
      before !== null && Prisma.sql`c.id < ${before}::uuid`,
    ])
    const rows = await tx.$queryRaw<Row[]>`
      SELECT c.id, u.external_id AS user_id, a.id AS connected_account_id, a.label AS account_label, a.connector,
        c.scopes_granted AS scopes, c.purpose, c.consented_at, c.expires_at, r.kid,
        (a.current_connection_id = c.id AND a.status <> 'revoked' AND a.deleted_at IS NULL) AS in_force
      FROM (SELECT * FROM connections c WHERE ${where} AND (
          SELECT s.kid FROM receipts s WHERE s.org_id = c.org_id AND s.connection_id = c.id) IS NOT NULL
        ORDER BY c.id DESC LIMIT ${most}) c
      JOIN receipts r ON r.org_id = c.org_id AND r.connection_id = c.id
      JOIN connected_accounts a ON a.org_id = c.org_id AND a.id = c.account_id
      JOIN end_users u ON u.org_id = c.org_id AND u.id = c.user_id
      ORDER BY c.id DESC`
    return rows.map((row) => ({
      ...row,
      id: publicId('connection', row.id),
      connected_account_id: publicId('connected_account', row.connected_account_id),
      consented_at: row.consented_at.toISOString(),
      expires_at: row.expires_at?.toISOString() ?? null,
    }))
  })
