import { type Connector, wordsOf } from '#lib/connector-kit'
import { type Translator, translator } from '#lib/i18n'
import type { Locale } from '#lib/i18n/schema'
import type { Receipt, ReceiptWords } from './fields.ts'

/** What the words say: the receipt's own facts, and whom and what they name. */
export type Told = Pick<
  Receipt,
  | 'record_id'
  | 'grantees'
  | 'scopes_requested'
  | 'scopes_granted'
  | 'scopes_refused'
  | 'resources'
  | 'expires_at'
  | 'confirmation'
> & {
  connector: Connector
  organization: { name: string; manageUrl: string }
  user: { id: string; name: string | null; email: string | null }
  /** The account's label at the provider; `null` where nobody has looked whose it is. */
  account: string | null
  purpose: string | null
  consentedAt: string
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Names of what a consent is limited to, however deep they lie: kinds, lists of them, and things with a label. */
export function resourceLabels(resources: unknown): string[] {
  if (resources === null || resources === undefined) return []
  if (typeof resources === 'string') return [resources]
  if (Array.isArray(resources)) return resources.flatMap(resourceLabels)
  if (typeof resources !== 'object') return []
  const { label, id } = resources as { label?: unknown; id?: unknown }
  const name = typeof label === 'string' && label !== '' ? label : id
  return typeof name === 'string' ? [name] : Object.values(resources).flatMap(resourceLabels)
}

/** A scope in words; one that has none by its name. What every consent carries, and nobody is asked about, is left out. */
const scopeWords = (connector: Connector, locale: Locale, scopes: readonly string[]): string[] => {
  const words = wordsOf(connector, locale).scopes
  return scopes.flatMap((scope) => {
    const said = Object.hasOwn(words, scope) ? words[scope] : undefined
    return said ? [capital(said.does)] : []
  })
}

function momentOf(t: Translator, at: string): string {
  const locale = t.locale === 'en-XA' ? 'en' : t.locale
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return t('receipt.moment', { when: format.format(new Date(at)) })
}

/**
 * A receipt in plain words, in one language. An organization's own texts have no place here: who asks and what was
 * agreed to is never themed.
 */
export function composeWords(told: Told, locale: Locale): ReceiptWords {
  const t = translator(locale)
  const { connector, grantees, confirmation } = told
  const organization = told.organization.name
  const imported = confirmation.method === 'import'
  const account = told.account ?? t('receipt.account_unverified')
  const names = grantees.map(({ name }) => name)
  const said = { who: t.list(names), connector: connector.name, account }
  const decided = [...told.scopes_granted, ...told.scopes_refused]
  const missing = told.scopes_requested.filter((scope) => !decided.includes(scope))
  const allowed = scopeWords(connector, locale, told.scopes_granted)
  const row = (label: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [{ label, lines: [...lines] }]
  const { name, id, email } = told.user
  return {
    title: t('receipt.title'),
    summary: imported ? t('receipt.summary_imported', said) : t('receipt.summary', said),
    rows: [
      ...row(t('receipt.allowed'), allowed.length > 0 ? allowed : [t('receipt.allowed_nothing')]),
      ...row(t('receipt.refused'), scopeWords(connector, locale, told.scopes_refused)),
      ...row(t('receipt.not_granted', { connector: connector.name }), scopeWords(connector, locale, missing)),
      ...row(t('receipt.limited'), resourceLabels(told.resources)),
      ...row(t('receipt.until'), [
        told.expires_at === null ? t('receipt.until_withdrawn') : momentOf(t, told.expires_at),
      ]),
      ...row(t('receipt.withdraw'), withdrawal(t, told.organization, connector)),
      ...row(
        t('receipt.who'),
        grantees.map((grantee) =>
          grantee.owner === null
            ? grantee.name
            : t('receipt.who_answers', { name: grantee.name, owner: grantee.owner }),
        ),
      ),
      ...row(t('receipt.account'), [t('receipt.account_at', { account, connector: connector.name })]),
      ...row(t('receipt.given_by'), [name ?? id, ...(email === null ? [] : [email])]),
      ...row(t('receipt.asked_by'), [organization]),
      ...row(t('receipt.purpose'), told.purpose === null ? [] : [told.purpose]),
      ...row(t('receipt.given_at'), imported ? [] : [momentOf(t, told.consentedAt)]),
      ...row(t('receipt.confirmed'), [
        t(`receipt.confirmed_${confirmation.method}`, { organization, when: momentOf(t, confirmation.at) }),
      ]),
      ...row(t('receipt.number'), [told.record_id]),
    ],
    exact_text: t(imported ? 'receipt.exact_text_imported' : 'receipt.exact_text'),
  }
}

/** How a consent is taken back, in sentences. */
export const withdrawal = (
  t: Translator,
  organization: { name: string; manageUrl: string },
  { name }: Connector,
): string[] => [
  t('receipt.withdraw_text', { organization: organization.name, connector: name }),
  t('receipt.withdraw_page', { url: organization.manageUrl }),
  t('receipt.withdraw_provider', { connector: name }),
]
