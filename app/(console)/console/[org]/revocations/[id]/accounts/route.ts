import { notFound } from 'next/navigation'
import { getRevocation, listRevokedAccounts } from '#lib/connect'
import type { RevokedAccount } from '#lib/connect/schema'
import { listStream, listTypes } from '#lib/console'
import { forOrg } from '#lib/db'
import { parseId } from '#lib/ids'
import { audited, originOf } from '#runtime'
import { isDeployment, orNotFound, requireTenant } from '../../../../session.ts'

const pageMost = 500

const columns: { id: string; value: (account: RevokedAccount) => string | null }[] = [
  { id: 'connected_account_id', value: ({ connected_account_id }) => connected_account_id },
  { id: 'user_id', value: ({ user_id }) => user_id },
  { id: 'connector', value: ({ connector }) => connector },
  { id: 'stopped_at', value: ({ stopped_at }) => stopped_at },
  { id: 'upstream', value: ({ upstream }) => upstream },
  { id: 'error_code', value: ({ error_code }) => error_code },
  { id: 'settled_at', value: ({ settled_at }) => settled_at },
]

/** What became of each account, as a file. The audit says who took it along. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ org: string; id: string }> },
): Promise<Response> {
  const { org, id } = await params
  const { caller, tenant } = await requireTenant(org, 'revocations.read')
  const uuid = parseId('revocation', id)
  if (uuid === null || isDeployment(tenant)) notFound()
  await orNotFound(getRevocation(tenant, uuid))
  const details = { list: 'revoked_accounts', format: 'csv', filter: 'revocation_id' }
  await forOrg(tenant, (tx) =>
    audited(tx, tenant, caller, originOf(request.headers), 'records.exported', details),
  )
  const stream = listStream('csv', columns, async (cursor) => {
    const rows = await listRevokedAccounts(tenant, uuid, cursor, pageMost)
    const last = rows.length < pageMost ? undefined : rows.at(-1)
    return { rows, next: last ? parseId('connected_account', last.connected_account_id) : null }
  })
  return new Response(stream, {
    headers: {
      'content-type': listTypes.csv,
      'cache-control': 'no-store',
      'content-disposition': `attachment; filename="${id}.csv"`,
      'x-content-type-options': 'nosniff',
    },
  })
}
