import { IntlMessageFormat } from 'intl-messageformat'
import { keysOf, type MessageKey, messageOf, type Namespace, type TextsOf } from './catalogue.ts'
import { pseudo, pseudoPlain } from './pseudo.ts'
import { directionOf, type Locale } from './schema.ts'

type Value = string | number | Date
/** A tag of a message, such as `<b>…</b>`, as the caller wants it. */
type Tag<T> = (chunks: (string | T)[]) => T

/** Texts of an organization's own, by `namespace.key`. */
export type Overrides = Readonly<Record<string, string>>

/**
 * Says things in one language.
 * `t(key, values)` answers text; `t.rich` also takes functions for the tags of a message and answers parts.
 */
export type Translator = {
  (key: MessageKey, values?: Readonly<Record<string, Value>>): string
  rich: <T>(key: MessageKey, values: Readonly<Record<string, Value | T | Tag<T>>>) => (string | T)[]
  /** The texts of a namespace as they stand, for a client component. */
  texts: <N extends Namespace>(namespace: N) => TextsOf<N>
  list: (items: readonly string[]) => string
  locale: Locale
  dir: 'ltr' | 'rtl'
}

const cache = new Map<string, IntlMessageFormat>()
const cacheMax = 20_000

function formatOf(locale: Locale, message: string): IntlMessageFormat {
  const known = cache.get(`${locale} ${message}`)
  if (known) return known
  const made = locale === 'en-XA' ? pseudo(message) : new IntlMessageFormat(message, locale)
  if (cache.size >= cacheMax) cache.clear()
  cache.set(`${locale} ${message}`, made)
  return made
}

/** @param overrides texts of the organization's own that stand in for ours */
export function translator(locale: Locale, overrides: Overrides = {}): Translator {
  const textOf = (key: MessageKey) =>
    (Object.hasOwn(overrides, key) ? overrides[key] : undefined) ?? messageOf(locale, key)
  const rich: Translator['rich'] = (key, values) => {
    const parts = formatOf(locale, textOf(key)).format<unknown>(values as Record<string, never>)
    return (Array.isArray(parts) ? parts : [parts]) as never
  }
  const say = (key: MessageKey, values: Readonly<Record<string, Value>> = {}): string =>
    rich<never>(key, values).join('')
  return Object.assign(say, {
    rich,
    texts: <N extends Namespace>(namespace: N) =>
      Object.fromEntries(
        keysOf(namespace).map((name) => {
          const text = textOf(`${namespace}.${name}` as MessageKey)
          return [name, locale === 'en-XA' ? pseudoPlain(text) : text]
        }),
      ) as TextsOf<N>,
    list: (items: readonly string[]) =>
      new Intl.ListFormat(locale === 'en-XA' ? 'en' : locale, { type: 'conjunction' }).format(items),
    locale,
    dir: directionOf(locale),
  })
}
