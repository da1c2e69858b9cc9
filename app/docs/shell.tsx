import Link from 'next/link'
import type { ReactNode } from 'react'

const places = [
  { href: '/docs', name: 'API reference' },
  { href: '/docs/errors', name: 'Errors' },
] as const

const width = (aside: ReactNode) => (aside ? 'max-w-7xl' : 'max-w-4xl')

/** What both pages of the docs stand in. */
export const Shell = ({
  here,
  title,
  lead,
  aside,
  children,
}: {
  here: (typeof places)[number]['href']
  title: string
  lead: ReactNode
  /** Stands beside the text where there is room, and before it where there is none. */
  aside?: ReactNode
  children: ReactNode
}) => (
  <>
    <header className="border-b border-border bg-card print:hidden">
      <nav
        aria-label="Documentation"
        className={`mx-auto flex flex-wrap items-center gap-x-5 gap-y-1 px-4 py-2 text-sm sm:px-6 ${width(aside)}`}
      >
        <Link href="/" className="me-auto py-1 font-semibold">
          Behalf
        </Link>
        {places.map(({ href, name }) => (
          <Link
            key={href}
            href={href}
            aria-current={href === here ? 'page' : undefined}
            className="py-1 text-muted-fg hover:text-fg aria-[current=page]:font-medium aria-[current=page]:text-fg"
          >
            {name}
          </Link>
        ))}
        <a href="/api/v1/openapi.json" className="py-1 text-muted-fg hover:text-fg">
          OpenAPI
        </a>
      </nav>
    </header>
    <main className={`mx-auto px-4 py-8 sm:px-6 sm:py-12 ${width(aside)}`}>
      <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{title}</h1>
      <div className="mt-3 max-w-prose leading-relaxed text-muted-fg">{lead}</div>
      {aside ? (
        <div className="mt-8 lg:grid lg:grid-cols-[15rem_minmax(0,1fr)] lg:gap-10 print:block">
          <div className="lg:sticky lg:top-0 lg:mt-6 lg:max-h-dvh lg:self-start lg:overflow-y-auto lg:py-4">
            {aside}
          </div>
          <div className="min-w-0 print:[&_details::details-content]:[content-visibility:visible]">
            {children}
          </div>
        </div>
      ) : (
        children
      )}
    </main>
  </>
)
