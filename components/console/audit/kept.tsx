import { Badge } from '#components/ui/badge'
import { Empty } from '#components/ui/empty'
import { Table, Td, Th } from '#components/ui/table'
import type { AuditStream, Checkpoint, LegalHold } from '#lib/audit/schema'
import { ConfirmAction, type ConfirmResult } from '../confirm-action.tsx'
import { Time } from '../time.tsx'

type Act = (id: string) => Promise<ConfirmResult>

/** The signed heads of the last days, newest first. */
export const CheckpointsTable = ({
  checkpoints,
}: {
  checkpoints: readonly (Checkpoint & { day: string })[]
}) =>
  checkpoints.length === 0 ? (
    <Empty title="No head was signed yet">The worker signs the head of each chain that moved.</Empty>
  ) : (
    <Table label="Signed heads">
      <thead>
        <tr>
          <Th>Signed</Th>
          <Th>Up to event</Th>
          <Th>Key</Th>
          <Th>Kept in all places</Th>
        </tr>
      </thead>
      <tbody>
        {checkpoints.map(({ day, at, sequence, kid, pending }) => (
          <tr key={day}>
            <Td>
              <Time at={at} />
            </Td>
            <Td className="tabular-nums">{sequence.toLocaleString('en-GB')}</Td>
            <Td>
              <code className="font-mono text-xs">{kid}</code>
            </Td>
            <Td>
              {pending.length === 0 ? (
                <Badge tone="success">Yes</Badge>
              ) : (
                <Badge tone="warning">Not yet: {pending.join(', ')}</Badge>
              )}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  )

/** Legal holds, lifted ones too. @param lift `null` for whoever may not */
export const HoldsTable = ({ holds, lift }: { holds: readonly LegalHold[]; lift: Act | null }) =>
  holds.length === 0 ? (
    <Empty title="No hold stands">Retention alone says how long events are kept.</Empty>
  ) : (
    <Table label="Legal holds">
      <thead>
        <tr>
          <Th>Reason</Th>
          <Th>Placed</Th>
          <Th>State</Th>
          {lift && <Th>Act</Th>}
        </tr>
      </thead>
      <tbody>
        {holds.map(({ id, reason, placed_at, lifted_at }) => (
          <tr key={id}>
            <Td className="wrap-anywhere">{reason}</Td>
            <Td>
              <Time at={placed_at} />
            </Td>
            <Td>
              {lifted_at === null ? (
                <Badge tone="warning">Stands</Badge>
              ) : (
                <>
                  Lifted <Time at={lifted_at} />
                </>
              )}
            </Td>
            {lift && (
              <Td>
                {lifted_at === null && (
                  <ConfirmAction
                    action={lift.bind(null, id)}
                    label="Lift"
                    title={`Lift the hold “${reason}”?`}
                    confirm="Lift the hold"
                    variant="danger"
                  >
                    <p>From then on retention may let go of events that are older than they are kept.</p>
                  </ConfirmAction>
                )}
              </Td>
            )}
          </tr>
        ))}
      </tbody>
    </Table>
  )

function StreamState({ stream }: { stream: AuditStream }) {
  const { paused_at, progress } = stream
  if (paused_at !== null) return <Badge tone="warning">Paused</Badge>
  if (progress.error_code !== null)
    return <Badge tone="danger">{progress.error_code.replaceAll('_', ' ')}</Badge>
  return progress.behind === 0 ? (
    <Badge tone="success">Up to date</Badge>
  ) : (
    <Badge tone="info">{progress.behind.toLocaleString('en-GB')} behind</Badge>
  )
}

/** Where events go as they happen, and how far each stream is. */
export const StreamsTable = ({
  streams,
  pause,
  end,
}: {
  streams: readonly AuditStream[]
  pause: ((id: string, paused: boolean) => Promise<ConfirmResult>) | null
  end: Act | null
}) =>
  streams.length === 0 ? (
    <Empty title="No stream yet">A SIEM hears of every event within seconds.</Empty>
  ) : (
    <Table label="Streams">
      <thead>
        <tr>
          <Th>Name</Th>
          <Th>To</Th>
          <Th>State</Th>
          <Th>Last taken</Th>
          {(pause || end) && <Th>Act</Th>}
        </tr>
      </thead>
      <tbody>
        {streams.map((stream) => (
          <tr key={stream.id}>
            <Td className="wrap-anywhere">{stream.name}</Td>
            <Td className="wrap-anywhere">
              <code className="font-mono text-xs">{stream.url}</code>
            </Td>
            <Td>
              <StreamState stream={stream} />
            </Td>
            <Td>
              <Time at={stream.progress.delivered_at} />
            </Td>
            {(pause || end) && (
              <Td>
                <div className="flex flex-wrap gap-2">
                  {pause && (
                    <ConfirmAction
                      action={pause.bind(null, stream.id, stream.paused_at === null)}
                      label={stream.paused_at === null ? 'Pause' : 'Go on'}
                      title={
                        stream.paused_at === null ? `Pause ${stream.name}?` : `Have ${stream.name} go on?`
                      }
                      confirm={stream.paused_at === null ? 'Pause the stream' : 'Go on'}
                    >
                      <p>Nothing is lost: a stream that goes on takes up where it was.</p>
                    </ConfirmAction>
                  )}
                  {end && (
                    <ConfirmAction
                      action={end.bind(null, stream.id)}
                      label="End"
                      title={`End ${stream.name}?`}
                      confirm="End the stream"
                      variant="danger"
                    >
                      <p>The collector hears nothing more, and where the stream was is forgotten.</p>
                    </ConfirmAction>
                  )}
                </div>
              </Td>
            )}
          </tr>
        ))}
      </tbody>
    </Table>
  )
