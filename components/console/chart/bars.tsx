import type { ComponentProps } from 'react'
import { ChartFrame } from './frame.tsx'
import { barsOf } from './layout.tsx'
import { counted, type Point, paintOf, type Series, Textures } from './series.tsx'

type Props = Omit<ComponentProps<typeof ChartFrame>, 'children'>

/** Bars, one on the other by series; with addresses, each leads to what it counts, without a script. */
export function Bars(props: Props) {
  return (
    <ChartFrame {...props}>
      <BarsPicture title={props.title} series={props.series} points={props.points} />
    </ChartFrame>
  )
}

function BarsPicture({
  title,
  series,
  points,
}: {
  title: string
  series: readonly Series[]
  points: readonly Point[]
}) {
  const { bars, scale } = barsOf(series, points)
  const paints = Object.fromEntries(series.map((one) => [one.key, paintOf(one, title)]))
  return (
    <svg aria-hidden className="absolute inset-0 size-full overflow-visible" preserveAspectRatio="none">
      <Textures series={series} of={title} />
      {scale.ticks.map(({ value, y }) => (
        <line key={value} x1="0" x2="100%" y1={`${y}%`} y2={`${y}%`} stroke="var(--bhf-border)" />
      ))}
      {bars.map(({ said, x, width, step, parts }, at) => {
        const href = points[at]?.href
        const bar = (
          <>
            <title>{said}</title>
            <rect x={`${x}%`} y="0" width={`${step}%`} height="100%" fill="transparent" />
            {parts.map(({ key, y, height }) => (
              <rect
                key={key}
                x={`${x}%`}
                y={`${y}%`}
                width={`${width}%`}
                height={`${height}%`}
                fill={paints[key]}
              />
            ))}
          </>
        )
        return href === undefined ? (
          <g key={said}>{bar}</g>
        ) : (
          <a key={said} href={href} tabIndex={-1} className="hover:opacity-75">
            {bar}
          </a>
        )
      })}
      <text x="0" y="-0.35em" className="fill-muted-fg text-[0.65rem] tabular-nums">
        {counted(scale.most)}
      </text>
    </svg>
  )
}
