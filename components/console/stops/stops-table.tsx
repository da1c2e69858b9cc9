import Link from 'next/link'
import { Badge } from '#components/ui/badge'
import { Table, Td, Th } from '#components/ui/table'
import type { Stop } from '#lib/limits/schema'
import { Time } from '../time.tsx'
import { stopChoices, stopWords } from './words.ts'

export { stopChoices, stopWords }

const states = {
  active: { words: 'In force', tone: 'danger' },
  lifted: { words: 'Released', tone: 'neutral' },
  over: { words: 'Over', tone: 'neutral' },
} as const

export const StopBadge = ({ status }: Pick<Stop, 'status'>) => (
  <Badge tone={states[status].tone}>{states[status].words}</Badge>
)

/** Stops, newest first. @param names of agents and connectors by their ids */
export const StopsTable = ({
  label,
  stops,
  names,
  pathOf,
}: {
  label: string
  stops: readonly Stop[]
  names: Readonly<Record<string, string>>
  pathOf: (stop: Stop) => string
}) => (
  <Table label={label}>
    <thead>
      <tr>
        <Th>What is stopped</Th>
        <Th>State</Th>
        <Th className="hidden md:table-cell">Since</Th>
        <Th className="hidden md:table-cell">Until</Th>
      </tr>
    </thead>
    <tbody>
      {stops.map((stop) => (
        <tr key={stop.id}>
          <Td>
            <Link
              href={pathOf(stop)}
              className="font-medium text-link underline-offset-2 wrap-anywhere hover:underline"
            >
              {stopWords(stop.subject, names)}
            </Link>
            <span className="mt-0.5 block text-xs text-muted-fg wrap-anywhere">{stop.reason}</span>
            <span className="block text-xs text-muted-fg md:hidden">
              <Time at={stop.created_at} />
            </span>
          </Td>
          <Td>
            <StopBadge status={stop.status} />
          </Td>
          <Td className="hidden whitespace-nowrap md:table-cell">
            <Time at={stop.created_at} />
          </Td>
          <Td className="hidden whitespace-nowrap md:table-cell">
            <Time at={stop.lifted_at ?? stop.until} absent="It is released" />
          </Td>
        </tr>
      ))}
    </tbody>
  </Table>
)
