import type { ReactNode } from 'react'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Checkbox } from '#components/ui/checkbox'
import { risk } from '#lib/connector-kit/schema'
import type { ConsentView } from '#lib/consent/schema'
import type { Translator } from '#lib/i18n/schema'
import { Changes } from './consent-change.tsx'
import { liveSheet, standingOf } from './consent-live.ts'
import { Glance, Groups, Needed, Optional, Radio, Section, Standing } from './consent-parts.tsx'
import { groupsOf } from './risk.ts'

type Said = { view: ConsentView; t: Translator }

const bold = (chunks: ReactNode[]) => (
  <strong key={chunks.join('')} className="font-semibold">
    {chunks}
  </strong>
)

const Fact = ({ term, children }: { term: string; children: ReactNode }) => (
  <div className="grid gap-x-4 gap-y-0.5 min-[26rem]:grid-cols-[5.5rem_1fr]">
    <dt className="text-muted-fg">{term}</dt>
    <dd className="min-w-0">{children}</dd>
  </div>
)

/** A first word in full colour, what is added to it below. */
const Named = ({ name, more }: { name: string; more: (string | null)[] }) => (
  <>
    <span className="font-medium">{name}</span>
    {more.map(
      (text) =>
        text && (
          <span key={text} className="block text-muted-fg">
            {text}
          </span>
        ),
    )}
  </>
)

/** Who asks, for whom, and which account it will be. */
function Parties({ view, t }: Said) {
  const { organization, agents, user } = view
  const person = user.name ?? user.email ?? user.id
  const [account = '', ...about] = view.account_says
  return (
    <dl className="grid gap-2.5 px-5 pb-5 text-sm leading-relaxed sm:px-7">
      <Fact term={t('consent.label_asked_by')}>
        <Named name={organization.name} more={[organization.says]} />
      </Fact>
      {agents.map(({ name, owner, purpose }) => (
        <Fact key={name} term={t('consent.label_agent')}>
          <Named name={name} more={[owner && t('consent.agent_owner', { owner }), purpose]} />
        </Fact>
      ))}
      <Fact term={t('consent.label_you')}>
        <Named name={person} more={[user.email === person ? null : user.email]} />
      </Fact>
      <Fact term={t('consent.label_account')}>
        {view.account ? <Named name={account} more={about} /> : account}
        {view.switch_account && (
          <div className="mt-2">
            <Checkbox name="switch_account" value="1" label={t('consent.switch_account')} />
          </div>
        )}
      </Fact>
      {view.purpose && <Fact term={t('consent.label_why')}>{view.purpose}</Fact>}
    </dl>
  )
}

/** What may be done: what is needed, and what is the person's to give. */
function Permissions({ view, t }: Said) {
  const needed = groupsOf(view.groups, ({ required }) => required)
  const optional = groupsOf(view.groups, ({ required }) => !required)
  return (
    <>
      {needed.length > 0 && (
        <Section title={t('consent.needed_title', { count: view.many ? 2 : 1 })}>
          <Groups groups={needed} item={(scope) => <Needed {...scope} />} />
        </Section>
      )}
      {optional.length > 0 && (
        <Section title={t('consent.choice_title')} about={t('consent.choice_about')}>
          <Groups groups={optional} item={(scope) => <Optional view={view} scope={scope} />} />
        </Section>
      )}
    </>
  )
}

/** Three things to try the choice on before it is made. */
const Rehearsal = ({ view, t }: Said) =>
  view.samples.length > 0 && (
    <Section title={t('consent.samples_title')} about={t('consent.samples_about')}>
      <ul aria-live="polite" className="mt-3 grid gap-2 text-sm">
        {view.samples.map(({ says, ticks }, index) => (
          <li
            key={says}
            className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5 rounded-control bg-muted/60 px-3 py-2.5"
          >
            <span>{says}</span>
            <Standing
              at={`try-${index}`}
              is={standingOf(ticks)}
              yes={t('consent.sample_allowed')}
              no={t('consent.sample_blocked')}
              depends={t('consent.sample_depends')}
              paint={{ yes: 'text-success', no: 'text-danger' }}
            />
          </li>
        ))}
      </ul>
    </Section>
  )

/** What is out of reach, and by whose hand. */
const Cannot = ({ view, t }: Said) => (
  <Section title={t('consent.cannot_title')}>
    <ul className="mt-3 grid gap-2.5 text-sm">
      {view.cannot.map(({ does, mark }) => (
        <li key={does} className="flex items-start gap-3">
          <svg
            aria-hidden="true"
            viewBox="0 0 20 20"
            className="mt-px size-5 shrink-0 text-muted-fg"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.6"
            strokeLinecap="round"
          >
            <path d="M6 6l8 8M14 6l-8 8" />
          </svg>
          <span className="min-w-0">
            {does} <span className="block text-muted-fg">{mark}</span>
          </span>
        </li>
      ))}
    </ul>
    {view.over_grant && (
      <div className="mt-4 rounded-control border border-border p-3 text-sm leading-relaxed">
        <h3 className="font-medium">{t('consent.over_grant_title', { connector: view.connector.name })}</h3>
        <p className="mt-0.5 text-muted-fg">{view.over_grant}</p>
      </div>
    )}
  </Section>
)

/** For how long, and how far. */
const Terms = ({ view, t }: Said) => (
  <>
    <Section title={t('consent.duration_title')} about={t('consent.duration_about')}>
      <fieldset className="mt-3">
        <legend className="sr-only">{t('consent.duration_title')}</legend>
        <div className="grid gap-2 min-[24rem]:grid-cols-2">
          {view.durations.map(({ days, title, chosen }) => (
            <Radio key={title} name="duration" value={days === null ? 'open' : String(days)} checked={chosen}>
              {title}
            </Radio>
          ))}
        </div>
      </fieldset>
    </Section>
    {view.reach.map(({ kind, title, all, some, limited }) => (
      <Section key={kind} title={title} about={t('consent.reach_note', { connector: view.connector.name })}>
        <fieldset className="mt-3">
          <legend className="sr-only">{title}</legend>
          <div className="grid gap-2">
            <Radio name={`reach.${kind}`} value="all" checked={!limited}>
              {all}
            </Radio>
            <Radio name={`reach.${kind}`} value="some" checked={limited}>
              {some}
            </Radio>
          </div>
        </fieldset>
      </Section>
    ))}
  </>
)

/** What few look for: the technical names, and the organization's own pages. */
const More = ({ view, t }: Said) => (
  <section className="border-t border-border px-5 py-3 text-sm sm:px-7">
    <details>
      <summary className="w-fit py-1.5 text-link">{t('consent.more_title')}</summary>
      <ul className="mt-1 mb-2 grid gap-2">
        {view.groups.flatMap(({ scopes }) =>
          scopes.map(({ scope, does }) => (
            <li key={scope} className="min-w-0">
              <code className="rounded bg-muted px-1.5 py-0.5 font-mono text-xs break-all">{scope}</code>{' '}
              <span className="text-muted-fg">{does}</span>
            </li>
          )),
        )}
      </ul>
    </details>
    {view.links.length > 0 && (
      <p className="flex flex-wrap gap-x-4">
        {view.links.map(({ name, url }) => (
          <a
            key={name}
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            className="py-1.5 text-link underline underline-offset-2"
          >
            {name}
          </a>
        ))}
      </p>
    )}
  </section>
)

/** Both answers stay in sight, however long the list, and have equal weight; how to take it back stands beside them. */
const Answers = ({ session, view, t }: Said & { session: string }) => (
  <div className="sticky bottom-0 rounded-b-card border-t border-border bg-card px-5 pt-4 pb-5 sm:px-7">
    <div className="grid grid-cols-2 gap-3">
      <Button type="submit" size="large" className="font-semibold">
        {t('consent.approve')}
      </Button>
      <Button
        type="submit"
        size="large"
        variant="secondary"
        className="border-fg! font-semibold"
        formAction={`/connect/${session}/decline`}
      >
        {t('consent.decline')}
      </Button>
    </div>
    <p className="mt-3 text-xs leading-relaxed text-pretty text-muted-fg">
      {t('consent.revoke_how', { organization: view.organization.name, connector: view.connector.name })}
    </p>
  </div>
)

/**
 * Who asks for what, and the two answers. A plain form: it works before, and without, any script.
 * @param hash of the text shown; approving names it, so that nobody agrees to words they have not seen
 * @param nonce of the response's content security policy
 */
export function Consent({
  session,
  view,
  hash,
  t,
  nonce,
}: Said & { session: string; hash: string; nonce: string | undefined }) {
  const said = { view, t }
  return (
    <Card>
      <style nonce={nonce} suppressHydrationWarning>
        {liveSheet(view, risk.options)}
      </style>
      <form method="post" action={`/connect/${session}/approve`}>
        <input type="hidden" name="connector" value={view.connector.id} />
        <input type="hidden" name="hash" value={hash} />
        <h1 className="px-5 pt-6 pb-4 text-xl leading-snug font-normal sm:px-7 sm:pt-7">
          {t.rich<ReactNode>('consent.title', { who: view.who, connector: view.connector.name, b: bold })}
        </h1>
        <Glance {...said} />
        <Parties {...said} />
        {view.change ? <Changes {...said} change={view.change} /> : <Permissions {...said} />}
        <Rehearsal {...said} />
        <Cannot {...said} />
        <Terms {...said} />
        <More {...said} />
        <Answers {...said} session={session} />
      </form>
    </Card>
  )
}
