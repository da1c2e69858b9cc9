import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Field, Input } from '#components/ui/field'
import type { Translator } from '#lib/i18n/schema'
import { Notice } from './notice.tsx'

export type DeviceOutcome = 'wrong' | 'refused' | 'done'

/** Takes the code that a device shows, or says what came of it. */
export function Device({
  t,
  code,
  outcome,
  action,
}: {
  t: Translator
  /** Brought along by a link. */
  code: string
  outcome: DeviceOutcome | null
  action: string
}) {
  if (outcome === 'done') {
    return (
      <Notice mark="done" title={t('authorize.device_done_title')}>
        <p>{t('authorize.device_done_body')}</p>
      </Notice>
    )
  }
  if (outcome === 'refused') {
    return (
      <Notice mark="stopped" title={t('authorize.device_refused_title')}>
        <p>{t('states.declined_next')}</p>
      </Notice>
    )
  }
  return (
    <Card className="grid gap-5 px-5 py-8 sm:px-9 sm:py-10">
      <h1 className="text-xl leading-snug font-semibold">{t('authorize.device_title')}</h1>
      <Alert tone="warning">{t('authorize.device_body')}</Alert>
      <form method="post" action={action} className="grid gap-4">
        <Field
          label={t('authorize.device_label')}
          {...(outcome === 'wrong' && { error: t('authorize.device_wrong') })}
        >
          <Input
            name="user_code"
            defaultValue={code}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            required
            maxLength={20}
            dir="ltr"
            className="min-h-12 text-center font-mono text-2xl tracking-[0.15em]"
          />
        </Field>
        <Button type="submit" size="large" className="w-full">
          {t('authorize.code_submit')}
        </Button>
      </form>
    </Card>
  )
}
