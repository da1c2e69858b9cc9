import type { ReactNode } from 'react'
import type { ConsentView } from '#lib/consent/schema'
import type { Translator } from '#lib/i18n/schema'
import { Groups, Needed, Optional, Section } from './consent-parts.tsx'
import { groupsOf } from './risk.ts'

type Change = NonNullable<ConsentView['change']>
type Piece = Exclude<Change['wording'], string>[number]['pieces'][number]

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <div className="mt-4">
    <h3 className="text-xs font-semibold">{title}</h3>
    {children}
  </div>
)

/** What is different since the last consent: new, gone, worded otherwise; what stays is folded away. */
export function Changes({ view, change, t }: { view: ConsentView; change: Change; t: Translator }) {
  const added = groupsOf(view.groups, ({ was }) => was === 'new')
  const kept = groupsOf(view.groups, ({ was }) => was !== 'new')
  const wording = change.wording === 'other_language' ? [] : change.wording
  const same = added.length === 0 && change.gone.length === 0 && wording.length === 0
  return (
    <Section title={t('consent.change_title')} about={change.since}>
      {same && change.wording !== 'other_language' && (
        <p className="mt-3 font-medium">{t('consent.change_none')}</p>
      )}
      {change.wording === 'other_language' && (
        <p className="mt-3 font-medium">{t('consent.change_language')}</p>
      )}
      {added.length > 0 && (
        <Part title={t('consent.change_new')}>
          <Split view={view} groups={added} t={t} />
        </Part>
      )}
      {change.gone.length > 0 && (
        <Part title={t('consent.change_gone')}>
          <ul className="mt-2 grid gap-1.5">
            {change.gone.map(({ scope, does }) => (
              <li key={scope} className="text-muted-fg line-through decoration-1">
                {does}
              </li>
            ))}
          </ul>
        </Part>
      )}
      {wording.length > 0 && (
        <Part title={t('consent.change_words')}>
          <ul className="mt-2 grid gap-2 text-sm leading-relaxed">
            {wording.map(({ pieces }) => (
              <li
                key={pieces.map(({ text, was }) => `${was}${text}`).join()}
                className="rounded-control bg-muted/60 px-3 py-2"
              >
                {pieces.map((piece) => (
                  <Rewritten key={`${piece.was}${piece.text}`} piece={piece} t={t} />
                ))}
              </li>
            ))}
          </ul>
        </Part>
      )}
      {kept.length > 0 && (
        <details className="mt-4" open={change.wording === 'other_language'}>
          <summary className="w-fit py-1.5 text-sm text-link">
            {t('consent.change_kept', { count: kept.flatMap(({ scopes }) => scopes).length })}
          </summary>
          <Split view={view} groups={kept} t={t} />
        </details>
      )}
    </Section>
  )
}

/** What is needed apart from what is the person's to give. */
function Split({ view, groups, t }: { view: ConsentView; groups: ConsentView['groups']; t: Translator }) {
  const needed = groupsOf(groups, ({ required }) => required)
  const optional = groupsOf(groups, ({ required }) => !required)
  return (
    <>
      {needed.length > 0 && (
        <>
          <p className="mt-2 text-sm text-muted-fg">
            {t('consent.needed_title', { count: view.many ? 2 : 1 })}
          </p>
          <Groups groups={needed} item={(scope) => <Needed {...scope} />} />
        </>
      )}
      {optional.length > 0 && (
        <>
          <p className="mt-3 text-sm text-muted-fg">{t('consent.choice_title')}</p>
          <Groups groups={optional} item={(scope) => <Optional view={view} scope={scope} />} />
        </>
      )}
    </>
  )
}

/** Words that went and words that came, told to whoever cannot see the difference too. */
function Rewritten({ piece: { text, was }, t }: { piece: Piece; t: Translator }) {
  if (was === 'same') return text
  const label = t(was === 'gone' ? 'consent.change_before' : 'consent.change_now')
  const Tag = was === 'gone' ? 'del' : 'ins'
  return (
    <Tag
      className={
        was === 'gone'
          ? 'text-muted-fg decoration-1'
          : 'rounded-sm bg-accent font-medium text-fg no-underline'
      }
    >
      <span className="sr-only">{` ${label}: `}</span>
      {text}
    </Tag>
  )
}
