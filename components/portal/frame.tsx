import type { ReactNode } from 'react'

/** What every screen of the portal stands in: whose it is above, one card, who keeps the keys below. */
export const Frame = ({ organization, children }: { organization: string | null; children: ReactNode }) => (
  <div className="flex min-h-dvh flex-col items-center px-4 py-6 sm:py-10">
    <main className="w-full max-w-md">
      {organization !== null && (
        <div className="mb-4 flex min-w-0 items-center gap-2.5 px-1">
          <span
            aria-hidden="true"
            className="grid size-7 shrink-0 place-items-center rounded-control bg-primary text-sm font-semibold text-primary-fg"
          >
            {[...organization.trim()][0]?.toUpperCase()}
          </span>
          <span className="min-w-0 truncate text-sm font-semibold">{organization}</span>
        </div>
      )}
      {children}
      <p className="mt-5 flex items-center justify-center gap-1.5 text-xs text-muted-fg">
        <svg aria-hidden="true" viewBox="0 0 16 16" className="size-3.5" fill="none" stroke="currentColor">
          <rect x="3" y="7" width="10" height="6.5" rx="1.5" strokeWidth="1.4" />
          <path d="M5.25 7V5a2.75 2.75 0 0 1 5.5 0v2" strokeWidth="1.4" />
        </svg>
        Credentials are kept by Behalf. No agent ever sees them.
      </p>
    </main>
  </div>
)
