import { Alert } from '#components/ui/alert'
import type { Around } from '#lib/audit/schema'
import { counted } from '../chart/series.tsx'

const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

/** What the walk around an event found, just now. @param sequence of the event that is open */
export function ChainBadge({ found, sequence }: { found: Around; sequence: number }) {
  const { ok, from, through, signedBy, firstBad, reason, at } = found
  if (!ok)
    return (
      <Alert tone="danger" title="Chain broken">
        {firstBad ? (
          <>
            Event {counted(firstBad.sequence)} (
            <code className="font-mono text-xs break-all">{firstBad.id}</code>): {reason}.
          </>
        ) : (
          `${reason}.`
        )}{' '}
        Checked at {clock.format(new Date(at))} UTC.
      </Alert>
    )
  return (
    <Alert
      tone={signedBy ? 'success' : 'info'}
      title={`Chain verified up to ${counted(through)} at ${clock.format(new Date(at))} UTC`}
    >
      {signedBy ? (
        <>
          Events {counted(from)} to {counted(through)} are as they were written. Head signed by key{' '}
          <code className="font-mono text-xs break-all">{signedBy.kid}</code> at {signedBy.at}.
        </>
      ) : (
        <>
          Events {counted(from)} to {counted(through)} are as they were written and follow each other. No
          signed head is near yet: that nobody made all of it anew will be proven by the next one after event{' '}
          {counted(sequence)}.
        </>
      )}
    </Alert>
  )
}
