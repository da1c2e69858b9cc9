/** One kind of thing that a chart shows; its colour is a token, and never the only thing that tells it. */
export type Series = {
  key: string
  words: string
  colour: 'neutral' | 'primary' | 'success' | 'warning' | 'danger' | 'info'
}

/** A place on the chart's lower edge, with how many there are of each series. */
export type Point = { label: string; counts: Readonly<Record<string, number>>; href?: string }

export const fills: Readonly<Record<Series['colour'], string>> = {
  neutral: 'var(--bhf-input)',
  primary: 'var(--bhf-primary)',
  success: 'var(--bhf-success)',
  warning: 'var(--bhf-warning)',
  danger: 'var(--bhf-danger)',
  info: 'var(--bhf-info)',
}

export const counted = (n: number): string => n.toLocaleString('en-GB')

export const sumOf = ({ counts }: Point): number => Object.values(counts).reduce((sum, n) => sum + n, 0)

/** Which labels stand below the chart: few enough not to touch on the narrowest screens. */
export function ticksOf(points: readonly Point[]): { at: number; label: string }[] {
  const last = points.length - 1
  if (last < 0) return []
  return [...new Set([0, Math.floor(last / 2), last])].map((at) => ({ at, label: points[at]?.label ?? '' }))
}
