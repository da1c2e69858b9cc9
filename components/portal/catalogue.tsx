import type { ReactNode } from 'react'
import { Badge } from '#components/ui/badge'
import { Card } from '#components/ui/card'
import type { PortalView } from '#lib/consent/schema'
import { fill, type TextsOf } from '#lib/i18n/schema'
import { ConnectorMark } from './connector-mark.tsx'
import { said } from './said.tsx'

export type CatalogueEntry = PortalView['connectors'][number]
type CatalogueTexts = TextsOf<'catalogue'>

/** From how many connectors on a list is easier searched than read. */
export const manyConnectors = 6

type Account = NonNullable<CatalogueEntry['account']>

/** Whether an account needs nothing: what is connected already is looked at rather than renewed. */
const works = ({ status }: Account): boolean => status === 'active' || status === 'paused'

/** What the control of a connector says, and what it is called: a list of equal words helps nobody who listens. */
export function actionOf(
  { name: connector, account }: CatalogueEntry,
  texts: CatalogueTexts,
): { text: string; name: string } {
  const verb = account ? 'reconnect' : 'connect'
  return { text: texts[verb], name: fill(texts[`${verb}_named`], { connector }) }
}

/** Compared without case and accents, as people type. */
const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim()

/** The entries that have all the words that are sought. */
export function matching(entries: readonly CatalogueEntry[], sought: string): readonly CatalogueEntry[] {
  const words = plain(sought).split(/\s+/)
  return entries.filter(({ name, summary }) => {
    const text = plain(`${name} ${summary}`)
    return words.every((word) => text.includes(word))
  })
}

/** How an account stands, in a word. */
export function AccountState({ account, texts }: { account: Account; texts: CatalogueTexts }) {
  if (account.status === 'paused') return <Badge tone="info">{texts.paused}</Badge>
  return works(account) ? (
    <Badge tone="success">{texts.connected}</Badge>
  ) : (
    <Badge tone="warning">{texts.attention}</Badge>
  )
}

const EntryState = ({ entry, texts }: { entry: CatalogueEntry; texts: CatalogueTexts }) =>
  entry.configured ? (
    entry.account && <AccountState account={entry.account} texts={texts} />
  ) : (
    <Badge>{texts.not_set_up}</Badge>
  )

/**
 * The heading and list of what can be connected; how a choice is acted on is the caller's.
 * @param texts `t.texts('catalogue')`
 * @param sought what was typed into `search`; `entries` are those that match it
 * @param search a field above the list, where there are enough to search
 * @param all the control that shows everything again
 * @param action renders the control of one connector
 * @param detail where a connector has a page of its own, if it has
 */
export const Catalogue = ({
  view,
  texts,
  sought = '',
  search,
  all,
  action,
  detail,
  note,
}: {
  view: PortalView
  texts: CatalogueTexts
  sought?: string
  search?: ReactNode
  all?: ReactNode
  action: (entry: CatalogueEntry) => ReactNode
  detail?: (entry: CatalogueEntry) => string
  note?: ReactNode
}) => {
  const organization = view.organization.name
  const entries = matching(view.connectors, sought)
  return (
    <Card className="overflow-hidden">
      <div className="px-5 pt-7 pb-5 sm:px-7">
        <h1 tabIndex={-1} className="text-xl leading-snug font-semibold outline-none">
          {texts.title}
        </h1>
        <p className="mt-2 text-sm leading-relaxed text-pretty text-muted-fg">
          {said(texts.intro, { organization })}
        </p>
        {note}
        {view.connectors.length > 0 && search && <div className="mt-4">{search}</div>}
      </div>
      {view.connectors.length === 0 && (
        <Nothing title={texts.empty_title}>{said(texts.empty_body, { organization })}</Nothing>
      )}
      {/* There before it changes, so that what was found is announced. */}
      {search && (
        <p role="status" className="sr-only">
          {sought && fill(texts.found, { count: String(entries.length) })}
        </p>
      )}
      {view.connectors.length > 0 && entries.length === 0 && (
        <Nothing title={said(texts.no_match_title, { words: sought })} action={all}>
          {texts.no_match_body}
        </Nothing>
      )}
      {entries.length > 0 && (
        <ul>
          {entries.map((entry) => (
            <li
              key={entry.id}
              className="grid grid-cols-[auto_1fr] items-center gap-x-3.5 gap-y-3 border-t border-border px-5 py-4 min-[25rem]:grid-cols-[auto_1fr_auto] sm:px-7"
            >
              <ConnectorMark name={entry.name} />
              <div className="min-w-0">
                <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
                  <Name entry={entry} href={detail?.(entry)} /> <EntryState entry={entry} texts={texts} />
                </p>
                <p className="mt-0.5 text-sm leading-snug text-muted-fg">
                  <bdi>{entry.account?.label ?? entry.summary}</bdi>
                </p>
              </div>
              {entry.configured && <div className="col-start-2 min-[25rem]:col-start-3">{action(entry)}</div>}
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

const Name = ({ entry, href }: { entry: CatalogueEntry; href: string | undefined }) =>
  href === undefined ? (
    <bdi>{entry.name}</bdi>
  ) : (
    <a
      href={href}
      className="inline-flex min-h-6 items-center underline decoration-input/70 decoration-1 underline-offset-4 hover:decoration-current"
    >
      <bdi>{entry.name}</bdi>
    </a>
  )

const Nothing = ({
  title,
  children,
  action,
}: {
  title: ReactNode
  children: ReactNode
  action?: ReactNode
}) => (
  <div className="grid justify-items-center gap-1.5 border-t border-border px-6 py-10 text-center text-sm sm:px-7">
    <p className="font-medium text-pretty">{title}</p>
    <p className="max-w-xs leading-relaxed text-pretty text-muted-fg">{children}</p>
    {action && <div className="mt-3">{action}</div>}
  </div>
)
