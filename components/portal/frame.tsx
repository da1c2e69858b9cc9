import type { ReactNode } from 'react'
import type { Translator } from '#lib/i18n/schema'

/**
 * What every screen of the portal stands in: whose it is above, one card, who keeps the keys below.
 * @param organization whose page this is; `null` where that is not known
 * @param logo in place of the organization's initial and name
 * @param badge `false` where an organization leaves out who keeps the keys
 */
export const Frame = ({
  organization,
  t,
  logo,
  badge = true,
  children,
}: {
  organization: string | null
  t: Translator
  logo?: ReactNode
  badge?: boolean
  children: ReactNode
}) => (
  <div className="flex min-h-dvh flex-col items-center px-4 py-6 sm:py-12">
    <main className="w-full max-w-md wrap-anywhere">
      {logo ?? (organization !== null && <Whose organization={organization} />)}
      {children}
      {badge && (
        <p className="mt-6 px-2 text-center text-xs leading-relaxed text-balance text-muted-fg">
          <svg
            aria-hidden="true"
            viewBox="0 0 16 16"
            className="me-1.5 -mt-0.5 inline-block size-3.5"
            fill="none"
            stroke="currentColor"
          >
            <rect x="3" y="7" width="10" height="6.5" rx="1.5" strokeWidth="1.4" />
            <path d="M5.25 7V5a2.75 2.75 0 0 1 5.5 0v2" strokeWidth="1.4" />
          </svg>
          {t('frame.kept_by')}
        </p>
      )}
    </main>
  </div>
)

const Whose = ({ organization }: { organization: string }) => (
  <div className="mb-4 flex min-w-0 items-center gap-2.5 px-1">
    <span
      aria-hidden="true"
      className="grid size-7 shrink-0 place-items-center rounded-control bg-primary text-sm font-semibold text-primary-fg"
    >
      {[...organization.trim()][0]?.toUpperCase()}
    </span>
    <bdi className="min-w-0 truncate text-sm font-semibold">{organization}</bdi>
  </div>
)
