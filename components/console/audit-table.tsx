import { Table, Td, Th } from '#components/ui/table'
import type { AuditEvent } from '#lib/audit/schema'
import { sentence } from './sentence.ts'
import { OutcomeBadge } from './status.tsx'
import { Time } from './time.tsx'

/** Events, newest first: one sentence each, with every recorded field behind it. */
export function AuditTable({ events }: { events: readonly AuditEvent[] }) {
  return (
    <Table label="Audit events" fixed>
      <colgroup>
        <col className="hidden w-14 sm:table-column" />
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
          <tr key={event.id}>
            <Td className="hidden tabular-nums text-muted-fg sm:table-cell">{event.sequence}</Td>
            <Td>
              <details>
                <summary className="cursor-pointer wrap-anywhere">
                  {sentence(event)}
                  <span className="mt-0.5 block text-xs text-muted-fg">
                    <Time at={event.occurred_at} /> · {event.action}
                  </span>
                </summary>
                <pre className="mt-2 whitespace-pre-wrap wrap-anywhere rounded-control bg-muted p-3 font-mono text-xs text-muted-fg">
                  {JSON.stringify(event, null, 2)}
                </pre>
              </details>
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
