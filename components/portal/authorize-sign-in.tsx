import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Field, Input } from '#components/ui/field'
import type { AuthorizeSaid, SignInView } from '#lib/authorization-server/schema'
import type { Translator } from '#lib/i18n/schema'
import { Asking } from './authorize-parts.tsx'
import { told } from './mine-words.tsx'

type Props = { view: SignInView; said: AuthorizeSaid | null; t: Translator; action: string }

/** Asks a person who they are: at the product, or by a code that is mailed to them. Plain forms: no script needed. */
export const SignIn = (props: Props) => {
  const { view, said, t, action } = props
  if (view.state === 'choose') return <Choose {...props} />
  if (view.state === 'code') return <Code {...props} />
  return (
    <Card className="grid gap-5 px-5 py-8 sm:px-9 sm:py-10">
      <div>
        <h1 className="text-xl leading-snug font-semibold">{t('authorize.sign_in_title')}</h1>
        <p className="mt-2.5 text-sm leading-relaxed text-pretty text-muted-fg">
          {told(t, 'authorize.sign_in_body', { client: view.client.name }, ['client'])}
        </p>
      </div>
      <Asking client={view.client} organization={view.organization} t={t} />
      {(said === 'no_more' || said === 'over') && <Alert tone="warning">{t(`authorize.said_${said}`)}</Alert>}
      {view.product && view.organization !== null && (
        <form method="post" action={`${action}/product`}>
          <Button type="submit" size="large" className="w-full">
            <span>{told(t, 'authorize.sign_in_product', { organization: view.organization })}</span>
          </Button>
        </form>
      )}
      {view.mail && (
        <form method="post" action={`${action}/mail`} className="grid gap-3">
          {view.product && <h2 className="text-sm font-semibold">{t('authorize.sign_in_mail')}</h2>}
          <Field label={t('authorize.sign_in_label')}>
            <Input type="email" name="email" required maxLength={320} autoComplete="email" />
          </Field>
          <Button type="submit" variant={view.product ? 'secondary' : 'primary'}>
            {t('authorize.sign_in_send')}
          </Button>
        </form>
      )}
      {!view.product && !view.mail && <Alert tone="warning">{t('authorize.sign_in_none')}</Alert>}
      <Leave t={t} action={action} />
    </Card>
  )
}

const Leave = ({ t, action }: Pick<Props, 't' | 'action'>) => (
  <form method="post" action={`${action}/refuse`} className="border-t border-border pt-5">
    <Button type="submit" variant="secondary" className="w-full">
      {t('authorize.refuse')}
    </Button>
  </form>
)

const wrong = (said: AuthorizeSaid | null): said is 'wrong' | 'shape' => said === 'wrong' || said === 'shape'

const Code = ({ said, t, action }: Props) => (
  <Card className="grid gap-5 px-5 py-8 sm:px-9 sm:py-10">
    <div>
      <h1 className="text-xl leading-snug font-semibold">{t('authorize.code_title')}</h1>
      <p className="mt-2.5 text-sm leading-relaxed text-pretty text-muted-fg">{t('authorize.code_body')}</p>
    </div>
    <form method="post" action={`${action}/code`} className="grid gap-4">
      <Field
        label={t('authorize.code_label')}
        hint={t('authorize.code_hint')}
        {...(wrong(said) && { error: t(`authorize.said_${said}`) })}
      >
        <Input
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          spellCheck={false}
          required
          maxLength={24}
          dir="ltr"
          className="min-h-12 text-center font-mono text-2xl tracking-[0.2em]"
        />
      </Field>
      <Button type="submit" size="large" className="w-full">
        {t('authorize.code_submit')}
      </Button>
    </form>
    <p className="text-sm">
      <span className="block text-muted-fg">{t('confirm.no_message')}</span>
      <a
        href={`${action}?step=switch`}
        className="inline-block py-1.5 text-link underline underline-offset-2"
      >
        {t('authorize.code_other')}
      </a>
    </p>
  </Card>
)

const Choose = ({ view, t, action }: Props) => (
  <Card className="grid gap-5 px-5 py-8 sm:px-9 sm:py-10">
    <div>
      <h1 className="text-xl leading-snug font-semibold">{t('authorize.choose_title')}</h1>
      <p className="mt-2.5 text-sm leading-relaxed text-muted-fg">{t('authorize.choose_body')}</p>
    </div>
    <form method="post" action={`${action}/choose`} className="grid gap-3">
      {view.choices.map(({ id, name, domain, user }) => (
        <Button key={id} type="submit" name="person" value={id} variant="secondary" size="large">
          <span>
            <bdi>{name}</bdi>{' '}
            {domain !== null && (
              <span className="block text-sm font-normal">
                {told(t, 'consent.domain_verified', { domain }, ['domain'])}
              </span>
            )}{' '}
            <bdi className="block text-sm font-normal text-muted-fg">{user}</bdi>
          </span>
        </Button>
      ))}
    </form>
  </Card>
)
