import Link from 'next/link'
import { Empty } from '#components/ui/empty'
import { attentionItems } from './attention-items.ts'

/** What needs somebody, each with the list that it leads to. */
export function NeedsYou(facts: Parameters<typeof attentionItems>[0]) {
  const items = attentionItems(facts)
  if (items.length === 0)
    return <Empty title="Nothing needs you">No access waits, fails, lies idle or is about to end.</Empty>
  return (
    <ul className="divide-y divide-border overflow-hidden rounded-card border border-border bg-card text-card-fg">
      {items.map(({ id, count, title, about, href, urgent }) => (
        <li key={id}>
          <Link
            href={href}
            className="grid grid-cols-[minmax(3.5rem,auto)_minmax(0,1fr)_auto] items-center gap-x-4 px-4 py-3 -outline-offset-2 hover:bg-muted/50"
          >
            <span
              className={`text-end text-lg font-semibold tabular-nums ${urgent ? 'text-warning' : 'text-fg'}`}
            >
              {count}
            </span>
            <span className="min-w-0">
              <span className="block text-sm font-medium">{title}</span>
              <span className="block text-xs text-muted-fg">{about}</span>
            </span>
            <svg aria-hidden viewBox="0 0 12 12" className="size-3 text-muted-fg rtl:rotate-180">
              <path d="M4 2.5 7.5 6 4 9.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
            </svg>
          </Link>
        </li>
      ))}
    </ul>
  )
}
