import Link from 'next/link'
import { z } from 'zod'
import { Time } from '#components/console/time'
import { Visible } from '#components/console/visible-text'
import { Badge } from '#components/ui/badge'
import { type ExportPage, listPeople, type Person } from '#lib/console'
import { uuidShape } from '#lib/http'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { SearchParams } from '../../filters.ts'
import { type AskedList, type ListColumn, readList } from '../../list/read.ts'

const filter = z.object({
  user: z.string().max(320).optional(),
  status: z.enum(['active', 'deactivated']).optional(),
})
export type PeopleAsked = z.infer<typeof filter>

const orders = ['newest', 'oldest'] as const

export const PersonBadge = ({ status }: { status: Person['status'] }) => (
  <Badge tone={status === 'active' ? 'success' : 'neutral'}>
    {status === 'active' ? 'Active' : 'Deactivated'}
  </Badge>
)

export const columns: readonly ListColumn<Person, { path: string }>[] = [
  {
    id: 'person',
    header: 'Person',
    fixed: true,
    cell: ({ id, user_id, name, email }, { path }) => (
      <>
        <Link
          href={`${path}/${id}`}
          data-open
          className="font-medium text-link underline-offset-2 wrap-anywhere hover:underline"
        >
          {user_id}
        </Link>
        {(name ?? email) && (
          <span className="block text-xs text-muted-fg wrap-anywhere">
            <Visible text={[name, email].filter(Boolean).join(' · ')} />
          </span>
        )}
      </>
    ),
    value: ({ user_id }) => user_id,
  },
  {
    id: 'status',
    header: 'Status',
    cell: ({ status }) => <PersonBadge status={status} />,
    value: ({ status }) => status,
  },
  {
    id: 'accounts',
    header: 'Accounts',
    end: true,
    cell: (one) => one.accounts,
    value: (one) => one.accounts,
  },
  { id: 'agents', header: 'Agents', end: true, cell: (one) => one.agents, value: (one) => one.agents },
  {
    id: 'consents',
    header: 'Consents',
    end: true,
    cell: (one) => one.consents,
    value: (one) => one.consents,
  },
  {
    id: 'last_seen',
    header: 'Last used for them',
    cell: ({ last_seen_at }) => <Time unbroken at={last_seen_at} />,
    value: ({ last_seen_at }) => last_seen_at,
  },
  {
    id: 'since',
    header: 'Known since',
    hidden: true,
    order: { ascending: 'oldest', descending: 'newest' },
    cell: ({ created_at }) => <Time unbroken at={created_at} />,
    value: ({ created_at }) => created_at,
  },
  {
    id: 'email',
    header: 'E-mail',
    hidden: true,
    cell: ({ email }) => <span className="wrap-anywhere">{email}</span>,
    value: ({ email }) => email,
  },
  {
    id: 'groups',
    header: 'Groups',
    hidden: true,
    cell: ({ groups }) => <span className="wrap-anywhere">{groups.join(', ')}</span>,
    value: ({ groups }) => groups,
  },
  {
    id: 'id',
    header: 'Id',
    hidden: true,
    cell: ({ id }) => <code className="font-mono text-xs break-all">{id}</code>,
    value: ({ id }) => id,
  },
]

export const askPeople = (searchParams: SearchParams, last: string | null): Promise<AskedList<PeopleAsked>> =>
  readList(searchParams, { schema: filter, cursorShape: uuidShape, columns, orders, last })

/** A page of people as they were asked for. */
export async function readPeople(
  tenant: Tenant,
  { filter, order }: AskedList<PeopleAsked>,
  cursor: string | null,
  most: number,
): Promise<ExportPage<Person>> {
  const by = order === 'oldest' ? 'oldest' : 'newest'
  const found = await listPeople(tenant, filter, by, cursor, most + 1)
  const rows = found.slice(0, most)
  const last = rows.at(-1)
  return { rows, next: found.length > most && last ? parseId('end_user', last.id) : null }
}
