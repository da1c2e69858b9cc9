import Link from 'next/link'
import { Fragment, type ReactNode } from 'react'
import { Finding } from './frame.tsx'
import { paintOf, type Series, Textures } from './series.tsx'

export type RankedRow = {
  key: string
  label: ReactNode
  href?: string
  /** Said below its name. */
  note?: ReactNode
  /** How long its bar is, between 0 and 1; beyond 1 it is full. */
  share: number
  look: Pick<Series, 'colour' | 'texture'>
  /** What stands in the other columns. */
  cells: readonly string[]
}

/** Things side by side, the greatest first: a table whose rows carry their bars, so that it is read as it is seen. */
export const Ranked = ({
  kicker,
  title,
  description,
  columns,
  rows,
  beside,
  children,
}: {
  kicker: string
  title: string
  description: ReactNode
  /** The name of what is listed, and those of the other columns. */
  columns: readonly [string, ...string[]]
  rows: readonly RankedRow[]
  /** Below the table, such as a link to a file of it. */
  beside?: ReactNode
  /** What is said where there is nothing to list. */
  children?: ReactNode
}) => (
  <figure
    aria-label={`${kicker}: ${title}`}
    className="min-w-0 rounded-card border border-border bg-card p-4 text-card-fg print:break-inside-avoid"
  >
    <figcaption>
      <Finding kicker={kicker} title={title} description={description} />
    </figcaption>
    {rows.length === 0 ? (
      <p className="mt-4 text-sm text-muted-fg">{children}</p>
    ) : (
      <table className="mt-3 w-full border-collapse text-sm">
        <thead>
          <tr className="text-xs text-muted-fg">
            {columns.map((name, at) => (
              <th
                key={name}
                scope="col"
                className={`pb-1 align-bottom font-medium ${at === 0 ? 'text-start' : 'ps-3 text-end'}`}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, label, href, note, share, look, cells }) => (
            <Fragment key={key}>
              <tr className="border-t border-border">
                <th
                  scope="row"
                  className="w-full min-w-0 pt-2 text-start align-top font-normal [overflow-wrap:anywhere]"
                >
                  {href === undefined ? (
                    label
                  ) : (
                    <Link href={href} className="text-link underline-offset-2 hover:underline">
                      {label}
                    </Link>
                  )}
                </th>
                {cells.map((cell, at) => (
                  <td
                    key={columns[at + 1]}
                    className="ps-3 pt-2 text-end align-top whitespace-nowrap tabular-nums"
                  >
                    {cell}
                  </td>
                ))}
              </tr>
              <tr className="print:break-before-avoid">
                <td colSpan={columns.length} className="pb-2.5">
                  {note && <p className="text-xs text-muted-fg">{note}</p>}
                  <svg aria-hidden className="mt-1.5 block h-1.5 w-full" preserveAspectRatio="none">
                    <Textures series={[look]} of={`${kicker} ${key}`} />
                    <rect width="100%" height="100%" rx="3" fill="var(--bhf-muted)" />
                    {share > 0 && (
                      <rect
                        width={`${Math.min(100, Math.max(share * 100, 0.75))}%`}
                        height="100%"
                        rx="3"
                        fill={paintOf(look, `${kicker} ${key}`)}
                      />
                    )}
                  </svg>
                </td>
              </tr>
            </Fragment>
          ))}
        </tbody>
      </table>
    )}
    {beside && rows.length > 0 && <div className="mt-2 print:hidden">{beside}</div>}
  </figure>
)
