import Link from 'next/link'
import type { ReactNode } from 'react'
import { Button } from '#components/ui/button'
import { OrgSwitcher } from './org-switcher.tsx'

/** Which page is open. */
export type Here =
  | 'orgs'
  | 'branding'
  | 'accounts'
  | 'agents'
  | 'requests'
  | 'approvals'
  | 'domains'
  | 'revocations'
  | 'keys'
  | 'incidents'
  | 'audit'

export type ShellProps = {
  email: string
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

/** Stands in an address where the deployment is meant instead of an org: no org can have this id. */
export const deploymentSegment = '~'

const shared = [
  { id: 'agents', words: 'Agents' },
  { id: 'branding', words: 'Branding' },
  { id: 'revocations', words: 'Revocations' },
  { id: 'keys', words: 'Keys' },
  { id: 'incidents', words: 'Incidents' },
  { id: 'audit', words: 'Audit' },
] as const

function tabsOf(org: string | null): { id: Here; words: string; href: string }[] {
  const base = `/console/${org === null ? deploymentSegment : encodeURIComponent(org)}`
  const first =
    org === null
      ? [{ id: 'orgs', words: 'Organizations', href: '/console' } as const]
      : [
          { id: 'accounts', words: 'Accounts', href: `${base}/accounts` } as const,
          { id: 'requests', words: 'Requests', href: `${base}/requests` } as const,
          { id: 'approvals', words: 'Approvals', href: `${base}/approvals` } as const,
          { id: 'domains', words: 'Domains', href: `${base}/domains` } as const,
        ]
  return [...first, ...shared.map(({ id, words }) => ({ id, words, href: `${base}/${id}` }))]
}

/** The frame of every console page: where one is, where one can go, who one is. */
export function Shell({ email, org, orgs, here, operator, signOut, children }: ShellProps) {
  return (
    <div className="min-h-dvh bg-bg text-fg">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:left-3 focus:top-3 focus:bg-card focus:px-3 focus:py-2"
      >
        Skip to content
      </a>
      <header className="border-b border-border bg-card">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5 sm:px-6">
          <Link href="/console" className="rounded-control font-heading font-semibold tracking-tight">
            Behalf
          </Link>
          <OrgSwitcher key={`${org?.id} ${here}`} org={org} orgs={orgs} here={here} />
          <form action={signOut} className="ml-auto flex min-w-0 items-center gap-3">
            <span className="hidden truncate text-sm text-muted-fg sm:inline">{email}</span>
            <Button type="submit" variant="secondary" size="small">
              Sign out
            </Button>
          </form>
        </div>
        {(org || operator) && (
          <nav aria-label="Console" className="mx-auto flex max-w-6xl flex-wrap gap-x-1 px-2 sm:px-4">
            {tabsOf(org?.id ?? null).map(({ id, words, href }) => (
              <Link
                key={id}
                href={href}
                aria-current={here === id ? 'page' : undefined}
                className="-mb-px border-b-2 border-transparent px-2 py-2 text-sm text-muted-fg hover:text-fg aria-[current=page]:border-primary aria-[current=page]:font-medium aria-[current=page]:text-fg"
              >
                {words}
              </Link>
            ))}
          </nav>
        )}
      </header>
      <main id="main" className="mx-auto max-w-6xl px-4 py-6 sm:px-6 sm:py-8">
        {children}
      </main>
    </div>
  )
}
