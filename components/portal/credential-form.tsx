import type { ReactElement, ReactNode } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Field, Input } from '#components/ui/field'
import type { CredentialScreen } from '#lib/connect/schema'
import type { Translator } from '#lib/i18n/schema'
import { KeyFile, SecretInput, SubmitOnce } from './credential-inputs.tsx'

type Asked = CredentialScreen['fields'][number]

/** The name under which the browser sends a file that was chosen for a field. */
export const fileNameOf = (field: string): string => `${field}_file`

const types: Partial<Record<Asked['kind'], 'email' | 'text'>> = { email: 'email' }

// What is pasted goes nowhere but into the form: no history of the browser's, no offer to remember it.
const private_ = { autoComplete: 'off', autoCapitalize: 'off', spellCheck: false } as const

function control(field: Asked, t: Translator): ReactElement<{ id?: string }> {
  const { name, kind, secret, kept } = field
  const common = {
    id: `field-${name}`,
    name,
    dir: 'ltr' as const,
    required: !kept,
    ...(kept && { placeholder: '••••••••' }),
    ...private_,
  }
  if (kind === 'service_account')
    return <KeyFile {...common} fileName={fileNameOf(name)} choose={t('forms.choose_file')} />
  if (secret) return <SecretInput {...common} show={t('forms.show')} />
  return <Input {...common} type={types[kind] ?? 'text'} defaultValue={field.value} className="text-start" />
}

function Hint({ field, t }: { field: Asked; t: Translator }): ReactNode {
  const { kind, where, where_url, example, suffix, kept } = field
  const lines = [
    kept && t('forms.kept'),
    where,
    kind === 'service_account' && t('forms.paste_file'),
    suffix && t('forms.ends_in', { suffix: `\u2066${suffix}\u2069` }),
    example && t('forms.example', { example: `\u2066${example}\u2069` }),
  ].filter((line) => typeof line === 'string')
  return (
    <>
      {lines.map((line) => (
        <span key={line} className="block">
          {line}
        </span>
      ))}
      {where_url && (
        <a
          href={where_url}
          target="_blank"
          rel="noopener noreferrer"
          className="inline-block py-1 text-link underline underline-offset-2"
        >
          {t('forms.open_page')}
        </a>
      )}
    </>
  )
}

/**
 * Where a person gives a credential of their own, or their part of the provider's address. A plain form: it works
 * before, and without, any script. What was given before stands in it again, but never a secret.
 */
export function CredentialForm({
  session,
  screen,
  t,
}: {
  session: string
  screen: CredentialScreen
  t: Translator
}) {
  const { connector, organization, leaves, fields, refusal } = screen
  const names = { connector: connector.name, organization }
  const file = fields.some(({ kind }) => kind === 'service_account')
  const stopped = refusal === 'too_many'
  return (
    <Card className="px-5 py-6 sm:px-7 sm:py-7">
      <h1 className="text-xl leading-snug font-semibold">
        {t(leaves ? 'forms.title_address' : 'forms.title_credentials', names)}
      </h1>
      <p className="mt-2 text-sm leading-relaxed text-muted-fg">
        {t(leaves ? 'forms.intro_address' : 'forms.intro_credentials', names)}
      </p>
      {refusal && (
        <div className="mt-4">
          <Alert
            tone={refusal === 'credentials_rejected' ? 'danger' : 'warning'}
            title={t(`forms.${refusal}_title`, names)}
          >
            {t(`forms.${refusal}_body`, names)}
          </Alert>
        </div>
      )}
      {!stopped && (
        <form
          method="post"
          action={`/connect/${session}/credentials/${connector.id}/check`}
          {...(file && { encType: 'multipart/form-data' })}
          autoComplete="off"
          className="mt-5 grid gap-5"
        >
          {fields.map((field) => (
            <Field
              key={field.name}
              label={t(`forms.label_${field.kind}`)}
              hint={<Hint field={field} t={t} />}
              error={field.problem && t(`forms.problem_${field.problem}`)}
            >
              {control(field, t)}
            </Field>
          ))}
          <SubmitOnce busy={t('forms.checking', names)}>
            {t(leaves ? 'forms.submit_address' : 'forms.submit_credentials', names)}
          </SubmitOnce>
        </form>
      )}
      <form method="post" action={`/connect/${session}/decline`} className="mt-3">
        <Button type="submit" variant="secondary" size="large" className="w-full">
          {t('forms.cancel')}
        </Button>
      </form>
    </Card>
  )
}
