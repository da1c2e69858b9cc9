import { type Connector, wordsOf } from '#lib/connector-kit'
import type { Translator } from '#lib/i18n'
import { carriedBy, type OfferedScope } from './offered.ts'
import type { ConsentView } from './schema.ts'
import { capital } from './words.ts'

/** The consent that a new one takes the place of. */
export type PreviousConsent = {
  consentedAt: Date
  scopes: readonly string[]
  text: string
  locale: string
  resources: Readonly<Record<string, unknown>> | null
}

/** What of an earlier consent is no more; its rewordings are added once the new text is known. */
export function changeSince(
  previous: PreviousConsent,
  connector: Connector,
  offered: readonly OfferedScope[],
  t: Translator,
): NonNullable<ConsentView['change']> {
  const words = wordsOf(connector, t.locale)
  const now = new Set(offered.flatMap(({ scope }) => [...carriedBy(scope, connector.implies)]))
  const gone = previous.scopes.filter((scope) => !now.has(scope))
  const date = new Intl.DateTimeFormat(t.locale === 'en-XA' ? 'en' : t.locale, {
    dateStyle: 'long',
    timeZone: 'UTC',
  }).format(previous.consentedAt)
  return {
    since: t('consent.change_since', { date }),
    gone: gone.map((scope) => ({
      scope,
      does: words.scopes[scope] ? capital(words.scopes[scope].does) : scope,
    })),
    wording: previous.locale === t.locale ? [] : 'other_language',
  }
}
