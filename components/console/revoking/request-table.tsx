import Link from 'next/link'
import { Badge } from '#components/ui/badge'
import { Table, Td, Th } from '#components/ui/table'
import type { RevocationRequest } from '#lib/connect/schema'
import { filterWords } from '../revocation-words.ts'
import { Time } from '../time.tsx'

const statuses = {
  pending: { words: 'Waiting', tone: 'warning' },
  approved: { words: 'Approved', tone: 'success' },
  denied: { words: 'Denied', tone: 'danger' },
  withdrawn: { words: 'Withdrawn', tone: 'neutral' },
  expired: { words: 'Expired', tone: 'neutral' },
} as const

export const RequestBadge = ({ status }: Pick<RevocationRequest, 'status'>) => (
  <Badge tone={statuses[status].tone}>{statuses[status].words}</Badge>
)

/** What was asked for and takes a second person. */
export const RequestTable = ({
  requests,
  connectorNames,
  pathOf,
}: {
  requests: readonly RevocationRequest[]
  connectorNames: Readonly<Record<string, string>>
  pathOf: (request: RevocationRequest) => string
}) => (
  <Table label="Asked for">
    <thead>
      <tr>
        <Th>What</Th>
        <Th>Status</Th>
        <Th className="hidden md:table-cell">Asked by</Th>
        <Th className="hidden md:table-cell">When</Th>
      </tr>
    </thead>
    <tbody>
      {requests.map((request) => (
        <tr key={request.id}>
          <Td>
            <Link
              href={pathOf(request)}
              className="font-medium text-link underline-offset-2 wrap-anywhere hover:underline"
            >
              {filterWords(request.filter, connectorNames)}
            </Link>
            <span className="mt-0.5 block text-xs text-muted-fg wrap-anywhere">{request.reason}</span>
            <span className="block text-xs text-muted-fg wrap-anywhere md:hidden">
              {request.requested_by.email} · <Time at={request.created_at} />
            </span>
          </Td>
          <Td>
            <RequestBadge status={request.status} />
          </Td>
          <Td className="hidden min-w-48 wrap-anywhere md:table-cell">{request.requested_by.email}</Td>
          <Td className="hidden whitespace-nowrap md:table-cell">
            <Time at={request.created_at} />
          </Td>
        </tr>
      ))}
    </tbody>
  </Table>
)
