import Link from 'next/link'
import type { ReactNode } from 'react'

const places = [
  { href: '/docs', name: 'API reference' },
  { href: '/docs/errors', name: 'Errors' },
] as const

/** What both pages of the docs stand in. */
export const Shell = ({
  here,
  title,
  lead,
  children,
}: {
  here: (typeof places)[number]['href']
  title: string
  lead: ReactNode
  children: ReactNode
}) => (
  <>
    <header className="border-b border-border bg-card">
      <nav
        aria-label="Documentation"
        className="mx-auto flex max-w-4xl flex-wrap items-center gap-x-5 gap-y-1 px-4 py-2 text-sm sm:px-6"
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
    <main className="mx-auto max-w-4xl px-4 py-8 sm:px-6 sm:py-12">
      <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{title}</h1>
      <div className="mt-3 max-w-prose leading-relaxed text-muted-fg">{lead}</div>
      {children}
    </main>
  </>
)
