import Link from 'next/link'
import { z } from 'zod'
import { Time } from '#components/console/time'
import { Badge } from '#components/ui/badge'
import type { ExportPage } from '#lib/console'
import { uuidShape } from '#lib/http'
import { parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { listRequests, type RequestLine } from '#lib/request-log'
import type { SearchParams } from '../../filters.ts'
import { type AskedList, type ListColumn, readList } from '../../list/read.ts'

const filter = z.object({
  status: z.enum(['2', '4', '5']).optional(),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  path: z.string().max(200).startsWith('/', 'must begin with /').optional(),
  by: z
    .string()
    .regex(/^(key|ag)_[0-9a-f]{32}$/, 'must be the id of a key or an agent, as key_… or ag_…')
    .optional(),
  request_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be the X-Request-Id of an answer')
    .optional(),
})
type RequestsAsked = z.infer<typeof filter>

export const fields = [
  {
    name: 'status',
    label: 'Status',
    choices: [
      { value: '2', words: '2xx: done' },
      { value: '4', words: '4xx: refused' },
      { value: '5', words: '5xx: failed' },
    ],
  },
  {
    name: 'method',
    label: 'Method',
    choices: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((value) => ({ value, words: value })),
  },
  { name: 'path', label: 'Path begins with' },
  { name: 'by', label: 'Key or agent (key_…, ag_…)' },
  { name: 'request_id', label: 'Request id' },
]

export const StatusOf = ({ status }: { status: number }) => (
  <Badge tone={status < 400 ? 'success' : status < 500 ? 'warning' : 'danger'}>{status}</Badge>
)

/** Who asked, as a person reads it. */
export function Asker({ line: { actor, key } }: { line: RequestLine }) {
  if (key)
    return (
      <>
        <span className="wrap-anywhere">{key.name}</span>
        <code className="block font-mono text-xs text-muted-fg">…{key.hint}</code>
      </>
    )
  return <code className="font-mono text-xs wrap-anywhere">{askerId(actor)}</code>
}

const kinds = { api_key: 'api_key', agent: 'agent' } as const
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The public id of whoever asked. */
function askerId({ type, id }: RequestLine['actor']): string {
  const kind = type === 'api_key' || type === 'agent' ? kinds[type] : null
  if (kind !== null && uuid.test(id)) return publicId(kind, id)
  return type === 'root_key' ? 'root key' : id
}

export const columns: readonly ListColumn<RequestLine, { path: string }>[] = [
  {
    id: 'path',
    header: 'Request',
    fixed: true,
    cell: ({ id, method, path, tool_name }, context) => (
      <>
        <Link
          href={`${context.path}/${id}`}
          data-open
          className="font-mono text-xs text-link underline-offset-2 wrap-anywhere hover:underline"
        >
          {method} {path}
        </Link>
        {tool_name && <span className="block font-mono text-xs text-muted-fg">{tool_name}</span>}
      </>
    ),
    value: ({ method, path }) => `${method} ${path}`,
  },
  {
    id: 'status',
    header: 'Status',
    cell: ({ status, error_code }) => (
      <>
        <StatusOf status={status} />
        {error_code && <span className="block text-xs text-muted-fg">{error_code.replaceAll('_', ' ')}</span>}
      </>
    ),
    value: ({ status }) => status,
  },
  { id: 'by', header: 'By', cell: (line) => <Asker line={line} />, value: ({ actor }) => askerId(actor) },
  {
    id: 'took',
    header: 'Took',
    end: true,
    cell: ({ duration_ms }) => (
      <span className="whitespace-nowrap">{duration_ms.toLocaleString('en')} ms</span>
    ),
    value: ({ duration_ms }) => duration_ms,
  },
  {
    id: 'at',
    header: 'When',
    cell: ({ at, dropped }) => (
      <>
        <Time unbroken at={at} />
        {dropped > 0 && (
          <span className="block text-xs text-warning">
            {dropped.toLocaleString('en')} before it were too many to list
          </span>
        )}
      </>
    ),
    value: ({ at }) => at,
  },
  {
    id: 'request_id',
    header: 'Request id',
    hidden: true,
    cell: ({ trace_id }) => <code className="font-mono text-xs break-all">{trace_id}</code>,
    value: ({ trace_id }) => trace_id,
  },
]

export const askRequests = (
  searchParams: SearchParams,
  last: string | null,
): Promise<AskedList<RequestsAsked>> =>
  readList(searchParams, { schema: filter, cursorShape: uuidShape, columns, orders: ['newest'], last })

/** A page of requests as they were asked for. */
export async function readRequests(
  tenant: Tenant,
  { filter: { status, method, path, by, request_id } }: AskedList<RequestsAsked>,
  cursor: string | null,
  most: number,
): Promise<ExportPage<RequestLine>> {
  const actor = by && (parseId('api_key', by) ?? (by.startsWith('ag_') ? by : null))
  const found = await listRequests(
    tenant,
    {
      ...(status && { status_class: Number(status) }),
      method,
      path,
      ...(actor && { actor }),
      trace_id: request_id,
    },
    cursor,
    most + 1,
  )
  const rows = found.slice(0, most)
  return { rows, next: found.length > most ? (rows.at(-1)?.id ?? null) : null }
}
