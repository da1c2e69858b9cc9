import Link from 'next/link'
import { z } from 'zod'
import { Time } from '#components/console/time'
import { Visible } from '#components/console/visible-text'
import { Badge } from '#components/ui/badge'
import { type ExportPage, listReceipts, type ReceiptRow } from '#lib/console'
import { uuidShape } from '#lib/http'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { externalId } from '#lib/tenancy/schema'
import { connectorNames } from '../../connector-names.ts'
import type { SearchParams } from '../../filters.ts'
import { type AskedList, type ListColumn, readList } from '../../list/read.ts'

const filter = z.object({ user_id: externalId.optional() })
export type ReceiptsAsked = z.infer<typeof filter>

export const columns: readonly ListColumn<ReceiptRow, { base: string }>[] = [
  {
    id: 'account',
    header: 'Consent',
    fixed: true,
    cell: ({ connected_account_id, account_label, connector }, { base }) => (
      <>
        <Link
          href={`${base}/accounts/${connected_account_id}`}
          data-open
          className="font-medium text-link underline-offset-2 wrap-anywhere hover:underline"
        >
          {account_label}
        </Link>
        <span className="block text-xs text-muted-fg">{connectorNames[connector] ?? connector}</span>
      </>
    ),
    value: ({ account_label }) => account_label,
  },
  {
    id: 'user',
    header: 'Given by',
    cell: ({ user_id }) => <span className="wrap-anywhere">{user_id}</span>,
    value: ({ user_id }) => user_id,
  },
  {
    id: 'in_force',
    header: 'State',
    cell: ({ in_force }) => (
      <Badge tone={in_force ? 'success' : 'neutral'}>{in_force ? 'In force' : 'Past'}</Badge>
    ),
    value: ({ in_force }) => in_force,
  },
  {
    id: 'scopes',
    header: 'Scopes',
    end: true,
    cell: ({ scopes }) => scopes.length,
    value: ({ scopes }) => scopes,
  },
  {
    id: 'given',
    header: 'Given',
    cell: ({ consented_at }) => <Time unbroken at={consented_at} />,
    value: ({ consented_at }) => consented_at,
  },
  {
    id: 'receipt',
    header: 'Receipt',
    cell: ({ id }, { base }) => (
      <span className="flex gap-3">
        <a href={`${base}/receipts/${id}`} className="text-link underline underline-offset-2">
          Page
        </a>
        <a href={`${base}/receipts/${id}?format=jws`} className="text-link underline underline-offset-2">
          Signed
        </a>
      </span>
    ),
    value: ({ id }) => id,
  },
  {
    id: 'ends',
    header: 'Ends',
    hidden: true,
    cell: ({ expires_at }) => <Time unbroken at={expires_at} absent="Not by itself" />,
    value: ({ expires_at }) => expires_at,
  },
  {
    id: 'purpose',
    header: 'Purpose',
    hidden: true,
    cell: ({ purpose }) => <span className="wrap-anywhere">{purpose && <Visible text={purpose} />}</span>,
    value: ({ purpose }) => purpose,
  },
  {
    id: 'kid',
    header: 'Signed with',
    hidden: true,
    cell: ({ kid }) => <code className="font-mono text-xs break-all">{kid}</code>,
    value: ({ kid }) => kid,
  },
]

export const askReceipts = (
  searchParams: SearchParams,
  last: string | null,
): Promise<AskedList<ReceiptsAsked>> =>
  readList(searchParams, { schema: filter, cursorShape: uuidShape, columns, orders: ['newest'], last })

/** A page of receipts as they were asked for. */
export async function readReceipts(
  tenant: Tenant,
  { filter }: AskedList<ReceiptsAsked>,
  cursor: string | null,
  most: number,
): Promise<ExportPage<ReceiptRow>> {
  const found = await listReceipts(tenant, filter, cursor, most + 1)
  const rows = found.slice(0, most)
  const last = rows.at(-1)
  return { rows, next: found.length > most && last ? parseId('connection', last.id) : null }
}
