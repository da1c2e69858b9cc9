const shape = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

/** An instant as text in UTC: the console of a deployment is read from many places, its evidence from one clock. */
export function Time({ at, absent = 'Never' }: { at: string | null; absent?: string }) {
  if (at === null) return <span className="text-muted-fg">{absent}</span>
  return (
    <time dateTime={at} title={at} className="tabular-nums">
      {shape.format(new Date(at))} UTC
    </time>
  )
}
