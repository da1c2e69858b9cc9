import ar from './messages/ar.json' with { type: 'json' }
import de from './messages/de.json' with { type: 'json' }
import en from './messages/en.json' with { type: 'json' }
import es from './messages/es.json' with { type: 'json' }
import fr from './messages/fr.json' with { type: 'json' }
import he from './messages/he.json' with { type: 'json' }
import it from './messages/it.json' with { type: 'json' }
import ja from './messages/ja.json' with { type: 'json' }
import nl from './messages/nl.json' with { type: 'json' }
import pl from './messages/pl.json' with { type: 'json' }
import pt from './messages/pt.json' with { type: 'json' }
import zh from './messages/zh.json' with { type: 'json' }
import type { Locale, Texts } from './schema.ts'

/** English is the source: its keys are the keys, and what a language lacks is shown in English. */
export type Messages = typeof en
export type Namespace = keyof Messages
/** `namespace.key`. */
export type MessageKey = { [N in Namespace]: `${N}.${Extract<keyof Messages[N], string>}` }[Namespace]

/** The texts of one namespace, as a client component takes them. */
export type TextsOf<N extends Namespace> = Texts<Extract<keyof Messages[N], string>>

type Catalogue = Readonly<Record<string, Readonly<Record<string, string>>>>

const byLocale: Readonly<Record<Locale, Catalogue>> = {
  en,
  de,
  fr,
  es,
  it,
  pt,
  nl,
  pl,
  ja,
  zh,
  ar,
  he,
  'en-XA': en,
}

const at = (catalogue: Catalogue, key: string): string | undefined => {
  const dot = key.indexOf('.')
  return catalogue[key.slice(0, dot)]?.[key.slice(dot + 1)]
}

/** The text of a key in a language, in English where the language lacks it. */
export const messageOf = (locale: Locale, key: MessageKey): string =>
  at(byLocale[locale], key) ?? at(en, key) ?? key

/** Whether there is such a text at all. */
export const isMessageKey = (key: string): key is MessageKey => at(en, key) !== undefined

/** What a language has, for the tests that look for gaps. */
export const catalogueOf = (locale: Locale): Catalogue => byLocale[locale]

/** The keys of one namespace. */
export const keysOf = <N extends Namespace>(namespace: N): Extract<keyof Messages[N], string>[] =>
  Object.keys(en[namespace]) as Extract<keyof Messages[N], string>[]
