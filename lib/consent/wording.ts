import type { Connector } from '#lib/connector-kit'
import type { Translator } from '#lib/i18n'
import { rewordings } from './change.ts'
import type { PreviousConsent } from './change-since.ts'
import type { ConsentView } from './schema.ts'
import { bodyLines } from './text.ts'

/** A view with what it says otherwise than the consent before it; its own text is needed for that. */
export function withWording(
  view: ConsentView,
  previous: PreviousConsent | null,
  connector: Connector,
  t: Translator,
): ConsentView {
  if (!view.change || !previous || view.change.wording === 'other_language') return view
  const lang = t.locale === 'en-XA' ? 'en' : t.locale
  const lines = bodyLines(view, t)
  // How the account is introduced differs between connecting and renewing, and is no term of either.
  const account = t('consent.label_account')
  const compared = lines.filter((line) => !line.startsWith(account))
  const wording = rewordings(previous.text.split('\n'), compared, Object.keys(connector.scopes), lang)
  return { ...view, change: { ...view.change, wording } }
}
