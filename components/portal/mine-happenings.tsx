import type { ReactNode } from 'react'
import type { Happening } from '#lib/connect/schema'
import type { Translator } from '#lib/i18n/schema'
import { RiskDot } from './mine-scopes.tsx'
import { told, When } from './mine-words.tsx'

function sentence(t: Translator, happening: Happening, connector: string): ReactNode {
  const { what, by, outcome } = happening
  const whoElse = by === 'agent' ? t('mine.an_agent') : t('mine.an_admin')
  const who = happening.name ?? whoElse
  switch (what) {
    case 'used':
      return told(t, `mine.used_${outcome}`, { who, tool: happening.tool?.title ?? '' }, ['tool'])
    case 'connected':
      return by === 'you' ? t('mine.did_connected_you') : told(t, 'mine.did_connected', { who })
    case 'changed':
      return t('mine.did_changed')
    case 'paused':
    case 'resumed':
    case 'ended':
      // A call of the product's own key is an administrator's doing, as far as a person can tell.
      return by === 'you'
        ? t(`mine.did_${what}_you`)
        : told(t, `mine.did_${what}`, { who: by === 'agent' ? who : t('mine.an_admin') })
    case 'ended_there':
    case 'lost':
      return told(t, `mine.did_${what}`, { connector })
    case 'restored':
      return t('mine.did_restored')
  }
}

const riskOf = { read: 'read', write: 'write', send: 'send', delete: 'admin', admin: 'admin' } as const

/** What happened with an account, newest first. */
export const Happenings = ({
  t,
  happenings,
  connector,
  now,
}: {
  t: Translator
  happenings: readonly Happening[]
  connector: string
  now: number
}) =>
  happenings.length === 0 ? (
    <p className="text-muted-fg">{t('mine.lately_none')}</p>
  ) : (
    <ul className="grid gap-1.5">
      {happenings.map((happening) => (
        <li key={happening.id} className="flex items-start gap-2.5">
          <RiskDot
            risk={happening.tool && happening.outcome === 'allowed' ? riskOf[happening.tool.effect] : null}
          />
          <span className="min-w-0 flex-1">
            {sentence(t, happening, connector)}{' '}
            <span className="whitespace-nowrap text-muted-fg">
              <When t={t} at={happening.at} now={now} />
            </span>
          </span>
        </li>
      ))}
    </ul>
  )
