/** The portal's languages; `en-XA` is the pseudo-locale of tests, never negotiated. */
export const locales = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'ja', 'zh', 'ar', 'he'] as const
export type Locale = (typeof locales)[number] | 'en-XA'

export const isLocale = (text: string): text is (typeof locales)[number] =>
  (locales as readonly string[]).includes(text)

export const directionOf = (locale: Locale): 'ltr' | 'rtl' =>
  locale === 'ar' || locale === 'he' ? 'rtl' : 'ltr'

/** Texts of one namespace in one language, as a client component takes them: with plain `{name}` arguments alone. */
export type Texts<Key extends string = string> = Readonly<Record<Key, string>>

/** Puts values into a text that has plain arguments alone: what a client component needs of a message library. */
export const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)

export type { MessageKey, TextsOf } from './catalogue.ts'
export type { Translator } from './translator.ts'
