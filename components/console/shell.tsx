import Link from 'next/link'
import type { ReactNode } from 'react'
import { Button } from '#components/ui/button'
import { Arrival } from './arrival.tsx'
import { Keyboard } from './keyboard.tsx'
import { type Here, type NavGroup, navigationOf } from './navigation.ts'
import { OrgSwitcher } from './org-switcher.tsx'
import { Pending } from './pending.tsx'

export { deploymentSegment, type Here } from './navigation.ts'

export type ShellProps = {
  email: string
  /** What they are there for: only what this role may read is listed. */
  role: string
  /** The org that the page is about; `null` on the deployment's pages. */
  org: { id: string; name: string } | null
  /** Others to switch to. */
  orgs: readonly { id: string; name: string }[]
  here: Here
  /** Whether the pages of the deployment are this admin's too. */
  operator: boolean
  signOut: () => Promise<never>
  children: ReactNode
}

const organizations: NavGroup = {
  words: 'Deployment',
  entries: [{ id: 'orgs', words: 'Organizations', href: '/console' }],
}

/** The frame of every console page: where one is, where one can go, who one is. Nothing of it needs a script. */
export function Shell({ email, role, org, orgs, here, operator, signOut, children }: ShellProps) {
  const own = org || operator ? navigationOf(org?.id ?? null, role) : []
  const groups = org === null && operator ? [organizations, ...own] : own
  const open = groups.flatMap(({ entries }) => entries).find(({ id }) => id === here)
  return (
    <div className="min-h-dvh bg-bg text-fg">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:start-3 focus:top-3 focus:z-30 focus:bg-card focus:px-3 focus:py-2"
      >
        Skip to content
      </a>
      <Arrival id="main" />
      <header className="border-b border-border bg-card print:hidden">
        <div className="mx-auto flex max-w-[120rem] flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5 sm:px-6">
          <Link href="/console" className="rounded-control font-heading font-semibold tracking-tight">
            Behalf
          </Link>
          <OrgSwitcher key={`${org?.id} ${here}`} org={org} orgs={orgs} here={here} />
          <div className="ms-auto flex min-w-0 items-center gap-3">
            {groups.length > 0 && <Keyboard groups={groups} org={org?.id ?? null} />}
            <form action={signOut} className="flex min-w-0 items-center gap-3">
              <span className="hidden max-w-64 truncate text-sm text-muted-fg md:inline">{email}</span>
              <Button type="submit" variant="secondary" size="small">
                Sign out
              </Button>
            </form>
          </div>
        </div>
        {groups.length > 0 && (
          <details key={here} className="group border-t border-border lg:hidden">
            <summary className="flex min-h-10 cursor-pointer list-none items-center gap-2 px-4 text-sm font-medium sm:px-6 [&::-webkit-details-marker]:hidden">
              <svg aria-hidden viewBox="0 0 12 12" className="size-3 text-muted-fg group-open:rotate-90">
                <path d="M4 2.5 7.5 6 4 9.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
              </svg>
              <span className="sr-only">Pages:</span>
              {open?.words ?? 'Pages'}
            </summary>
            <nav
              aria-label="Console"
              className="grid grid-cols-2 gap-x-4 gap-y-4 px-3 pb-4 sm:grid-cols-3 sm:px-5"
            >
              <Groups groups={groups} here={here} />
            </nav>
          </details>
        )}
      </header>
      <div className="mx-auto max-w-[120rem] lg:grid lg:grid-cols-[14rem_minmax(0,1fr)] print:block">
        {groups.length > 0 ? (
          <nav
            aria-label="Console"
            className="hidden content-start gap-5 border-e border-border px-3 py-6 lg:sticky lg:top-0 lg:grid lg:max-h-dvh lg:min-h-[calc(100dvh-3.5rem)] lg:overflow-y-auto print:hidden"
          >
            <Groups groups={groups} here={here} />
          </nav>
        ) : (
          <div className="hidden lg:block" />
        )}
        <main id="main" tabIndex={-1} className="min-w-0 outline-none px-4 py-6 sm:px-6 sm:py-8 lg:px-8">
          <div className="mx-auto max-w-6xl min-[100rem]:mx-0 min-[100rem]:max-w-[100rem]">{children}</div>
        </main>
      </div>
    </div>
  )
}

const Groups = ({ groups, here }: { groups: readonly NavGroup[]; here: Here }) =>
  groups.map(({ words, entries }) => (
    <div key={words}>
      <p className="px-2 pb-1 text-xs font-medium text-muted-fg">{words}</p>
      <ul>
        {entries.map(({ id, words, href }) => (
          <li key={id}>
            <Link
              href={href}
              aria-current={here === id ? 'page' : undefined}
              className="relative block rounded-control px-2 py-1.5 text-sm hover:bg-muted aria-[current=page]:bg-accent aria-[current=page]:font-medium"
            >
              {words}
              <Pending />
            </Link>
          </li>
        ))}
      </ul>
    </div>
  ))
