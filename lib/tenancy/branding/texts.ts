import { isMessageKey, messageOf, type Overrides } from '#lib/i18n'
import type { Locale } from '#lib/i18n/schema'
import { argumentsOf } from './icu.ts'
import type { Theme } from './theme.ts'

/**
 * The texts that an organization may say in its own words: greetings and what to do next. Never who asks, what is
 * asked, words of risk, what went wrong with whose account, the answers, or the receipt: those are not its to say.
 */
export const overridableTexts = [
  ...[
    'title',
    'intro',
    'search',
    'no_match_title',
    'no_match_body',
    'show_all',
    'empty_title',
    'empty_body',
  ].map((key) => `catalogue.${key}`),
  ...['opening_title', 'waiting_title', 'returned_title', 'done', 'back'].map((key) => `entry.${key}`),
  ...['session_expired_next', 'session_used_next', 'session_invalid_next', 'not_entered_next'].map(
    (key) => `states.${key}`,
  ),
  ...['not_set_up_next', 'policy_denied_next', 'limit_reached_next', 'provider_error_next'].map(
    (key) => `states.${key}`,
  ),
  ...['declined_next', 'connected_title', 'connected_close', 'revoked_next', 'close_window'].map(
    (key) => `states.${key}`,
  ),
] as const

const allowed: ReadonlySet<string> = new Set(overridableTexts)

// What is not seen, reorders what stands beside it, or makes a text longer than a screen.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/

/** Why a text may not stand in for ours, or `null`. */
export function textFault(locale: Locale, key: string, text: string): string | null {
  if (!allowed.has(key) || !isMessageKey(key)) return 'is not a text that may be changed'
  if (text.trim() === '') return 'must not be empty: leave it out to have ours'
  if (unseen.test(text)) return 'holds characters that are not seen'
  const ours = argumentsOf(messageOf(locale, key), locale)
  let theirs: Set<string>
  try {
    theirs = argumentsOf(text, locale)
  } catch {
    return 'is no ICU message: a brace is open, or an argument is none'
  }
  const missing = [...ours].filter((argument) => !theirs.has(argument))
  const strange = [...theirs].filter((argument) => !ours.has(argument))
  const named = (all: readonly string[]) => all.map((one) => `{${one.split(' ')[1]}}`).join(', ')
  if (missing.length > 0) return `lacks ${named(missing)}`
  if (strange.length > 0) return `names ${named(strange)}, which this text does not have in this way`
  return null
}

/** What stands in the way of a theme's texts, by path. */
export const textFaults = (texts: NonNullable<Theme['texts']>): { path: string; message: string }[] =>
  Object.entries(texts).flatMap(([locale, byKey]) =>
    Object.entries(byKey).flatMap(([key, text]) => {
      const message = textFault(locale as Locale, key, text)
      return message === null ? [] : [{ path: `texts.${locale}.${key}`, message }]
    }),
  )

/** The overrides of one language that still fit: a text of ours may have changed since they were written. */
export const overridesOf = (theme: Theme, locale: Locale): Overrides =>
  locale === 'en-XA'
    ? {}
    : Object.fromEntries(
        Object.entries(theme.texts?.[locale] ?? {}).filter(
          ([key, text]) => textFault(locale, key, text) === null,
        ),
      )
