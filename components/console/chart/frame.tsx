import Link from 'next/link'
import type { ReactNode } from 'react'
import { ScrollBox } from '#components/ui/scroll-box'
import { counted, type Point, type Series, Swatch, sumOf, ticksOf } from './series.tsx'

/**
 * A chart with what goes with every one: its name, what it says in a sentence, a legend, labels, and the same as a table,
 * which is what is read where it is not seen. The picture itself is hidden from screen readers for that.
 */
export function ChartFrame({
  kicker,
  title,
  description,
  series,
  points,
  labels,
  overlay,
  beside,
  children,
}: {
  /** What it is a picture of, where the title says what there is to see. */
  kicker?: string
  title: string
  /** What there is to see, in a sentence or two. */
  description: string
  series: readonly Series[]
  points: readonly Point[]
  /** What the first column of the table is called. */
  labels: string
  /** What is laid over the picture, such as a brush. */
  overlay?: ReactNode
  /** What stands beside the table, such as a link to a file of it. */
  beside?: ReactNode
  /** The picture: an SVG that fills its box. */
  children: ReactNode
}) {
  const shown = series.filter(({ key }) => points.some(({ counts }) => (counts[key] ?? 0) > 0))
  return (
    <figure
      aria-label={kicker === undefined ? title : `${kicker}: ${title}`}
      className="min-w-0 rounded-card border border-border bg-card p-4 text-card-fg print:break-inside-avoid"
    >
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-2 text-sm">
        {kicker === undefined ? (
          <span>
            <span className="font-medium">{title}</span>
            <span className="ms-2 text-muted-fg">{description}</span>
          </span>
        ) : (
          <Finding kicker={kicker} title={title} description={description} />
        )}
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-fg">
          {shown.map((one) => (
            <li key={one.key} className="flex items-center gap-1.5">
              <Swatch series={one} of={title} />
              {one.words}
              {kicker !== undefined && (
                <span className="tabular-nums">
                  {counted(points.reduce((sum, { counts }) => sum + (counts[one.key] ?? 0), 0))}
                </span>
              )}
            </li>
          ))}
        </ul>
      </figcaption>
      <div className={`relative h-32 ${kicker === undefined ? 'mt-3' : 'mt-6'}`}>
        {children}
        {overlay}
      </div>
      <div aria-hidden className="mt-1.5 flex justify-between gap-3 text-xs text-muted-fg tabular-nums">
        {ticksOf(points).map(({ at, label }) => (
          <span key={at}>{label}</span>
        ))}
      </div>
      <details className="group/table mt-2 text-sm print:[&::details-content]:block print:[&::details-content]:[content-visibility:visible]">
        <summary className="inline-flex min-h-6 items-center gap-1.5 text-xs text-muted-fg hover:text-fg print:hidden">
          As a table
        </summary>
        {beside && <div className="mt-1 print:hidden">{beside}</div>}
        <ScrollBox
          label={`${title}, as a table`}
          className="mt-2 max-h-72 overflow-auto rounded-control border border-border print:max-h-none print:overflow-visible"
        >
          <table className="w-full border-collapse text-start text-xs tabular-nums">
            <thead className="sticky top-0 bg-muted text-muted-fg">
              <tr>
                <th scope="col" className="px-3 py-1.5 text-start font-medium">
                  {labels}
                </th>
                {series.map(({ key, words }) => (
                  <th key={key} scope="col" className="px-3 py-1.5 text-end font-medium">
                    {words}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {points.map(({ label, counts, href }) => (
                <tr
                  key={label}
                  className={`border-t border-border ${sumOf({ label, counts }) === 0 ? 'print:hidden' : ''}`}
                >
                  <th scope="row" className="px-3 py-1 text-start font-normal">
                    {href === undefined ? (
                      label
                    ) : (
                      <Link href={href} className="text-link underline-offset-2 hover:underline">
                        {label}
                      </Link>
                    )}
                  </th>
                  {series.map(({ key }) => (
                    <td key={key} className="px-3 py-1 text-end">
                      {counted(counts[key] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      </details>
    </figure>
  )
}

/** What a picture is of, and what there is to see in it. */
export const Finding = ({
  kicker,
  title,
  description,
}: {
  kicker: string
  title: string
  description: ReactNode
}) => (
  <div className="grid min-w-0 gap-0.5">
    <p className="text-xs font-medium text-muted-fg">{kicker}</p>
    <h2 className="text-base font-semibold tracking-tight">{title}</h2>
    <p className="text-sm text-muted-fg">{description}</p>
  </div>
)
