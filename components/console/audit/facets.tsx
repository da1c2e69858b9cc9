import Link from 'next/link'
import { counted } from '../chart/series.tsx'

export type Facet = {
  field: string
  words: string
  values: readonly { value: string; words: string; count: number; href: string; chosen: boolean }[]
}

/** The most frequent values of some fields; each narrows the list to itself, or lets go of it again. */
export function Facets({ facets, share }: { facets: readonly Facet[]; share: number }) {
  return (
    <nav aria-label="Narrow down" className="grid min-w-0 content-start gap-4 text-sm print:hidden">
      {share < 1 && (
        <p className="text-xs text-muted-fg">
          Counts are estimates from {share < 0.01 ? 'less than 1' : Math.round(share * 100)}% of these events.
        </p>
      )}
      {facets
        .filter(({ values }) => values.length > 0)
        .map(({ field, words, values }) => (
          <details key={field} open>
            <summary className="min-h-6 text-xs font-medium text-muted-fg hover:text-fg">{words}</summary>
            <ul className="mt-1 flex flex-wrap gap-1.5 lg:grid lg:gap-0">
              {values.map(({ value, words: name, count, href, chosen }) => (
                <li key={value} className="min-w-0">
                  <Link
                    href={href}
                    scroll={false}
                    prefetch={false}
                    title={value}
                    aria-current={chosen ? 'true' : undefined}
                    className="flex min-h-7 max-w-full items-center justify-between gap-2 rounded-control border border-border px-2 hover:bg-muted lg:gap-3 lg:border-0 aria-[current]:bg-accent aria-[current]:font-medium"
                  >
                    <span className="min-w-0 truncate">
                      {name}
                      {chosen && <span className="sr-only"> (chosen: remove)</span>}
                    </span>
                    <span className="text-xs text-muted-fg tabular-nums">
                      {share < 1 ? '~' : ''}
                      {counted(count)}
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          </details>
        ))}
    </nav>
  )
}
