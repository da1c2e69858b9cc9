import Link from 'next/link'
import type { ShellProps } from './shell.tsx'

/** A menu that needs no script: the browser's own disclosure. */
export function OrgSwitcher({ org, orgs, here }: Pick<ShellProps, 'org' | 'orgs' | 'here'>) {
  if (org === null) return null
  const others = orgs.filter(({ id }) => id !== org.id)
  const name = <span className="max-w-20 truncate sm:max-w-72">{org.name}</span>
  if (orgs.length === 0) return name
  const page = here === 'orgs' || here === 'overview' ? '' : `/${here}`
  const item = 'block truncate rounded-control px-2.5 py-1.5 text-sm hover:bg-muted'
  return (
    <details className="group relative min-w-0">
      <summary className="flex min-h-8 cursor-pointer list-none items-center gap-1.5 rounded-control border border-border px-2.5 text-sm hover:bg-muted [&::-webkit-details-marker]:hidden">
        <span className="sr-only">Organization:</span>
        {name}
        <svg aria-hidden viewBox="0 0 12 12" className="size-3 shrink-0 text-muted-fg group-open:rotate-180">
          <path d="M2.5 4.5 6 8l3.5-3.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
        </svg>
      </summary>
      <nav
        aria-label="Organizations"
        className="absolute start-0 z-10 mt-1 grid max-h-80 w-60 overflow-y-auto rounded-card border border-border bg-card p-1 text-card-fg shadow-card"
      >
        {others.map(({ id, name: other }) => (
          <Link key={id} href={`/console/${encodeURIComponent(id)}${page}`} className={item}>
            {other}
          </Link>
        ))}
        <Link href="/console" className={`${item} text-muted-fg`}>
          All organizations
        </Link>
      </nav>
    </details>
  )
}
