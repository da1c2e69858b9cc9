import Link from 'next/link'
import { Badge } from '#components/ui/badge'
import { Table, Td, Th } from '#components/ui/table'
import type { PolicyVersion } from '#lib/policy/schema'
import { Time } from '../time.tsx'

type Listed = Omit<PolicyVersion, 'source' | 'problems'>

const states = {
  in_force: { words: 'In force', tone: 'success' },
  draft: { words: 'Draft', tone: 'info' },
  superseded: { words: 'Was in force', tone: 'neutral' },
  discarded: { words: 'Discarded', tone: 'neutral' },
} as const

export const VersionBadge = ({ status }: Pick<Listed, 'status'>) => (
  <Badge tone={states[status].tone}>{states[status].words}</Badge>
)

/** An org's versions, newest first. */
export const VersionsTable = ({
  versions,
  pathOf,
}: {
  versions: readonly Listed[]
  pathOf: (version: Listed) => string
}) => (
  <Table label="Versions">
    <thead>
      <tr>
        <Th>Version</Th>
        <Th>State</Th>
        <Th className="hidden md:table-cell">Written</Th>
        <Th className="hidden md:table-cell">Published</Th>
      </tr>
    </thead>
    <tbody>
      {versions.map((version) => (
        <tr key={version.id}>
          <Td className="wrap-anywhere">
            <Link href={pathOf(version)} className="font-medium text-link underline-offset-2 hover:underline">
              Version {version.number}
            </Link>
            {version.note !== null && (
              <span className="mt-0.5 block text-xs text-muted-fg">{version.note}</span>
            )}
          </Td>
          <Td>
            <VersionBadge status={version.status} />
          </Td>
          <Td className="hidden whitespace-nowrap md:table-cell">
            <Time at={version.created_at} />
          </Td>
          <Td className="hidden whitespace-nowrap md:table-cell">
            <Time at={version.published_at} />
          </Td>
        </tr>
      ))}
    </tbody>
  </Table>
)
