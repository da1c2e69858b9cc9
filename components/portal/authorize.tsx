import type { ReactNode } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Checkbox } from '#components/ui/checkbox'
import type { AuthorizeSaid, AuthorizeView, OfferedAccount } from '#lib/authorization-server/schema'
import type { Translator } from '#lib/i18n/schema'
import { classes } from '../ui/classes.ts'
import { Asking, bold } from './authorize-parts.tsx'
import { Radio, Section } from './consent-parts.tsx'
import { told } from './mine-words.tsx'
import { Notice } from './notice.tsx'
import { riskPaint } from './risk.ts'

type Said = { view: AuthorizeView; t: Translator }

/** How much of what can be done with an account: only looking, all of it, or one by one. */
function HowMuch({ account, t }: { account: OfferedAccount; t: Translator }) {
  const reads = account.groups.some(({ risk }) => risk === 'read')
  const more = account.groups.some(({ risk }) => risk !== 'read')
  const name = `mode.${account.id}`
  return (
    <fieldset className="mt-3">
      <legend className="sr-only">
        {account.connector.name} · {account.label}
      </legend>
      <div className="grid gap-2 min-[24rem]:grid-cols-2">
        {reads && more && (
          <Radio name={name} value="read" checked={false}>
            {t('authorize.may_read')}
          </Radio>
        )}
        <Radio name={name} value="all" checked>
          {t('authorize.may_all')}
        </Radio>
      </div>
      <details className="mt-2 text-sm">
        <summary className="w-fit py-1.5 text-link">{t('authorize.each')}</summary>
        <div className="mt-1 grid gap-2">
          <Radio name={name} value="pick" checked={false}>
            {t('authorize.may_pick')}
          </Radio>
          {account.groups.map(({ risk, title, tools }) => (
            <fieldset key={risk} className="mt-1 ps-3">
              <legend className="text-xs font-semibold">{title}</legend>
              <ul className="mt-2 grid gap-2.5">
                {tools.map((tool) => (
                  <li key={tool.name}>
                    <Checkbox
                      name={`tool.${account.id}`}
                      value={tool.name}
                      label={tool.title}
                      defaultChecked={risk === 'read'}
                    />
                  </li>
                ))}
              </ul>
            </fieldset>
          ))}
        </div>
      </details>
    </fieldset>
  )
}

/** One account: whether it may be used, for what, and how much of that. */
const Account = ({ account, only, t }: { account: OfferedAccount; only: boolean; t: Translator }) => (
  <li className="rounded-control border border-border px-4 py-4">
    <Checkbox
      name="account"
      value={account.id}
      defaultChecked={only}
      label={
        <>
          {account.connector.name}{' '}
          <bdi className="block text-sm font-normal text-muted-fg">{account.label}</bdi>
        </>
      }
    />
    <ul className="mt-3 grid gap-2.5 text-sm">
      {account.groups.map(({ risk, title, does }) => (
        <li key={risk}>
          <p className="flex items-center gap-2 text-xs font-semibold">
            <span aria-hidden="true" className={classes('size-2 rounded-pill', riskPaint[risk])} />
            {title}
          </p>
          {does.length > 0 && (
            <ul className="ps-4 text-muted-fg">
              {does.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
    {account.groups.length > 0 && <HowMuch account={account} t={t} />}
  </li>
)

/** What the person agreed to once and is another now: why they are asked again. */
const Changed = ({ view, t }: Said) =>
  view.changed.length > 0 && (
    <Alert tone="warning" title={t('authorize.changed_title')}>
      <ul className="list-disc ps-5">
        {view.changed.map(({ name, title }) => (
          <li key={name}>{title}</li>
        ))}
      </ul>
      <p className="mt-2">{t('authorize.changed_body')}</p>
    </Alert>
  )

/** Nothing to let it use yet: it can ask when it needs an account, or one is connected now. */
const None = ({ view, t, action }: Said & { action: string }) => (
  <div className="mt-3 grid gap-3 text-sm leading-relaxed">
    <p>{t('authorize.none')}</p>
    {view.connects && (
      <>
        <p className="text-muted-fg">{t('authorize.none_next')}</p>
        <div className="flex flex-wrap gap-3">
          <Button
            type="submit"
            variant="secondary"
            formAction={`${action}/connect`}
            formTarget="_blank"
            formNoValidate
          >
            {t('authorize.connect')}
          </Button>
          <a href={action} className="py-2 text-link underline underline-offset-2">
            {t('authorize.reload')}
          </a>
        </div>
      </>
    )}
  </div>
)

const Accounts = ({ view, t, action }: Said & { action: string }) => (
  <Section title={t('authorize.accounts')}>
    {view.accounts.length === 0 ? (
      <None view={view} t={t} action={action} />
    ) : (
      <ul className="mt-3 grid gap-3">
        {view.accounts.map((account) => (
          <Account key={account.id} account={account} only={view.accounts.length === 1} t={t} />
        ))}
      </ul>
    )}
  </Section>
)

const Beside = ({ view, t }: Said) => (
  <>
    {view.also.length > 0 && (
      <Section title={t('authorize.also')}>
        <ul className="mt-2 grid gap-1 text-sm">
          {view.also.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </Section>
    )}
    {view.limits.length > 0 && (
      <Section title={t('authorize.limits')}>
        <ul className="mt-2 grid gap-1 text-sm">
          {view.limits.map(({ place, says }) => (
            <li key={place + says}>
              <code className="font-mono text-xs break-all">
                {place} {says}
              </code>
            </li>
          ))}
        </ul>
      </Section>
    )}
  </>
)

const Lasting = ({ view, t }: Said) => (
  <Section title={t('consent.duration_title')}>
    <fieldset className="mt-3">
      <legend className="sr-only">{t('consent.duration_title')}</legend>
      <div className="grid gap-2 min-[24rem]:grid-cols-2">
        {view.durations.map(({ value, title, chosen }) => (
          <Radio key={value} name="duration" value={value} checked={chosen}>
            {title}
          </Radio>
        ))}
      </div>
    </fieldset>
  </Section>
)

/** Both answers stay in sight, and have equal weight. */
const Answers = ({ t, action }: Pick<Said, 't'> & { action: string }) => (
  <div className="sticky bottom-0 rounded-b-card border-t border-border bg-card px-5 pt-4 pb-5 sm:px-7">
    <div className="grid grid-cols-2 gap-3">
      <Button type="submit" size="large" className="font-semibold">
        {t('authorize.allow')}
      </Button>
      <Button
        type="submit"
        size="large"
        variant="secondary"
        className="border-fg! font-semibold"
        formAction={`${action}/refuse`}
      >
        {t('authorize.refuse')}
      </Button>
    </div>
    <p className="mt-3 text-xs leading-relaxed text-pretty text-muted-fg">{t('authorize.never')}</p>
  </div>
)

/** An admin does not let it in: the app is told so, and nothing else can be done. */
const Blocked = ({ view, t, action }: Said & { action: string }) => (
  <Notice
    mark="stopped"
    title={t('authorize.blocked_title')}
    actions={
      <form method="post" action={`${action}/refuse`}>
        <Button type="submit" variant="secondary">
          {t('states.go_on')}
        </Button>
      </form>
    }
  >
    <p>{told(t, 'authorize.blocked_body', { organization: view.organization })}</p>
  </Notice>
)

/**
 * Which app asks for what, and the two answers. A plain form: it works before, and without, any script.
 * @param hash of the text shown; agreeing names it, so that nobody agrees to words they have not seen
 * @param action the address of this page, below which its forms are sent
 */
export function Authorize({
  view,
  hash,
  said,
  t,
  action,
}: Said & { hash: string; said: AuthorizeSaid | null; action: string }) {
  if (view.blocked) return <Blocked view={view} t={t} action={action} />
  const parts = { view, t, action }
  return (
    <Card>
      <form method="post" action={`${action}/allow`}>
        <input type="hidden" name="hash" value={hash} />
        <h1 className="px-5 pt-6 pb-4 text-xl leading-snug font-normal sm:px-7 sm:pt-7">
          {t.rich<ReactNode>('authorize.title', {
            client: view.client.name,
            organization: view.organization,
            b: bold,
          })}
        </h1>
        <div className="grid gap-4 px-5 pb-5 sm:px-7">
          {(said === 'nothing' || said === 'changed') && (
            <Alert tone="warning">{t(`authorize.said_${said}`)}</Alert>
          )}
          <Changed view={view} t={t} />
          <Asking client={view.client} organization={view.organization} t={t} />
          <p className="text-sm">
            <span className="text-muted-fg">{t('consent.label_you')}</span>{' '}
            <bdi className="font-medium">{view.person}</bdi>{' '}
            <a
              href={`${action}?step=switch`}
              className="inline-block py-1 text-link underline underline-offset-2"
            >
              {t('authorize.somebody_else')}
            </a>
          </p>
        </div>
        <Accounts {...parts} />
        <Beside {...parts} />
        <Lasting {...parts} />
        <Answers {...parts} />
      </form>
    </Card>
  )
}
