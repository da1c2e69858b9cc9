import { Badge } from '#components/ui/badge'
import { Card } from '#components/ui/card'
import { Table, Td, Th } from '#components/ui/table'
import { AutoRefresh } from './auto-refresh.tsx'
import { rotationProgress, rotationTitle, type ToldRotation } from './key-words.ts'
import { Time } from './time.tsx'

export type Rotation = ToldRotation & { id: string; created_at: string; finished_at: string | null }

const refreshSeconds = 2

/** A rotation under way, kept up to date. */
export function RunningRotation({ rotation }: { rotation: Rotation }) {
  const { total, done, failed } = rotation
  const words = rotationProgress(rotation)
  return (
    <Card className="p-5">
      <AutoRefresh seconds={refreshSeconds} />
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="font-semibold">{rotationTitle(rotation)}</h3>
        <Badge tone="info">Running</Badge>
      </div>
      <progress
        aria-label={rotationTitle(rotation)}
        max={Math.max(total, 1)}
        value={total === 0 ? 0 : done + failed}
        className="mt-3 block h-2 w-full appearance-none overflow-hidden rounded-pill border-0 bg-muted [&::-moz-progress-bar]:bg-primary [&::-webkit-progress-bar]:bg-muted [&::-webkit-progress-value]:bg-primary"
      />
      <p className="mt-2 text-sm">{words}</p>
      <p className="mt-1 text-xs text-muted-fg">
        Since <Time at={rotation.created_at} />. Everything stays readable meanwhile.
      </p>
    </Card>
  )
}

const ends = {
  done: { words: 'Done', tone: 'success' },
  failed: { words: 'Not complete', tone: 'danger' },
  running: { words: 'Running', tone: 'info' },
} as const

/** Rotations that are over, newest first. */
export const PastRotations = ({ rotations }: { rotations: readonly Rotation[] }) => (
  <Table label="Past rotations">
    <thead>
      <tr>
        <Th>Rotation</Th>
        <Th>Result</Th>
        <Th className="hidden md:table-cell">Ended</Th>
      </tr>
    </thead>
    <tbody>
      {rotations.map((rotation) => (
        <tr key={rotation.id}>
          <Td>
            <span className="font-medium">{rotationTitle(rotation)}</span>
            <span className="mt-0.5 block text-xs text-muted-fg">{rotationProgress(rotation)}</span>
          </Td>
          <Td>
            <Badge tone={ends[rotation.status].tone}>{ends[rotation.status].words}</Badge>
          </Td>
          <Td className="hidden whitespace-nowrap md:table-cell">
            <Time at={rotation.finished_at} />
          </Td>
        </tr>
      ))}
    </tbody>
  </Table>
)
