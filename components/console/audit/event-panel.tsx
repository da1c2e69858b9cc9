import Link from 'next/link'
import type { ReactNode } from 'react'
import type { AuditEvent } from '#lib/audit/schema'
import { Fact, Facts } from '../facts.tsx'
import { OutcomeBadge } from '../status.tsx'
import { Time } from '../time.tsx'
import { type Change, changesOf } from './changes.ts'
import { Copy } from './copy.tsx'
import { type Names, told } from './names.tsx'

export type Related = { words: string; about: string; href: string; file?: boolean }

/** One event beside the list, or in its place where there is no room: all that is known of it, and where it leads. */
export function EventPanel({
  event,
  names,
  close,
  chain,
  related,
  around,
  hrefOf,
}: {
  event: AuditEvent
  names: Names
  /** Address of the list without it. */
  close: string
  /** What the chain says of it, verified as the page is made. */
  chain: ReactNode
  related: readonly Related[]
  /** What the same actor did before and after, newest first. */
  around: readonly AuditEvent[]
  hrefOf: (id: string) => string
}) {
  const changes = changesOf(event)
  const raw = JSON.stringify(event, null, 2)
  const fact = (name: string, value: string | null, mono = true) =>
    value !== null &&
    value !== '' && (
      <Fact name={name}>{mono ? <code className="font-mono text-xs break-all">{value}</code> : value}</Fact>
    )
  return (
    <aside
      aria-label="Event"
      className="grid min-w-0 content-start gap-5 rounded-card border border-border bg-card p-4 text-card-fg xl:sticky xl:top-4 xl:max-h-[calc(100dvh-2rem)] xl:overflow-y-auto"
    >
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <p className="text-xs text-muted-fg tabular-nums">
            Event {event.sequence} · <Time at={event.occurred_at} />
          </p>
          <h2 className="mt-1 font-semibold wrap-anywhere">{told(event, names)}</h2>
        </div>
        <Link
          href={close}
          scroll={false}
          className="inline-flex min-h-8 shrink-0 items-center rounded-control px-2 text-sm text-link underline-offset-2 hover:underline print:hidden"
        >
          Close
        </Link>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <OutcomeBadge outcome={event.outcome} />
        <Copy words="Copy link" />
      </div>
      {chain}
      {changes.length > 0 && <Changes changes={changes} />}
      <Section title="Who, for whom, on what">
        <Facts>
          {fact('Action', event.action)}
          {fact('Actor', `${event.actor.type}/${event.actor.id}`)}
          {fact('Name', names[event.actor.id] ?? null, false)}
          {event.agent_id !== event.actor.id && fact('Agent', event.agent_id)}
          {fact('On behalf of', event.user_id, false)}
          {fact('Account', event.connected_account_id)}
          {fact('Tool', event.tool_name)}
          {fact('Denied or failed with', event.error_code)}
          {fact('Scopes needed', event.scopes_required.join(' '))}
          {fact('Scopes consented', event.scopes_granted.join(' '))}
          {event.policy &&
            fact(
              'Policy',
              `${event.policy.engine}: ${event.policy.decision}${event.policy.policy_ids.length > 0 ? ` by ${event.policy.policy_ids.join(', ')}` : ''}`,
              false,
            )}
          {fact('Took', event.duration_ms === null ? null : `${event.duration_ms} ms`, false)}
          {fact('From', event.ip)}
          {fact('Client', event.user_agent, false)}
        </Facts>
      </Section>
      {related.length > 0 && (
        <Section title="Related">
          <ul className="grid gap-1 text-sm">
            {related.map(({ words, about, href, file }) => (
              <li key={href} className="flex flex-wrap items-baseline gap-x-2">
                {file ? (
                  <a href={href} className="text-link underline-offset-2 hover:underline">
                    {words}
                  </a>
                ) : (
                  <Link href={href} prefetch={false} className="text-link underline-offset-2 hover:underline">
                    {words}
                  </Link>
                )}
                <span className="text-xs text-muted-fg wrap-anywhere">{about}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {around.length > 0 && (
        <Section title="Around it, by the same actor">
          <ol className="grid gap-1.5 text-sm">
            {around.map((one) => (
              <li key={one.id}>
                <Link
                  href={hrefOf(one.id)}
                  scroll={false}
                  prefetch={false}
                  className="text-link underline-offset-2 hover:underline wrap-anywhere"
                >
                  {told(one, names)}
                </Link>
                <span className="block text-xs text-muted-fg">
                  {one.sequence < event.sequence ? 'Before' : 'After'} · <Time at={one.occurred_at} />
                </span>
              </li>
            ))}
          </ol>
        </Section>
      )}
      <details>
        <summary className="min-h-6 text-sm font-medium">Raw JSON</summary>
        <div className="mt-2 grid justify-items-start gap-2">
          <Copy words="Copy JSON" text={raw} />
          <pre className="w-full whitespace-pre-wrap wrap-anywhere rounded-control bg-muted p-3 font-mono text-xs text-muted-fg">
            {raw}
          </pre>
        </div>
      </details>
    </aside>
  )
}

const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="grid gap-2">
    <h3 className="text-sm font-medium">{title}</h3>
    {children}
  </section>
)

/** What was, and what is: signs beside the colours, for those who do not see these. */
const Changes = ({ changes }: { changes: readonly Change[] }) => (
  <Section title="Changes">
    <dl className="grid gap-2 text-sm">
      {changes.map(({ field, before, after, gone, added }) => (
        <div key={field}>
          <dt className="text-muted-fg">{field.replaceAll('_', ' ')}</dt>
          <dd className="mt-0.5 grid gap-0.5 font-mono text-xs">
            {before === null && after === null ? (
              <span className="font-sans text-muted-fg">Changed. The audit keeps no values of it.</span>
            ) : (
              <>
                {gone.map((one) => (
                  <del
                    key={one}
                    className="rounded-xs bg-danger/10 px-1.5 py-0.5 text-danger no-underline wrap-anywhere"
                  >
                    − {one}
                  </del>
                ))}
                {added.map((one) => (
                  <ins
                    key={one}
                    className="rounded-xs bg-success/10 px-1.5 py-0.5 text-success no-underline wrap-anywhere"
                  >
                    + {one}
                  </ins>
                ))}
                {gone.length + added.length === 0 && <span className="px-1.5">{after ?? before}</span>}
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  </Section>
)
