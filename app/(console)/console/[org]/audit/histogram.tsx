import { Bars } from '#components/console/chart/bars'
import { Brush } from '#components/console/chart/brush'
import { counted, type Series } from '#components/console/chart/series'
import type { Tally } from '#lib/audit'
import { hrefWith } from '../../href-with.ts'

const series: readonly Series[] = [
  { key: 'denied', words: 'Denied', colour: 'warning' },
  { key: 'failed', words: 'Failed', colour: 'danger' },
  { key: 'unknown', words: 'Unknown', colour: 'info' },
  { key: 'allowed', words: 'Allowed', colour: 'neutral' },
]

const dayMs = 86_400_000

/** A moment as short as the length of the bars lets it be, in UTC. */
function labelFor(stepMs: number): (at: string) => string {
  const shape = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'UTC',
    ...(stepMs >= dayMs * 28 && { year: 'numeric' }),
    day: 'numeric',
    month: 'short',
    ...(stepMs < dayMs && { hour: '2-digit', minute: '2-digit' }),
    ...(stepMs < 60_000 && { second: '2-digit' }),
  })
  return (at) => shape.format(new Date(at))
}

/** Events over time by outcome; each bar, and any range of them, is an address. */
export function Histogram({
  tally,
  path,
  given,
}: {
  tally: Tally
  path: string
  given: Readonly<Record<string, string>>
}) {
  const { bars, total, barsExact, share } = tally
  // The outer bars may be cut short.
  const [one] = bars.slice(1, 2)
  const label = labelFor(one ? Date.parse(one.until) - Date.parse(one.from) : 0)
  const zoom = (since: string, until: string) => hrefWith(path, given, { range: null, since, until })
  const points = bars.map(({ from, until, counts }) => ({
    label: label(from),
    counts,
    href: zoom(from, until),
  }))
  const seen = new Map<string, number>()
  // Two bars of one name would be one to whoever reads the table.
  const named = points.map((point) => {
    const n = (seen.get(point.label) ?? 0) + 1
    seen.set(point.label, n)
    return n === 1 ? point : { ...point, label: `${point.label} (${n})` }
  })
  const about = share < 0.01 ? 'under 1' : String(Math.round(share * 100))
  return (
    <Bars
      title="Events over time"
      description={
        barsExact
          ? `${counted(total)} ${total === 1 ? 'event' : 'events'}`
          : `about ${counted(total)} events, estimated from ${about}% of what was written in this time`
      }
      labels="From (UTC)"
      series={series}
      points={named}
      overlay={
        <Brush
          labels={named.map(({ label: name }) => name)}
          edges={[...bars.map(({ from }) => from), tally.until]}
          href={`${zoom('__SINCE__', '__UNTIL__')}`}
        />
      }
    />
  )
}
