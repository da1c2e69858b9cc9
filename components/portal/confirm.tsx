import type { ReactNode } from 'react'
import { Alert } from '#components/ui/alert'
import { Button, ButtonLink } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Field, Input } from '#components/ui/field'
import type { ConfirmSaid, ConfirmView } from '#lib/connect/schema'
import type { Translator } from '#lib/i18n/schema'
import { Notice } from './notice.tsx'
import { said as filled } from './said.tsx'

type Props = {
  view: ConfirmView
  said: ConfirmSaid | null
  t: Translator
  /** Below which the forms are sent: `/connect/{session}/confirm`. */
  action: string
}

/** Asks for the code that was mailed, or says why there is nothing to enter any more. Plain forms: no script needed. */
export function Confirm({ view, said, t, action }: Props) {
  if (view.state === 'too_many' || view.state === 'not_me') return <Ended view={view} t={t} />
  const { address, organization } = view
  // Where no message went out there is no code to enter.
  const lost = view.state === 'undelivered'
  return (
    <Card className="px-5 py-8 sm:px-9 sm:py-10">
      <h1 className="text-xl leading-snug font-semibold">
        {t(lost ? 'confirm.page_title' : 'confirm.title')}
      </h1>
      {!lost && (
        <p className="mt-2.5 text-sm leading-relaxed text-pretty text-muted-fg">
          {filled(
            t.texts('confirm').sent_to,
            { address, connector: view.connector ?? '', account: view.account ?? '' },
            ['address', 'account'],
          )}
        </p>
      )}
      <div className="mt-5 empty:hidden">{notice({ view, said, t })}</div>
      {!lost && (
        <form method="post" action={`${action}/code`} className="mt-5 grid gap-4">
          <Field
            label={t('confirm.label')}
            hint={t('confirm.hint')}
            {...(wrong(said) && { error: t(`confirm.${said}`, { tries: view.triesLeft }) })}
          >
            <Input
              name="code"
              inputMode="numeric"
              autoComplete="one-time-code"
              spellCheck={false}
              required
              maxLength={20}
              dir="ltr"
              className="min-h-12 text-center font-mono text-2xl tracking-[0.25em]"
            />
          </Field>
          <Button type="submit" size="large" className="w-full">
            {t('confirm.submit')}
          </Button>
        </form>
      )}
      {view.canResend && (
        <form method="post" action={`${action}/resend`} className="mt-6">
          {!lost && <p className="text-sm text-muted-fg">{t('confirm.no_message')}</p>}
          <Button type="submit" variant="secondary" className="mt-2">
            {t('confirm.resend')}
          </Button>
        </form>
      )}
      <form method="post" action={`${action}/stop`} className="mt-6 border-t border-border pt-5">
        <p className="text-sm text-pretty text-muted-fg">
          {t('confirm.not_yours', { address, organization })}
        </p>
        <Button type="submit" variant="secondary" className="mt-2">
          {t('confirm.not_me')}
        </Button>
      </form>
    </Card>
  )
}

const wrong = (said: ConfirmSaid | null): said is 'wrong' | 'shape' => said === 'wrong' || said === 'shape'

function notice({ view, said, t }: Pick<Props, 'view' | 'said' | 't'>): ReactNode {
  const { address, organization } = view
  if (view.state === 'undelivered' && said !== 'limited')
    return <Alert tone="warning">{t('confirm.undelivered', { address, organization })}</Alert>
  if (said === 'resent') return <Alert tone="success">{t('confirm.resent')}</Alert>
  if (said !== null && !wrong(said)) return <Alert tone="warning">{t(`confirm.${said}`)}</Alert>
  return view.state === 'expired' && <Alert tone="warning">{t('confirm.expired')}</Alert>
}

function Ended({ view, t }: Pick<Props, 'view' | 't'>) {
  const { organization, returnUrl } = view
  const name = view.state === 'too_many' ? 'too_many' : 'stopped'
  return (
    <Notice
      mark={name === 'too_many' ? 'attention' : 'stopped'}
      title={t(`confirm.${name}_title`)}
      actions={
        returnUrl !== null && (
          <ButtonLink href={returnUrl} variant="secondary">
            {t('confirm.back', { organization })}
          </ButtonLink>
        )
      }
    >
      <p>{t(`confirm.${name}_body`)}</p>
      <p className="text-fg">{t(`confirm.${name}_next`, { organization })}</p>
    </Notice>
  )
}
