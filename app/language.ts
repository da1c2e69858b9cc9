import { headers } from 'next/headers'
import { directionOf, isLocale, type Locale } from '#lib/i18n/schema'

export type Language = { locale: Locale; dir: 'ltr' | 'rtl'; scheme: 'light' | 'dark' | null }

/** How this page is written, as proxy.ts found it out; English where that had nothing to look at. */
export async function languageOf(): Promise<Language> {
  const given = await headers()
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
