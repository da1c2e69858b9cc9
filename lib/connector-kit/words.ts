import type { Locale } from '#lib/i18n/schema'
import type { Connector } from './define.ts'
import type { ResourceWords } from './resources.ts'
import type { Risk } from './schema.ts'

/** What one scope is called where a person decides about it. */
type ScopeWords = { does: string; example: string; withoutIt?: string }

/**
 * All that a connector says to people, in one language. The connector itself holds the English; each other language is
 * one file `connectors/<id>/words/<locale>.json` that names exactly the same things (a test says so).
 */
export type ConnectorWords = {
  summary: string
  overGrant?: string
  scopes: Readonly<Record<string, ScopeWords>>
  purposes?: Readonly<Partial<Record<Risk, string>>>
  blocked?: Readonly<Record<string, string>>
  /** By the name of the tool. */
  samples?: Readonly<Record<string, string>>
  resources?: Readonly<Record<string, ResourceWords>>
  /** Where each field of a credential form is found, by its name. */
  fields?: Readonly<Record<string, string>>
}

export type WordsByLocale = Readonly<Partial<Record<Locale, ConnectorWords>>>

/** What the provider's token permits and we refuse, in the words of the consent screen. */
export type Blocked = {
  does: string
  /** It comes with these scopes; shown where one of them is offered. */
  with: readonly string[]
}

/** A thing that an agent might do, to try out what a choice means. */
export type Sample = { tool: string; says: string }

/** What a connector says in a language, with English for whatever that language lacks. */
export function wordsOf(connector: Connector, locale: Locale): Required<ConnectorWords> {
  const said = connector.words[locale]
  const scopes = Object.entries(connector.scopes).map(([name, english]) => {
    const own = said?.scopes[name]
    const { does, example, withoutIt } = own ?? english
    return [name, { does, example, ...(withoutIt !== undefined && { withoutIt }) }] as const
  })
  const blocked = Object.entries(connector.blocked).map(([name, { does }]) => [name, does] as const)
  return {
    summary: said?.summary ?? connector.summary,
    overGrant: said?.overGrant ?? connector.overGrant ?? '',
    scopes: Object.fromEntries(scopes),
    purposes: { ...connector.purposes, ...said?.purposes },
    blocked: { ...Object.fromEntries(blocked), ...said?.blocked },
    samples: {
      ...Object.fromEntries(connector.samples.map(({ tool, says }) => [tool, says])),
      ...said?.samples,
    },
    resources: {
      ...Object.fromEntries(Object.entries(connector.resources).map(([kind, { words }]) => [kind, words])),
      ...said?.resources,
    },
    fields: {
      ...Object.fromEntries(
        (connector.auth.kind === 'form' ? connector.auth.fields : connector.auth.asks).flatMap(
          ({ name, where }) => (where ? [[name, where]] : []),
        ),
      ),
      ...said?.fields,
    },
  }
}
