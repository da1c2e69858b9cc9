import type { ReactNode } from 'react'
import { Badge } from '#components/ui/badge'
import type { RepairedColour } from '#lib/tenancy/schema'
import { Swatch } from './swatch.tsx'
import { colourWords } from './words.tsx'

const Row = ({ colour, from, to, ratio_from, ratio_to, ratio_min }: RepairedColour): ReactNode => (
  <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2 text-sm">
    <span className="min-w-36 flex-1">{colourWords[colour] ?? colour}</span>
    <span className="flex items-center gap-1.5 font-mono text-xs">
      <Swatch colour={from} /> {from} <span aria-hidden="true">→</span> <Swatch colour={to} /> {to}
    </span>
    {ratio_from !== null && ratio_to !== null && (
      <span className="text-xs text-muted-fg tabular-nums">
        {ratio_from.toFixed(2)}:1 → {ratio_to.toFixed(2)}:1, needs {ratio_min}:1
      </span>
    )}
  </li>
)

/** Which colours repair moves, before and after. */
export const ContrastReport = ({
  contrast,
  refuses,
}: {
  contrast: Readonly<Record<'light' | 'dark', readonly RepairedColour[]>>
  /** Whether the theme takes its colours as they are. */
  refuses: boolean
}): ReactNode => (
  <div className="grid gap-5 md:grid-cols-2">
    {(['light', 'dark'] as const).map((scheme) => (
      <div key={scheme} className="min-w-0">
        <h3 className="flex items-center gap-2 text-sm font-semibold">
          {scheme === 'light' ? 'Light' : 'Dark'}
          {contrast[scheme].length === 0 && !refuses && <Badge tone="success">Readable as it is</Badge>}
        </h3>
        {contrast[scheme].length > 0 && (
          <ul className="mt-1 divide-y divide-border">
            {contrast[scheme].map((one) => (
              <Row key={one.colour} {...one} />
            ))}
          </ul>
        )}
      </div>
    ))}
  </div>
)
