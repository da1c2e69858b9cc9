import type { ReactNode } from 'react'
import { Checkbox } from '#components/ui/checkbox'
import { type Risk, risk } from '#lib/connector-kit/schema'
import type { ConsentView, ScopeView } from '#lib/consent/schema'
import type { Translator } from '#lib/i18n/schema'
import { classes } from '../ui/classes.ts'
import { glanceOf, standingOf, tickName } from './consent-live.ts'
import { riskPaint } from './risk.ts'

export const Section = ({
  title,
  about,
  children,
}: {
  title: ReactNode
  about?: ReactNode
  children: ReactNode
}) => (
  <section className="border-t border-border px-5 py-5 sm:px-7">
    <h2 className="text-sm font-semibold">{title}</h2>
    {about && <p className="mt-0.5 text-sm text-muted-fg">{about}</p>}
    {children}
  </section>
)

const icons: Record<Risk, string> = {
  read: 'M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10zM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z',
  write: 'M4 16l.8-3.6L13.2 4a1.9 1.9 0 0 1 2.7 0 1.9 1.9 0 0 1 0 2.7l-8.4 8.4L4 16zM11.8 5.5l2.7 2.7',
  send: 'M17 3L9 11M17 3l-5 14-3-6-6-3 14-5z',
  admin: 'M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6M8.7 9v4M11.3 9v4',
}

const inks: Record<Risk, string> = {
  read: 'text-risk-read',
  write: 'text-risk-write',
  send: 'text-risk-send',
  admin: 'text-risk-admin',
}

const Icon = ({ of, dim = false }: { of: Risk; dim?: boolean }) => (
  <svg
    aria-hidden="true"
    viewBox="0 0 20 20"
    className={classes('size-5 shrink-0', dim ? 'text-muted-fg' : inks[of])}
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    <path d={icons[of]} />
  </svg>
)

const riskKey = (level: Risk) => `consent.risk_${level}` as const

/** What can be done at all, at a glance: each risk with yes, no, or that it is the person's choice. */
export const Glance = ({ view, t }: { view: ConsentView; t: Translator }) => (
  <section aria-label={t('consent.glance')} className="px-5 pb-5 sm:px-7">
    <ul className="grid gap-2 min-[22rem]:grid-cols-2">
      {risk.options.map((level) => {
        const standing = standingOf(glanceOf(view, level))
        return (
          <li
            key={level}
            className={classes(
              'flex items-start gap-2.5 rounded-control border p-3',
              standing === 'no' ? 'border-dashed border-border' : 'border-border bg-muted/50',
            )}
          >
            <Icon of={level} dim={standing === 'no'} />
            <span className="flex min-w-0 grow flex-wrap justify-between gap-x-3 text-sm leading-snug min-[22rem]:block">
              <span className="text-muted-fg min-[22rem]:block">{t(riskKey(level))}</span>
              <Standing
                at={`glance-${level}`}
                is={standing}
                yes={t('consent.glance_yes')}
                no={standing === 'depends' ? t('consent.glance_choice') : t('consent.glance_no')}
                depends={t('consent.glance_choice')}
              />
            </span>
          </li>
        )
      })}
    </ul>
  </section>
)

/** A word that turns with what is ticked; one that cannot turn is just that word. */
export function Standing({
  at,
  is,
  yes,
  no,
  depends,
  paint = { yes: 'text-fg', no: 'text-fg' },
}: {
  at: string
  is: 'yes' | 'no' | 'depends'
  yes: ReactNode
  no: ReactNode
  depends: ReactNode
  paint?: { yes: string; no: string }
}) {
  const word = 'inline-flex items-center gap-1 font-semibold'
  if (is !== 'depends') return <span className={classes(word, paint[is])}>{is === 'yes' ? yes : no}</span>
  return (
    <span data-live={at}>
      <span data-is="depends" className={classes(word, 'text-fg')}>
        {depends}
      </span>
      <span data-is="no" className={classes(word, paint.no)}>
        {no}
      </span>
      <span data-is="yes" className={classes(word, paint.yes)}>
        {yes}
      </span>
    </span>
  )
}

type Group = ConsentView['groups'][number]

/** Permissions by risk, each group with its reason. */
export const Groups = ({
  groups,
  item,
}: {
  groups: readonly Group[]
  item: (scope: ScopeView) => ReactNode
}) =>
  groups.map(({ risk: level, title, why, scopes }) => (
    <div key={level} className="mt-4 first-of-type:mt-3">
      <h3 className="flex items-center gap-2 text-xs font-semibold">
        <span aria-hidden="true" className={classes('size-2 rounded-pill', riskPaint[level])} />
        {title}
      </h3>
      {why && <p className="mt-0.5 ps-4 text-sm text-muted-fg">{why}</p>}
      <ul className="mt-2 grid gap-3">
        {scopes.map((scope) => (
          <li key={scope.scope}>{item(scope)}</li>
        ))}
      </ul>
    </div>
  ))

export const Needed = ({ does, example }: ScopeView) => (
  <div className="flex items-start gap-3">
    <svg
      aria-hidden="true"
      viewBox="0 0 20 20"
      className="mt-0.5 size-6 shrink-0 p-0.5 text-muted-fg"
      fill="none"
      stroke="currentColor"
    >
      <path d="M4.5 10.5l3.5 3.5 7.5-8" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
    <div className="min-w-0 pt-0.5">
      <p className="font-medium">{does}</p>
      <p className="mt-0.5 text-sm text-muted-fg">{example}</p>
    </div>
  </div>
)

/** A permission that is the person's to give. Ticked only where they have given it before and it stays. */
export const Optional = ({ view, scope }: { view: ConsentView; scope: ScopeView }) => (
  <Checkbox
    name="scopes"
    value={scope.scope}
    label={scope.does}
    defaultChecked={scope.was === 'kept'}
    data-tick={tickName(view, scope.scope)}
    description={
      <>
        <p>{scope.example}</p>
        {scope.without_it && <p>{scope.without_it}</p>}
      </>
    }
  />
)

/** One answer of several, as a box of its own. */
export const Radio = ({
  name,
  value,
  checked,
  children,
}: {
  name: string
  value: string
  checked: boolean
  children: ReactNode
}) => (
  <label className="flex min-h-11 items-center gap-2.5 rounded-control border border-border px-3 py-2 text-sm has-checked:border-primary has-checked:bg-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ring">
    <input
      type="radio"
      name={name}
      value={value}
      defaultChecked={checked}
      className="size-5 shrink-0 accent-primary outline-none"
    />
    <span className="min-w-0">{children}</span>
  </label>
)
