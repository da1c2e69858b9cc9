import { headers } from 'next/headers'
import { directionOf, isLocale, type Locale } from '#lib/i18n/schema'

export type Language = { locale: Locale; dir: 'ltr' | 'rtl'; scheme: 'light' | 'dark' | null }

/** How an answer to these headers is written, as proxy.ts found it out; English where it had nothing to look at. */
export function languageIn(given: Headers): Language {
  const named = given.get('x-behalf-locale') ?? 'en'
  const locale = named === 'en-XA' || isLocale(named) ? named : 'en'
  const dir = given.get('x-behalf-dir')
  const scheme = given.get('x-behalf-scheme')
  return {
    locale,
    dir: dir === 'ltr' || dir === 'rtl' ? dir : directionOf(locale),
    scheme: scheme === 'light' || scheme === 'dark' ? scheme : null,
  }
}

/** How the page that is being made is written. */
export const languageOf = async (): Promise<Language> => languageIn(await headers())
