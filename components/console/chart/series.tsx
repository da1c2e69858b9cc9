/** One kind of thing that a chart shows; its colour is a token, and never the only thing that tells it. */
export type Series = {
  key: string
  words: string
  colour: 'neutral' | 'primary' | 'success' | 'warning' | 'danger' | 'info'
  /** Told apart by more than a colour, on paper too; without one it is plain. */
  texture?: Texture
}

export type Texture = 'lines' | 'dots'

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

const textureId = ({ colour, texture }: Pick<Series, 'colour' | 'texture'>, of: string) =>
  `${of.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}-${colour}-${texture}`

/** What a series is painted with. @param of what the picture is called, once on a page */
export const paintOf = (series: Pick<Series, 'colour' | 'texture'>, of: string): string =>
  series.texture ? `url(#${textureId(series, of)})` : fills[series.colour]

/** The patterns that `paintOf` refers to: within the SVG that uses them. */
export const Textures = ({
  series,
  of,
}: {
  series: readonly Pick<Series, 'colour' | 'texture'>[]
  of: string
}) => (
  <defs>
    {series.flatMap((one) =>
      one.texture === undefined ? (
        []
      ) : (
        <pattern
          key={textureId(one, of)}
          id={textureId(one, of)}
          width="5"
          height="5"
          patternUnits="userSpaceOnUse"
          {...(one.texture === 'lines' && { patternTransform: 'rotate(45)' })}
        >
          <rect width="5" height="5" fill={fills[one.colour]} />
          {one.texture === 'lines' ? (
            <rect width="1.5" height="5" fill="var(--bhf-card)" />
          ) : (
            <circle cx="2.5" cy="2.5" r="1.1" fill="var(--bhf-card)" />
          )}
        </pattern>
      ),
    )}
  </defs>
)

/** What a series looks like, for a legend. */
export const Swatch = ({ series, of }: { series: Series; of: string }) => (
  <svg aria-hidden viewBox="0 0 10 10" className="size-2.5 shrink-0">
    <Textures series={[series]} of={`${of} legend ${series.key}`} />
    <rect width="10" height="10" rx="2" fill={paintOf(series, `${of} legend ${series.key}`)} />
  </svg>
)
