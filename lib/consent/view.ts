import { type Connector, wordsOf } from '#lib/connector-kit'
import { type Risk, risk } from '#lib/connector-kit/schema'
import type { Translator } from '#lib/i18n'
import { changeSince, type PreviousConsent } from './change-since.ts'
import { durationsOffered, longestConsent } from './durations.ts'
import { carriedBy, ceilingOf, type OfferedScope, offeredScopes, type UnderCeilings } from './offered.ts'
import { ticksFor } from './samples.ts'
import type { ConsentView, ScopeView } from './schema.ts'
import type { Session } from './sessions.ts'
import { capital, riskKeys } from './words.ts'

export type ConsentFacts = {
  session: Pick<Session, 'scopes' | 'purpose' | 'purposes' | 'agents' | 'return_url' | 'user'> & UnderCeilings
  connector: Connector
  organization: {
    name: string
    branding: Readonly<Record<string, unknown>>
    settings: Readonly<Record<string, unknown>>
    /** A domain that it has proven to own; `null` where none is known. */
    verifiedDomain: string | null
  }
  /** The account that is renewed. */
  account: { label: string } | null
  /** What that account was under until now. */
  previous: PreviousConsent | null
  /** The tools that a rule of the organization forbids to everybody. */
  forbidden?: ReadonlySet<string>
}

/**
 * What the consent screen shows for one connector of a session: whole texts in the language of `t`, in the order in
 * which they are read. Screen and receipt are made of nothing else.
 * @throws AppError `invalid_request` for a scope that the connector does not have
 */
export function buildConsentView(facts: ConsentFacts, t: Translator): ConsentView {
  const { session, connector, organization, account, previous } = facts
  const words = wordsOf(connector, t.locale)
  const offered = offeredScopes(connector, session.scopes[connector.id], ceilingOf(session, connector.id))
  const scopes = scopeViews(offered, facts, t)
  const who = session.agents.length > 0 ? t.list(session.agents.map(({ name }) => name)) : organization.name
  const durations = durationsOffered(longestConsent(organization.settings))
  const carried = new Set(offered.flatMap(({ scope }) => [...carriedBy(scope, connector.implies)]))
  // A limit that nothing could be picked for would be a dead end after the provider.
  const reach = Object.entries(connector.resources).filter(
    ([, kind]) =>
      kind.scopes.some((scope) => carried.has(scope)) &&
      kind.listScopes.some((together) => together.every((scope) => carried.has(scope))),
  )
  return {
    locale: t.locale,
    who,
    many: session.agents.length > 1,
    organization: { name: organization.name, ...domainOf(facts, t) },
    agents: session.agents.map(({ name, owner, purpose }) => ({ name, owner, purpose })),
    user: { id: session.user.external_id, name: session.user.name, email: session.user.email },
    connector: { id: connector.id, name: connector.name, summary: words.summary },
    account: account && { label: account.label },
    account_says: account
      ? [account.label, t('consent.account_same')]
      : [t('consent.account_next', { connector: connector.name })],
    switch_account: connector.auth.kind === 'oauth2' && connector.auth.switchAccountParams !== null,
    purpose: session.purpose,
    groups: risk.options.flatMap((level) => {
      const own = scopes.filter((scope) => scope.risk === level)
      if (own.length === 0) return []
      const said = (session.purposes as Partial<Record<Risk, string>>)[level]
      return {
        risk: level,
        title: t(riskKeys[level]),
        why: said ?? words.purposes[level] ?? null,
        scopes: own,
      }
    }),
    samples: connector.samples.map(({ tool }) => ({
      says: words.samples[tool] ?? tool,
      ticks: facts.forbidden?.has(tool)
        ? []
        : ticksFor(connector, offered, tool).map((together) => together.map((carriers) => [...carriers])),
    })),
    cannot: cannotDo(facts, offered, t),
    over_grant: permitsMore(connector, carried) ? words.overGrant || null : null,
    durations: durations.days.map((days) => ({
      days,
      title: days === null ? t('consent.duration_open') : t('consent.duration_days', { days }),
      chosen: days === durations.chosen,
    })),
    reach: reach.map(([kind, { words: english }]) => ({
      kind,
      ...(words.resources[kind] ?? english),
      limited: previous?.resources ? Object.hasOwn(previous.resources, kind) : false,
    })),
    change: previous && changeSince(previous, connector, offered, t),
    links: linksOf(organization.branding, t),
  }
}

function domainOf({ session, organization }: ConsentFacts, t: Translator) {
  const domain = organization.verifiedDomain
  if (domain) return { domain, verified: true, says: t('consent.domain_verified', { domain }) }
  if (!session.return_url) return { domain: null, verified: false, says: null }
  const { host } = new URL(session.return_url)
  return { domain: host, verified: false, says: t('consent.domain_returns', { domain: host }) }
}

function scopeViews(
  offered: readonly OfferedScope[],
  { connector, previous }: ConsentFacts,
  t: Translator,
): (ScopeView & { risk: Risk })[] {
  const words = wordsOf(connector, t.locale)
  const before =
    previous && new Set(previous.scopes.flatMap((scope) => [...carriedBy(scope, connector.implies)]))
  return offered.map(({ scope, risk: level, required, ...english }) => {
    const { does, example, withoutIt } = words.scopes[scope] ?? english
    return {
      scope,
      risk: level,
      does: capital(does),
      example: t('consent.example', { example }),
      required,
      without_it: required || withoutIt === undefined ? null : t('consent.without', { effect: withoutIt }),
      was: before === null ? null : before.has(scope) ? 'kept' : 'new',
    }
  })
}

const comesWith = (blocked: { with: readonly string[] }, scopes: ReadonlySet<string>): boolean =>
  blocked.with.some((scope) => scopes.has(scope))

/** Whether its token permits more than is asked for; where it is not said with which scope that comes, it always does. */
const permitsMore = ({ blocked }: Connector, scopes: ReadonlySet<string>): boolean => {
  const all = Object.values(blocked)
  return all.length === 0 || all.some((one) => comesWith(one, scopes))
}

/** What it is not asked for, what its token permits and we refuse, and what nobody gets. */
function cannotDo(
  { connector, organization, forbidden }: ConsentFacts,
  offered: readonly OfferedScope[],
  t: Translator,
): ConsentView['cannot'] {
  const words = wordsOf(connector, t.locale)
  const carried = new Set(offered.flatMap(({ scope }) => [...carriedBy(scope, connector.implies)]))
  const blocked = Object.entries(connector.blocked).filter(([, one]) => comesWith(one, carried))
  const absent = Object.entries(connector.scopes).filter(([scope]) => !carried.has(scope))
  return [
    ...blocked.map(([name, one]) => ({
      does: capital(words.blocked[name] ?? one.does),
      why: 'blocked' as const,
      mark: t('consent.cannot_blocked'),
    })),
    ...connector.samples
      .filter(({ tool }) => forbidden?.has(tool))
      .map(({ tool, says }) => ({
        does: words.samples[tool] ?? says,
        why: 'policy' as const,
        mark: t('consent.cannot_policy', { organization: organization.name }),
      })),
    ...absent.map(([scope, one]) => ({
      does: capital(words.scopes[scope]?.does ?? one.does),
      why: 'not_granted' as const,
      mark: t('consent.cannot_not_granted'),
    })),
    { does: t('consent.cannot_secret'), why: 'never', mark: t('consent.cannot_never') },
  ]
}

function linksOf(branding: Readonly<Record<string, unknown>>, t: Translator): ConsentView['links'] {
  const shown = [
    { name: t('consent.link_privacy'), url: branding.privacy_url },
    { name: t('consent.link_terms'), url: branding.terms_url },
    { name: t('consent.link_support'), url: branding.support_url },
  ]
  return shown.flatMap(({ name, url }) => (typeof url === 'string' ? [{ name, url }] : []))
}
