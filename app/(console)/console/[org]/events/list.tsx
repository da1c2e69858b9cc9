import { z } from 'zod'
import { Time } from '#components/console/time'
import type { ExportPage } from '#lib/console'
import { type EventType, eventTypes, listEvents } from '#lib/events'
import type { OutboxEvent } from '#lib/events/schema'
import { uuidShape } from '#lib/http'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { SearchParams } from '../../filters.ts'
import { type AskedList, type ListColumn, readList } from '../../list/read.ts'

const filter = z.object({ type: z.enum(eventTypes as readonly [EventType, ...EventType[]]).optional() })
type EventsAsked = z.infer<typeof filter>

export const fields = [
  { name: 'type', label: 'Type', choices: eventTypes.map((value) => ({ value, words: value })) },
]

const Payload = ({ event }: { event: OutboxEvent }) => (
  <details>
    <summary className="w-fit py-0.5 text-xs text-link">Show</summary>
    <pre className="mt-1 min-w-64 rounded-control bg-muted p-3 font-mono text-xs whitespace-pre-wrap wrap-anywhere">
      {JSON.stringify(event, null, 2)}
    </pre>
  </details>
)

export const columns: readonly ListColumn<OutboxEvent>[] = [
  {
    id: 'type',
    header: 'Type',
    fixed: true,
    // A name of several words breaks between them.
    cell: ({ type }) => (
      <code className="font-mono text-xs">
        {type.split(/(?<=[._])/).flatMap((part) => [part, <wbr key={part} />])}
      </code>
    ),
    value: ({ type }) => type,
  },
  {
    id: 'at',
    header: 'When',
    cell: ({ created_at }) => <Time unbroken at={created_at} />,
    value: ({ created_at }) => created_at,
  },
  {
    id: 'payload',
    header: 'Payload',
    cell: (event) => <Payload event={event} />,
    value: ({ data }) => JSON.stringify(data),
  },
  {
    id: 'id',
    header: 'Id',
    hidden: true,
    cell: ({ id }) => <code className="font-mono text-xs break-all">{id}</code>,
    value: ({ id }) => id,
  },
]

export const askEvents = (searchParams: SearchParams, last: string | null): Promise<AskedList<EventsAsked>> =>
  readList(searchParams, { schema: filter, cursorShape: uuidShape, columns, orders: ['newest'], last })

/** A page of events as they were asked for. */
export async function readEvents(
  tenant: Tenant,
  asked: AskedList<EventsAsked>,
  cursor: string | null,
  most: number,
): Promise<ExportPage<OutboxEvent>> {
  const found = await listEvents(tenant, asked.filter, cursor, most + 1)
  const rows = found.slice(0, most)
  return { rows, next: found.length > most ? parseId('event', rows.at(-1)?.id ?? '') : null }
}
