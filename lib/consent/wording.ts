import type { Connector } from '#lib/connector-kit'
import type { Translator } from '#lib/i18n'
import { rewordings } from './change.ts'
import type { PreviousConsent } from './change-since.ts'
import type { ConsentView } from './schema.ts'
import { bodyLines, separator } from './text.ts'
import { riskKeys } from './words.ts'

/**
 * Whether a line is compared at all. What follows from which permissions there are is told as new and as gone; how the
 * account is introduced differs between connecting and renewing, and is no term of either.
 */
function isTerm(view: ConsentView, t: Translator): (line: string) => boolean {
  const stays = view.groups.filter(({ scopes }) => scopes.some(({ was }) => was === 'kept'))
  const reasons = stays.map(({ title }) => title)
  const headings = Object.values(riskKeys).map((key) => t(key))
  return (line) => {
    const [label, second = '', ...rest] = line.split(separator)
    if (label === t('consent.label_account')) return false
    if (label === t('consent.cannot_title')) return rest.at(-1) !== t('consent.cannot_not_granted')
    if (second && rest.length === 0 && headings.includes(label ?? '')) return reasons.includes(label ?? '')
    return true
  }
}

/** A view with what it says otherwise than the consent before it; its own text is needed for that. */
export function withWording(
  view: ConsentView,
  previous: PreviousConsent | null,
  connector: Connector,
  t: Translator,
): ConsentView {
  if (!view.change || !previous || view.change.wording === 'other_language') return view
  const terms = isTerm(view, t)
  const wording = rewordings(
    previous.text.split('\n').filter(terms),
    bodyLines(view, t).filter(terms),
    Object.keys(connector.scopes),
    t.locale === 'en-XA' ? 'en' : t.locale,
  )
  return { ...view, change: { ...view.change, wording } }
}
