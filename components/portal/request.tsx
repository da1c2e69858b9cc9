import type { ReactNode } from 'react'
import { Button, buttonClass } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Field } from '#components/ui/field'
import type { RequestScreen } from '#lib/connect/schema'
import type { Translator } from '#lib/i18n/schema'
import { Scopes } from './mine-scopes.tsx'
import { dayOf, told } from './mine-words.tsx'
import { Notice } from './notice.tsx'

type Props = { t: Translator; session: string; screen: RequestScreen }

const consentAt = (session: string, { connector }: RequestScreen) =>
  `/connect/${session}/consent/${connector.id}`

export const requestAt = (session: string, { connector, scopes }: RequestScreen): string =>
  `/connect/${session}/request/${connector.id}?${new URLSearchParams(scopes.map(({ scope }) => ['scopes', scope]))}`

const Asked = ({ t, screen }: Omit<Props, 'session'>) =>
  screen.scopes.length > 0 && (
    <div className="rounded-control border border-border p-3.5 text-start text-fg">
      <p className="mb-2 text-xs font-medium text-muted-fg">
        {t('request.asks')} · <bdi>{screen.connector.name}</bdi>
      </p>
      <Scopes scopes={screen.scopes} />
    </div>
  )

const Note = ({ t, screen }: Omit<Props, 'session'>) =>
  screen.note !== null && (
    <figure className="rounded-control bg-muted p-3.5 text-start">
      <figcaption className="text-xs font-medium text-muted-fg">{t('request.note')}</figcaption>
      <blockquote className="mt-1 whitespace-pre-line text-fg">
        <bdi>{screen.note}</bdi>
      </blockquote>
    </figure>
  )

const reasonMost = 500

/**
 * Asks for an approval, as a plain form.
 * @param fault whether a reason was missing from what was sent
 */
function Form({ t, session, screen, fault }: Props & { fault: boolean }) {
  const { organization, connector, agents } = screen
  const who = agents.length > 0 ? t.list(agents) : organization
  return (
    <Card>
      <form method="post" action={`/connect/${session}/request/${connector.id}/send`}>
        {screen.scopes.map(({ scope }) => (
          <input key={scope} type="hidden" name="scopes" value={scope} />
        ))}
        <div className="px-5 pt-6 pb-5 sm:px-7 sm:pt-7">
          <h1 className="text-xl leading-snug font-semibold">{t('request.form_title')}</h1>
          <p className="mt-2 text-sm leading-relaxed text-muted-fg">
            {told(t, 'request.form_body', { organization, who, connector: connector.name }, [
              'organization',
              'who',
              'connector',
            ])}
          </p>
        </div>
        <div className="grid gap-5 border-t border-border px-5 py-5 text-sm sm:px-7">
          <Asked t={t} screen={screen} />
          <Field
            label={t('request.reason')}
            hint={t('request.reason_hint')}
            {...(fault && { error: t('request.reason_missing') })}
          >
            <textarea
              name="reason"
              required
              maxLength={reasonMost}
              rows={3}
              dir="auto"
              className="min-h-20 w-full rounded-control border border-input bg-card px-3 py-2 text-sm text-card-fg aria-invalid:border-danger"
            />
          </Field>
        </div>
        <div className="grid gap-3 border-t border-border px-5 pt-4 pb-5 min-[26rem]:grid-cols-2 sm:px-7">
          <Button type="submit" size="large">
            {t('request.send')}
          </Button>
          <a
            href={consentAt(session, screen)}
            className={buttonClass({ variant: 'secondary', size: 'large' })}
          >
            {t('request.other')}
          </a>
        </div>
      </form>
    </Card>
  )
}

const Link = ({ to, primary = false, children }: { to: string; primary?: boolean; children: ReactNode }) => (
  <a href={to} className={buttonClass({ variant: primary ? 'primary' : 'secondary' })}>
    {children}
  </a>
)

/** How a person's request for an approval stands. */
export function Request({ t, session, screen, fault }: Props & { fault: boolean }) {
  const { organization, connector, expiresAt } = screen
  const again = `${requestAt(session, screen)}&again=1`
  switch (screen.state) {
    case 'waiting':
      return (
        <Notice
          mark="waiting"
          title={t('request.waiting_title')}
          actions={<Link to={requestAt(session, screen)}>{t('request.check')}</Link>}
        >
          <p>{told(t, 'request.waiting_body', { organization })}</p>
          <p className="text-fg">{told(t, 'request.waiting_next', { connector: connector.name })}</p>
          <Asked t={t} screen={screen} />
          {expiresAt && <p>{t('request.waiting_until', { date: dayOf(t, expiresAt) })}</p>}
        </Notice>
      )
    case 'approved':
      return (
        <Notice
          mark="done"
          title={t('request.approved_title')}
          actions={
            <Link to={consentAt(session, screen)} primary>
              {t('request.continue')}
            </Link>
          }
        >
          <p>{told(t, 'request.approved_body', { connector: connector.name })}</p>
          <Note t={t} screen={screen} />
          <Asked t={t} screen={screen} />
          {expiresAt && <p>{t('request.approved_until', { date: dayOf(t, expiresAt) })}</p>}
        </Notice>
      )
    case 'denied':
    case 'expired':
      return (
        <Notice
          mark={screen.state === 'denied' ? 'stopped' : 'attention'}
          title={t(`request.${screen.state}_title`)}
          actions={
            <>
              <Link to={again}>{t('request.again')}</Link>
              <Link to={consentAt(session, screen)}>{t('request.other')}</Link>
            </>
          }
        >
          <p>{told(t, `request.${screen.state}_body`, { organization })}</p>
          <Note t={t} screen={screen} />
          <Asked t={t} screen={screen} />
        </Notice>
      )
    default:
      return <Form t={t} session={session} screen={screen} fault={fault} />
  }
}
