import Link from 'next/link'
import { z } from 'zod'
import { StatusBadge } from '#components/console/status'
import { Time } from '#components/console/time'
import { listAccounts } from '#lib/consent'
import { accountFilter, type ConnectedAccount } from '#lib/consent/schema'
import {
  type ConnectionsCursor,
  type ConnectionsOrder,
  type ExportPage,
  listConnectionIds,
} from '#lib/console'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { connectorNames } from '../../connector-names.ts'
import type { SearchParams } from '../../filters.ts'
import { type AskedList, type ListColumn, readList } from '../../list/read.ts'
import { scopeRules } from '../../scope-rules.ts'

export const connectionsFilter = accountFilter.omit({ org_id: true }).extend({
  agent_id: z
    .string()
    .regex(/^ag_[0-9a-f]{32}$/, 'must be the id of an agent, as ag_…')
    .optional(),
  attention: z.enum(['dormant', 'expiring', 'over_granted']).optional(),
})
export type ConnectionsAsked = z.infer<typeof connectionsFilter>

export const attentionChoices = [
  { value: 'dormant', words: 'Not used for 90 days' },
  { value: 'expiring', words: 'Consent ends within 14 days' },
  { value: 'over_granted', words: 'Granted more than was used' },
]

const orders = ['newest', 'oldest', 'unused_longest', 'used_last'] as const satisfies ConnectionsOrder[]

type Context = { path: string }

export const columns: readonly ListColumn<ConnectedAccount, Context>[] = [
  {
    id: 'account',
    header: 'Account',
    fixed: true,
    cell: (account, { path }) => (
      <>
        <Link
          href={`${path}/${account.id}`}
          data-open
          className="font-medium text-link underline-offset-2 wrap-anywhere hover:underline"
        >
          {account.account.label}
        </Link>
        <span className="block text-xs text-muted-fg">
          {connectorNames[account.connector] ?? account.connector}
        </span>
      </>
    ),
    value: ({ account }) => account.label,
  },
  {
    id: 'user',
    header: 'User',
    cell: ({ user_id }) => <span className="wrap-anywhere">{user_id}</span>,
    value: ({ user_id }) => user_id,
  },
  {
    id: 'status',
    header: 'Status',
    cell: ({ status }) => <StatusBadge status={status} />,
    value: ({ status }) => status,
  },
  {
    id: 'scopes',
    header: 'Scopes',
    end: true,
    cell: ({ connection }) => connection?.scopes.length ?? 0,
    value: ({ connection }) => connection?.scopes ?? [],
  },
  {
    id: 'last_used',
    header: 'Last used',
    order: { ascending: 'unused_longest', descending: 'used_last' },
    cell: ({ last_used_at }) => <Time unbroken at={last_used_at} />,
    value: ({ last_used_at }) => last_used_at,
  },
  {
    id: 'connected',
    header: 'Connected',
    hidden: true,
    order: { ascending: 'oldest', descending: 'newest' },
    cell: ({ created_at }) => <Time unbroken at={created_at} />,
    value: ({ created_at }) => created_at,
  },
  {
    id: 'ends',
    header: 'Consent ends',
    hidden: true,
    cell: ({ connection }) => <Time unbroken at={connection?.expires_at ?? null} absent="Not by itself" />,
    value: ({ connection }) => connection?.expires_at ?? null,
  },
  {
    id: 'reason',
    header: 'Status reason',
    hidden: true,
    cell: ({ status_reason }) => <span className="wrap-anywhere">{status_reason}</span>,
    value: ({ status_reason }) => status_reason,
  },
  {
    id: 'connector',
    header: 'Connector',
    hidden: true,
    cell: ({ connector }) => connectorNames[connector] ?? connector,
    value: ({ connector }) => connector,
  },
  {
    id: 'provider_id',
    header: 'Id at provider',
    hidden: true,
    cell: ({ account }) => <code className="font-mono text-xs break-all">{account.id}</code>,
    value: ({ account }) => account.id,
  },
  {
    id: 'id',
    header: 'Id',
    hidden: true,
    cell: ({ id }) => <code className="font-mono text-xs break-all">{id}</code>,
    value: ({ id }) => id,
  },
]

const cursorShape = /^\d{1,16}\|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const askConnections = (
  searchParams: SearchParams,
  last: string | null,
): Promise<AskedList<ConnectionsAsked>> =>
  readList(searchParams, { schema: connectionsFilter, cursorShape, columns, orders, last })

function cursorFrom(text: string | null): ConnectionsCursor | null {
  const [used, id] = text?.split('|') ?? []
  return used === undefined || id === undefined ? null : { used: Number(used), id }
}

/** A page of connections as they were asked for. */
export async function readConnections(
  tenant: Tenant,
  { filter, order }: Pick<AskedList<ConnectionsAsked>, 'filter' | 'order'>,
  cursor: string | null,
  most: number,
): Promise<ExportPage<ConnectedAccount>> {
  const by = orders.find((name) => name === order) ?? 'newest'
  const found = await listConnectionIds(tenant, filter, by, cursorFrom(cursor), most + 1, scopeRules)
  const page = found.slice(0, most)
  const accounts = await listAccounts(tenant, { ids: page.map(({ id }) => id) }, null, most)
  const known = new Map(accounts.map((account) => [parseId('connected_account', account.id), account]))
  const last = page.at(-1)
  return {
    // One that went between the two reads is not there any more.
    rows: page.flatMap(({ id }) => known.get(id) ?? []),
    next: found.length > most && last ? `${last.used}|${last.id}` : null,
  }
}
