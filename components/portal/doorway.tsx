import { Alert } from '#components/ui/alert'
import { Button, buttonClass } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'
import type { Translator } from '#lib/i18n/schema'
import { told } from './mine-words.tsx'
import { Notice } from './notice.tsx'

/**
 * The address that stays: it cannot know whose the browser is, so that it says how to get in.
 * @param mailTo where the form goes that has a link mailed; `null` where no mail is sent
 * @param sent a link was asked for a moment ago
 */
export const Doorway = ({
  t,
  organization,
  manageUrl,
  mailTo,
  sent,
}: {
  t: Translator
  organization: string
  manageUrl: string | null
  mailTo: string | null
  sent: boolean
}) => (
  <Notice mark="invited" title={t('mine.my_title')}>
    <p>{told(t, 'mine.my_body', { organization })}</p>
    <p className="text-fg">{t('mine.my_next')}</p>
    {manageUrl && (
      <p className="mt-2">
        <a href={manageUrl} rel="noreferrer" className={buttonClass({ size: 'large' })}>
          <span>{told(t, 'mine.my_open', { organization })}</span>
        </a>
      </p>
    )}
    {sent && <Alert tone="success">{told(t, 'mine.my_mail_sent', { organization })}</Alert>}
    {mailTo && !sent && (
      <form
        method="post"
        action={mailTo}
        className="mt-4 grid gap-3 border-t border-border pt-5 text-start text-fg"
      >
        <h2 className="text-sm font-semibold">{t('mine.my_mail')}</h2>
        <Field label={told(t, 'mine.my_mail_label', { organization })}>
          <Input type="email" name="email" required maxLength={320} autoComplete="email" />
        </Field>
        <Button type="submit" variant="secondary">
          {t('mine.my_mail_send')}
        </Button>
      </form>
    )}
  </Notice>
)
