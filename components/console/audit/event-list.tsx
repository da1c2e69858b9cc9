import Link from 'next/link'
import { Table, Td, Th } from '#components/ui/table'
import type { AuditEvent } from '#lib/audit/schema'
import { OutcomeBadge } from '../status.tsx'
import { Time } from '../time.tsx'
import { type Names, told } from './names.tsx'

/** Events, newest first: one sentence each, which opens the event beside the list. */
export function EventList({
  events,
  names,
  open,
  hrefOf,
}: {
  events: readonly AuditEvent[]
  names: Names
  /** Id of the event that is open. */
  open: string | null
  hrefOf: (id: string) => string
}) {
  return (
    <Table label="Audit events" fixed>
      <colgroup>
        <col className="hidden w-20 sm:table-column" />
        <col />
        <col className="w-24 sm:w-28" />
      </colgroup>
      <thead>
        <tr>
          <Th className="hidden sm:table-cell">No.</Th>
          <Th>What happened</Th>
          <Th>Outcome</Th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <tr
            key={event.id}
            className={
              event.id === open ? 'shadow-[inset_0.2rem_0_0_var(--bhf-primary)]' : 'hover:bg-muted/50'
            }
          >
            <Td className="hidden tabular-nums text-muted-fg sm:table-cell">{event.sequence}</Td>
            <Td>
              <Link
                href={hrefOf(event.id)}
                scroll={false}
                prefetch={false}
                aria-current={event.id === open ? 'true' : undefined}
                className="block wrap-anywhere underline-offset-2 hover:underline"
              >
                {told(event, names)}
              </Link>
              <span className="mt-0.5 block text-xs text-muted-fg wrap-anywhere">
                <Time at={event.occurred_at} /> · {event.action}
                {event.error_code !== null && ` · ${event.error_code}`}
              </span>
            </Td>
            <Td>
              <OutcomeBadge outcome={event.outcome} />
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}
