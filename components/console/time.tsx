import { classes } from '../ui/classes.ts'

const shape = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

/**
 * An instant as text in UTC: the console of a deployment is read from many places, its evidence from one clock.
 * @param unbroken on one line, as in a table
 */
export function Time({
  at,
  absent = 'Never',
  unbroken = false,
}: {
  at: string | null
  absent?: string
  unbroken?: boolean
}) {
  const line = unbroken && 'whitespace-nowrap'
  if (at === null) return <span className={classes('text-muted-fg', line)}>{absent}</span>
  return (
    <time dateTime={at} title={at} className={classes('tabular-nums', line)}>
      {shape.format(new Date(at))} UTC
    </time>
  )
}
