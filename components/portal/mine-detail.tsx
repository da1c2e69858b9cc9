import type { ReactNode } from 'react'
import { Badge } from '#components/ui/badge'
import { Card } from '#components/ui/card'
import type { MineConsent, MineDetail } from '#lib/connect/schema'
import type { Translator } from '#lib/i18n/schema'
import { AccountHead, Act, Acts, Life, link, mineAt, Standing } from './mine-account.tsx'
import { Happenings } from './mine-happenings.tsx'
import { Reach, Scopes } from './mine-scopes.tsx'
import { dayOf, told } from './mine-words.tsx'

const Section = ({ title, children }: { title: ReactNode; children: ReactNode }) => (
  <section className="border-t border-border px-5 py-5 text-sm sm:px-7">
    <h2 className="mb-2.5 font-semibold">{title}</h2>
    {children}
  </section>
)

export const Back = ({ t, session }: { t: Translator; session: string }) => (
  <p className="mb-3 px-1 text-sm">
    <a href={`/connect/${session}/mine`} className="inline-flex items-center gap-1.5 py-1.5 text-link">
      <svg
        aria-hidden="true"
        viewBox="0 0 16 16"
        className="size-4 rtl:-scale-x-100"
        fill="none"
        stroke="currentColor"
      >
        <path d="M10 3.5L5.5 8l4.5 4.5" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      {t('mine.back')}
    </a>
  </p>
)

const Consent = ({ t, at, consent }: { t: Translator; at: string; consent: MineConsent }) => {
  const date = dayOf(t, consent.at)
  return (
    <li className="grid gap-2 py-3.5 first:pt-0 last:pb-0">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-medium">{t('mine.history_at', { date })}</span>
        {consent.current && <Badge tone="success">{t('mine.history_now')}</Badge>}
      </p>
      {consent.grantees.length > 0 && (
        <p className="text-muted-fg">{told(t, 'mine.history_for', { who: t.list(consent.grantees) })}</p>
      )}
      <Scopes scopes={consent.scopes} />
      <p>
        <a
          href={`${at}/receipt/${consent.id}`}
          download
          className={link}
          aria-label={t('mine.receipt_of', { date })}
        >
          {t('mine.receipt')}
        </a>
      </p>
    </li>
  )
}

/** One account: what may be done with it, what was done, and everything that its owner ever agreed to. */
export function Detail({
  t,
  session,
  detail,
  now,
}: {
  t: Translator
  session: string
  detail: MineDetail
  now: number
}) {
  const { account, history } = detail
  const live = account.status !== 'revoked'
  return (
    <>
      <Back t={t} session={session} />
      <Card className="overflow-hidden">
        <div className="grid gap-4 px-5 py-6 sm:px-7">
          <AccountHead t={t} account={account} as="h1" />
          <Standing t={t} account={account} />
          {live ? (
            <Acts t={t} session={session} account={account} />
          ) : (
            <Act session={session} account={account} act="reconnect" label={t('mine.reconnect')} />
          )}
          {live && <Life t={t} account={account} now={now} />}
        </div>
        {live && (
          <Section title={t('mine.may')}>
            <Scopes scopes={account.scopes} />
            <Reach limits={account.limits} />
            {account.status === 'active' && account.scopes.length > 0 && (
              <p className="mt-2">
                <a href={`${mineAt(session, account.id)}/narrow`} className={link}>
                  {t('mine.less')}
                </a>
              </p>
            )}
          </Section>
        )}
        <Section title={t('mine.lately')}>
          <Happenings t={t} happenings={account.recent} connector={account.connector.name} now={now} />
        </Section>
        <Section title={t('mine.history')}>
          <ol className="divide-y divide-border">
            {history.map((consent) => (
              <Consent key={consent.id} t={t} at={mineAt(session, account.id)} consent={consent} />
            ))}
          </ol>
        </Section>
      </Card>
    </>
  )
}
