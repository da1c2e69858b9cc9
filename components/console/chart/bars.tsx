import { scaleBand, scaleLinear } from 'd3-scale'
import type { ComponentProps } from 'react'
import { ChartFrame } from './frame.tsx'
import { counted, fills, type Point, type Series, sumOf } from './series.tsx'

type Props = Omit<ComponentProps<typeof ChartFrame>, 'children'>

/** Bars, one on the other by series; with addresses, each leads to what it counts, without a script. */
export function Bars(props: Props) {
  return (
    <ChartFrame {...props}>
      <BarsPicture series={props.series} points={props.points} />
    </ChartFrame>
  )
}

function BarsPicture({ series, points }: { series: readonly Series[]; points: readonly Point[] }) {
  const places = scaleBand<number>()
    .domain(points.map((_, at) => at))
    .range([0, 100])
    .paddingInner(0.18)
  const heights = scaleLinear()
    .domain([0, Math.max(1, ...points.map(sumOf))])
    .range([0, 100])
    .nice(4)
  const [, most = 1] = heights.domain()
  return (
    <svg aria-hidden className="absolute inset-0 size-full overflow-visible" preserveAspectRatio="none">
      {heights.ticks(3).map((tick) => (
        <line
          key={tick}
          x1="0"
          x2="100%"
          y1={`${100 - heights(tick)}%`}
          y2={`${100 - heights(tick)}%`}
          stroke="var(--bhf-border)"
        />
      ))}
      {points.map((point, at) => {
        const x = places(at) ?? 0
        let top = 100
        const stack = series.map(({ key, colour }) => {
          const height = heights(point.counts[key] ?? 0)
          top -= height
          return (
            height > 0 && (
              <rect
                key={key}
                x={`${x}%`}
                y={`${top}%`}
                width={`${places.bandwidth()}%`}
                // What there is few of must be seen all the same.
                height={`${Math.max(height, 1)}%`}
                fill={fills[colour]}
              />
            )
          )
        })
        const said = `${point.label}: ${series
          .filter(({ key }) => (point.counts[key] ?? 0) > 0)
          .map(({ key, words }) => `${counted(point.counts[key] ?? 0)} ${words.toLowerCase()}`)
          .join(', ')}`
        const hit = { x: `${x}%`, y: 0, width: `${places.step()}%`, height: '100%', fill: 'transparent' }
        return point.href === undefined ? (
          <g key={point.label}>
            <title>{said}</title>
            {stack}
            <rect {...hit} />
          </g>
        ) : (
          <a key={point.label} href={point.href} tabIndex={-1} className="hover:opacity-75">
            <title>{said}</title>
            <rect {...hit} />
            {stack}
          </a>
        )
      })}
      <text x="0" y="-0.35em" className="fill-muted-fg text-[0.65rem] tabular-nums">
        {counted(most)}
      </text>
    </svg>
  )
}
