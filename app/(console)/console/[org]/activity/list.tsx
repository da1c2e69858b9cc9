import Link from 'next/link'
import { z } from 'zod'
import { CallStatus, whoActed } from '#components/console/calls'
import { Time } from '#components/console/time'
import { Visible } from '#components/console/visible-text'
import { type Call, type ExportPage, listCalls, listRefused, refusedShape } from '#lib/console'
import { uuidShape } from '#lib/http'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { externalId } from '#lib/tenancy/schema'
import { type SearchParams, utc } from '../../filters.ts'
import { type AskedList, type ListColumn, readList } from '../../list/read.ts'

const filter = z.object({
  status: z.enum(['succeeded', 'failed', 'unknown', 'running', 'refused']).optional(),
  user_id: externalId.optional(),
  agent_id: z
    .string()
    .regex(/^ag_[0-9a-f]{32}$/, 'must be the id of an agent, as ag_…')
    .optional(),
  account: z
    .string()
    .regex(/^ca_[0-9a-f]{32}$/, 'must be the id of a connection, as ca_…')
    .optional(),
  tool_name: z.string().max(64).optional(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
})
export type CallsAsked = z.infer<typeof filter>

type Context = { base: string; names: Readonly<Record<string, string>> }

export const columns: readonly ListColumn<Call, Context>[] = [
  {
    id: 'tool',
    header: 'Call',
    fixed: true,
    cell: ({ id, tool_name, status }, { base }) => (
      <Link
        href={
          status === 'refused'
            ? `${base}/audit?action=tool.executed&outcome=denied`
            : `${base}/activity/${id}`
        }
        data-open
        className="font-medium text-link underline-offset-2 wrap-anywhere hover:underline"
      >
        {tool_name}
      </Link>
    ),
    value: ({ tool_name }) => tool_name,
  },
  {
    id: 'outcome',
    header: 'Outcome',
    cell: ({ status, error_code }) => (
      <>
        <CallStatus status={status} />
        {error_code && <span className="block text-xs text-muted-fg">{error_code.replaceAll('_', ' ')}</span>}
      </>
    ),
    value: ({ status }) => status,
  },
  {
    id: 'actor',
    header: 'Who acted',
    cell: (call, { base, names }) => (
      <>
        <span className="wrap-anywhere">
          {call.actor.type === 'agent' && names[call.actor.id] ? (
            <Link href={`${base}/agents/${call.actor.id}`} className="underline-offset-2 hover:underline">
              <Visible text={whoActed(call, names)} />
            </Link>
          ) : (
            <Visible text={whoActed(call, names)} />
          )}
        </span>
        {call.actors.length > 1 && (
          <span className="block text-xs text-muted-fg">through {call.actors.length} agents</span>
        )}
      </>
    ),
    value: ({ actor, actors }) => (actors.length > 0 ? actors : `${actor.type}:${actor.id}`),
  },
  {
    id: 'user',
    header: 'For',
    cell: ({ user_id }) => <span className="wrap-anywhere">{user_id}</span>,
    value: ({ user_id }) => user_id,
  },
  {
    id: 'account',
    header: 'Account',
    hidden: true,
    cell: ({ account_label, connected_account_id }, { base }) =>
      connected_account_id && (
        <Link
          href={`${base}/accounts/${connected_account_id}`}
          className="underline-offset-2 wrap-anywhere hover:underline"
        >
          {account_label ?? connected_account_id}
        </Link>
      ),
    value: ({ connected_account_id }) => connected_account_id,
  },
  {
    id: 'decision',
    header: 'Decision',
    cell: ({ decision }) => decision?.decision ?? 'none',
    value: ({ decision }) => decision?.decision ?? null,
  },
  {
    id: 'took',
    header: 'Took',
    end: true,
    cell: ({ duration_ms }) => (duration_ms === null ? '' : `${duration_ms.toLocaleString('en')} ms`),
    value: ({ duration_ms }) => duration_ms,
  },
  {
    id: 'at',
    header: 'When',
    cell: ({ at }) => <Time unbroken at={at} />,
    value: ({ at }) => at,
  },
  {
    id: 'effect',
    header: 'Effect',
    hidden: true,
    cell: ({ effect }) => effect,
    value: ({ effect }) => effect,
  },
  {
    id: 'error',
    header: 'Error',
    hidden: true,
    cell: ({ error_code }) => error_code,
    value: ({ error_code }) => error_code,
  },
  {
    id: 'id',
    header: 'Id',
    hidden: true,
    cell: ({ id }) => <code className="font-mono text-xs break-all">{id}</code>,
    value: ({ id }) => id,
  },
]

const cursorShape = new RegExp(`${uuidShape.source}|${refusedShape.source}`)

export const askCalls = (searchParams: SearchParams, last: string | null): Promise<AskedList<CallsAsked>> =>
  readList(searchParams, {
    schema: filter,
    cursorShape,
    columns,
    orders: ['newest'],
    last,
    prepare: (name, value) => (name === 'since' || name === 'until' ? utc(value) : value),
  })

/** A page of calls as they were asked for: those that were made, or those that were refused. */
export async function readCalls(
  tenant: Tenant,
  { filter }: AskedList<CallsAsked>,
  cursor: string | null,
  most: number,
): Promise<ExportPage<Call>> {
  const { account, ...rest } = filter
  const asked = {
    ...rest,
    ...(account !== undefined && { account_id: parseId('connected_account', account) ?? undefined }),
  }
  // A cursor of the other kind leads to the beginning.
  if (filter.status === 'refused') {
    const found = await listRefused(
      tenant,
      asked,
      cursor && refusedShape.test(cursor) ? cursor : null,
      most + 1,
    )
    return {
      rows: found.slice(0, most).map(({ call }) => call),
      next: found.length > most ? (found[most - 1]?.cursor ?? null) : null,
    }
  }
  const found = await listCalls(tenant, asked, cursor && uuidShape.test(cursor) ? cursor : null, most + 1)
  const rows = found.slice(0, most)
  const last = rows.at(-1)
  return { rows, next: found.length > most && last ? parseId('execution', last.id) : null }
}
