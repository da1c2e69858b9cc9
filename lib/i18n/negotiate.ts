import { isLocale, type Locale } from './schema.ts'

const known = (tag: string): Locale | null => {
  const language = tag.trim().toLowerCase().split(/[-_]/)[0] ?? ''
  // The old code of Hebrew is still sent by some.
  const name = language === 'iw' ? 'he' : language
  return isLocale(name) ? name : null
}

/**
 * The language of a page: what the host asked for, else what the browser prefers, else English.
 * @param asked one, or several by preference
 * @param accept an `Accept-Language` header (RFC 9110 §12.5.4)
 * @param pseudo whether `en-XA` may be asked for by name
 */
export function negotiate(
  asked: string | readonly string[] | null,
  accept: string | null,
  pseudo = false,
): Locale {
  const named = typeof asked === 'string' ? [asked] : (asked ?? [])
  if (pseudo && named[0] === 'en-XA') return 'en-XA'
  const wished = (accept ?? '')
    .slice(0, 1000)
    .split(',')
    .map((part) => {
      const [tag = '', ...params] = part.split(';')
      const q = params
        .map((param) => /^\s*q=([\d.]+)\s*$/.exec(param)?.[1])
        .find((value) => value !== undefined)
      return { tag, weight: q === undefined ? 1 : Number(q) }
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
  return [...named, ...wished.map(({ tag }) => tag)].map(known).find((locale) => locale !== null) ?? 'en'
}
