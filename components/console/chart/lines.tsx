import type { ComponentProps } from 'react'
import { ChartFrame } from './frame.tsx'
import { linesOf } from './layout.tsx'
import { counted, fills } from './series.tsx'

/** A line for each series, from left to right; those after the first are dashed, so that colour does not tell alone. */
export function Lines(props: Omit<ComponentProps<typeof ChartFrame>, 'children'>) {
  const { series, points } = props
  const { paths, scale } = linesOf(series, points)
  return (
    <ChartFrame {...props}>
      <svg
        aria-hidden
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        className="absolute inset-0 size-full overflow-visible"
      >
        {scale.ticks.map(({ value, y }) => (
          <line
            key={value}
            x1={0}
            x2={100}
            y1={y}
            y2={y}
            stroke="var(--bhf-border)"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {series.map(({ key, words, colour }, at) => (
          <path
            key={key}
            d={paths[at]?.d ?? ''}
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
        {counted(scale.most)}
      </span>
    </ChartFrame>
  )
}
