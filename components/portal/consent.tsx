import type { ReactNode } from 'react'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Checkbox } from '#components/ui/checkbox'
import type { ConsentView } from '#lib/consent/schema'
import { classes } from '../ui/classes.ts'
import { groupsOf, namesInWords, riskWords } from './risk.ts'

type Group = ConsentView['groups'][number]
type Scope = Group['scopes'][number]

const Section = ({ title, children }: { title: ReactNode; children: ReactNode }) => (
  <section className="border-t border-border px-5 py-5 sm:px-7">
    <h2 className="text-sm font-semibold">{title}</h2>
    {children}
  </section>
)

const Groups = ({ groups, item }: { groups: Group[]; item: (scope: Scope) => ReactNode }) =>
  groups.map(({ risk, scopes }) => (
    <div key={risk} className="mt-4 first-of-type:mt-3">
      <h3 className="flex items-center gap-2 text-xs font-medium text-muted-fg">
        <span aria-hidden="true" className={classes('size-2 rounded-pill', riskWords[risk].paint)} />
        {riskWords[risk].title}
      </h3>
      <ul className="mt-2 grid gap-3">
        {scopes.map((scope) => (
          <li key={scope.scope}>{item(scope)}</li>
        ))}
      </ul>
    </div>
  ))

const Needed = ({ does, example }: Scope) => (
  <div className="flex items-start gap-3">
    <svg
      aria-hidden="true"
      viewBox="0 0 20 20"
      className="mt-0.5 size-6 shrink-0 p-0.5 text-muted-fg"
      fill="none"
      stroke="currentColor"
    >
      <path d="M4.5 10.5l3.5 3.5 7.5-8" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
    <div className="min-w-0 pt-0.5">
      <p className="font-medium">{does}</p>
      <p className="mt-0.5 text-sm text-muted-fg">For example: {example}</p>
    </div>
  </div>
)

const Optional = ({ scope, does, example, without_it }: Scope) => (
  <Checkbox
    name="scopes"
    value={scope}
    label={does}
    description={
      <>
        <p>For example: {example}</p>
        {without_it && <p>Without it: {without_it}</p>}
      </>
    }
  />
)

const Fact = ({ term, children }: { term: string; children: ReactNode }) => (
  <div className="grid gap-x-4 gap-y-0.5 min-[26rem]:grid-cols-[5.5rem_1fr]">
    <dt className="text-muted-fg">{term}</dt>
    <dd>{children}</dd>
  </div>
)

const Person = ({ user }: { user: ConsentView['user'] }) => (
  <>
    <strong className="font-medium">{user.name ?? user.email ?? user.id}</strong>
    {user.name && user.email && ` (${user.email})`}
  </>
)

function Links({ links }: { links: ConsentView['links'] }) {
  const shown = [
    ['Privacy', links.privacy_url],
    ['Terms', links.terms_url],
    ['Help', links.support_url],
  ].flatMap(([name, url]) => (name && url ? [{ name, url }] : []))
  if (shown.length === 0) return null
  return (
    <p className="mt-1 flex flex-wrap gap-x-4 text-sm">
      {shown.map(({ name, url }) => (
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
  )
}

/**
 * Who asks for what, and the two answers. A plain form: it works before, and without, any script.
 * @param hash of the text shown; approving names it, so that nobody agrees to words they have not seen
 */
export function Consent({ session, view, hash }: { session: string; view: ConsentView; hash: string }) {
  const { organization, agents, connector } = view
  const who = agents.length > 0 ? namesInWords(agents.map(({ name }) => name)) : organization.name
  const needed = groupsOf(view.groups, true)
  const optional = groupsOf(view.groups, false)
  return (
    <Card>
      <form method="post" action={`/connect/${session}/approve`}>
        <input type="hidden" name="connector" value={connector.id} />
        <input type="hidden" name="hash" value={hash} />
        <div className="px-5 pt-6 pb-5 sm:px-7 sm:pt-7">
          <h1 className="text-xl leading-snug font-normal">
            Let <strong className="font-semibold">{who}</strong> act in{' '}
            <strong className="font-semibold">{connector.name}</strong> as you
          </h1>
          <p className="mt-2 text-sm leading-relaxed text-muted-fg">
            {organization.name}
            {organization.domain && ` (${organization.domain})`} asks this of{' '}
            <span className="text-fg">
              <Person user={view.user} />
            </span>
            .{' '}
            {view.account ? (
              <>
                It renews the account <span className="text-fg">{view.account.label}</span>.
              </>
            ) : (
              `Which ${connector.name} account it is, you choose in the next step.`
            )}
          </p>
        </div>

        {needed.length > 0 && (
          <Section title={`${agents.length > 1 ? 'They' : 'It'} will be able to`}>
            <Groups groups={needed} item={(scope) => <Needed {...scope} />} />
          </Section>
        )}
        {optional.length > 0 && (
          <Section title={needed.length > 0 ? 'Your choice: also' : 'Your choice: tick what you allow'}>
            <Groups groups={optional} item={(scope) => <Optional {...scope} />} />
          </Section>
        )}

        <Section title="Good to know">
          <dl className="mt-3 grid gap-3 text-sm leading-relaxed">
            {agents.map((agent) => (
              <Fact key={agent.name} term="Agent">
                {agent.name}
                {agent.owner && `, answered for by ${agent.owner}`}
                {agent.purpose && <span className="block text-muted-fg">{agent.purpose}</span>}
              </Fact>
            ))}
            {view.purpose && <Fact term="Why">{view.purpose}</Fact>}
            <Fact term="How long">Until you take it back.</Fact>
            <Fact term="Limits">
              <ul className="grid gap-1">
                {view.cannot.map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ul>
            </Fact>
            {view.over_grant && <Fact term="Note">{view.over_grant}</Fact>}
          </dl>
          <details className="mt-3 text-sm">
            <summary className="w-fit py-1.5 text-link">Permissions by their technical names</summary>
            <ul className="mt-1 grid gap-2">
              {view.groups.flatMap(({ scopes }) =>
                scopes.map(({ scope, does }) => (
                  <li key={scope} className="min-w-0">
                    <code className="rounded bg-muted px-1.5 py-0.5 font-mono text-xs break-all">
                      {scope}
                    </code>{' '}
                    <span className="text-muted-fg">{does}</span>
                  </li>
                )),
              )}
            </ul>
          </details>
          <Links links={view.links} />
        </Section>

        {/* Both answers stay in sight, however long the list. */}
        <div className="sticky bottom-0 rounded-b-card border-t border-border bg-card px-5 pt-4 pb-5 sm:px-7">
          <div className="grid grid-cols-2 gap-3">
            <Button type="submit" size="large" className="font-semibold">
              Approve
            </Button>
            <Button
              type="submit"
              size="large"
              variant="secondary"
              className="border-fg! font-semibold"
              formAction={`/connect/${session}/decline`}
            >
              Decline
            </Button>
          </div>
          <p className="mt-3 text-xs leading-relaxed text-pretty text-muted-fg">
            You can take this back at any time, in {organization.name} or in {connector.name}. It stops at
            once.
          </p>
        </div>
      </form>
    </Card>
  )
}
