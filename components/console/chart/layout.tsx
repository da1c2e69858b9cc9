import { scaleBand, scaleLinear } from 'd3-scale'
import { counted, type Point, type Series, sumOf } from './series.tsx'

/** Where a chart's things stand, in hundredths of its width and height, from the upper left. */
export type BarLayout = {
  said: string
  x: number
  width: number
  step: number
  parts: { key: string; y: number; height: number }[]
}

/** Lines across the picture, and what the uppermost stands for. */
export type Scale = { ticks: { value: number; y: number }[]; most: number }

const scaleOf = (most: number) =>
  scaleLinear()
    .domain([0, Math.max(1, most)])
    .range([100, 0])
    .nice(4)

const told = (scale: ReturnType<typeof scaleOf>): Scale => ({
  ticks: scale.ticks(3).map((value) => ({ value, y: scale(value) })),
  most: scale.domain()[1] ?? 1,
})

/** What there is few of must be seen all the same: no part is lower than this. */
const leastHeight = 1

export function barsOf(
  series: readonly Series[],
  points: readonly Point[],
): { bars: BarLayout[]; scale: Scale } {
  const places = scaleBand<number>()
    .domain(points.map((_, at) => at))
    .range([0, 100])
    .paddingInner(0.18)
  const scale = scaleOf(Math.max(0, ...points.map(sumOf)))
  const bars = points.map((point, at) => {
    let top = 100
    const shown = series.filter(({ key }) => (point.counts[key] ?? 0) > 0)
    const parts = shown.map(({ key }) => {
      const height = Math.max(100 - scale(point.counts[key] ?? 0), leastHeight)
      top -= height
      return { key, y: top, height }
    })
    const said = shown.map(({ key, words }) => `${counted(point.counts[key] ?? 0)} ${words.toLowerCase()}`)
    return {
      said: `${point.label}: ${said.join(', ') || 'none'}`,
      x: places(at) ?? 0,
      width: places.bandwidth(),
      step: places.step(),
      parts,
    }
  })
  return { bars, scale: told(scale) }
}
