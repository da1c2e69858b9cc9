import { scaleLinear } from 'd3-scale'
import { curveMonotoneX, line } from 'd3-shape'
import type { ComponentProps } from 'react'
import { ChartFrame } from './frame.tsx'
import { counted, fills } from './series.tsx'

/** A line for each series, from left to right; those after the first are dashed, so that colour does not tell alone. */
export function Lines(props: Omit<ComponentProps<typeof ChartFrame>, 'children'>) {
  const { series, points } = props
  const places = scaleLinear()
    .domain([0, Math.max(1, points.length - 1)])
    .range([0, 100])
  const heights = scaleLinear()
    .domain([0, Math.max(1, ...points.flatMap(({ counts }) => Object.values(counts)))])
    .range([100, 0])
    .nice(4)
  const [, most = 1] = heights.domain()
  return (
    <ChartFrame {...props}>
      <svg
        aria-hidden
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        className="absolute inset-0 size-full overflow-visible"
      >
        {heights.ticks(3).map((tick) => (
          <line
            key={tick}
            x1={0}
            x2={100}
            y1={heights(tick)}
            y2={heights(tick)}
            stroke="var(--bhf-border)"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {series.map(({ key, words, colour }, at) => (
          <path
            key={key}
            d={
              line<(typeof points)[number]>()
                .x((_, n) => places(n))
                .y(({ counts }) => heights(counts[key] ?? 0))
                .curve(curveMonotoneX)([...points]) ?? ''
            }
            fill="none"
            stroke={fills[colour]}
            strokeWidth={2}
            {...(at > 0 && { strokeDasharray: `${8 / at} ${2 + 2 * at}` })}
            vectorEffect="non-scaling-stroke"
          >
            <title>{words}</title>
          </path>
        ))}
      </svg>
      <span aria-hidden className="absolute -top-3.5 start-0 text-[0.65rem] text-muted-fg tabular-nums">
        {counted(most)}
      </span>
    </ChartFrame>
  )
}
