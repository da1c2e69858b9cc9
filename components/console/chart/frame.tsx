import Link from 'next/link'
import type { ReactNode } from 'react'
import { ScrollBox } from '#components/ui/scroll-box'
import { counted, fills, type Point, type Series, ticksOf } from './series.tsx'

/**
 * A chart with what goes with every one: its name, what it says in a sentence, a legend, labels, and the same as a table,
 * which is what is read where it is not seen. The picture itself is hidden from screen readers for that.
 */
export function ChartFrame({
  title,
  description,
  series,
  points,
  labels,
  overlay,
  children,
}: {
  title: string
  /** What there is to see, in a sentence or two. */
  description: string
  series: readonly Series[]
  points: readonly Point[]
  /** What the first column of the table is called. */
  labels: string
  /** What is laid over the picture, such as a brush. */
  overlay?: ReactNode
  /** The picture: an SVG that fills its box. */
  children: ReactNode
}) {
  const shown = series.filter(({ key }) => points.some(({ counts }) => (counts[key] ?? 0) > 0))
  return (
    <figure
      aria-label={title}
      className="rounded-card border border-border bg-card p-4 text-card-fg print:break-inside-avoid"
    >
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 text-sm">
        <span>
          <span className="font-medium">{title}</span>
          <span className="ms-2 text-muted-fg">{description}</span>
        </span>
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-fg">
          {shown.map(({ key, words, colour }) => (
            <li key={key} className="flex items-center gap-1.5">
              <svg aria-hidden viewBox="0 0 10 10" className="size-2.5">
                <rect width="10" height="10" rx="2" fill={fills[colour]} />
              </svg>
              {words}
            </li>
          ))}
        </ul>
      </figcaption>
      <div className="relative mt-3 h-32">
        {children}
        {overlay}
      </div>
      <div aria-hidden className="mt-1.5 flex justify-between gap-3 text-xs text-muted-fg tabular-nums">
        {ticksOf(points).map(({ at, label }) => (
          <span key={at}>{label}</span>
        ))}
      </div>
      <details className="mt-2 text-sm">
        <summary className="inline-flex min-h-6 items-center text-xs text-muted-fg hover:text-fg">
          As a table
        </summary>
        <ScrollBox
          label={`${title}, as a table`}
          className="mt-2 max-h-72 overflow-auto rounded-control border border-border"
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
                <tr key={label} className="border-t border-border">
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
