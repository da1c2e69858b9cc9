import type { ReactNode } from 'react'
import { Badge } from '#components/ui/badge'
import { Card } from '#components/ui/card'
import type { PortalView } from '#lib/consent/schema'
import { ConnectorMark } from './connector-mark.tsx'

export type CatalogueEntry = PortalView['connectors'][number]

/** What the button or link of a connector is called. */
export const actionName = ({ name, account }: CatalogueEntry): string =>
  `${account ? 'Reconnect' : 'Connect'} ${name}`

const state = ({ configured, account }: CatalogueEntry): ReactNode => {
  if (!configured) return <Badge>Not set up</Badge>
  if (!account) return null
  return account.status === 'active' ? (
    <Badge tone="success">Connected</Badge>
  ) : (
    <Badge tone="warning">Needs attention</Badge>
  )
}

/**
 * The heading and list of what can be connected; how a choice is acted on is the caller's.
 * @param action renders the control of one connector
 * @param search a field above the list, where there are enough to search
 */
export const Catalogue = ({
  view,
  entries = view.connectors,
  search,
  action,
}: {
  view: PortalView
  entries?: readonly CatalogueEntry[]
  search?: ReactNode
  action: (entry: CatalogueEntry) => ReactNode
}) => (
  <Card className="overflow-hidden">
    <div className="px-5 pt-6 pb-4 sm:px-7">
      <h1 className="text-xl font-semibold">Connect your accounts</h1>
      <p className="mt-1.5 text-sm leading-relaxed text-muted-fg">
        Choose what {view.organization.name} may work with for you. You decide what it may do before anything
        is shared.
      </p>
      {search && <div className="mt-4">{search}</div>}
    </div>
    {view.connectors.length === 0 ? (
      <p className="border-t border-border px-7 py-10 text-center text-sm text-muted-fg">
        There is nothing to connect here yet. {view.organization.name} has to set something up first.
      </p>
    ) : entries.length === 0 ? (
      <p role="status" className="border-t border-border px-7 py-10 text-center text-sm text-muted-fg">
        Nothing matches. Try another name.
      </p>
    ) : (
      <ul>
        {entries.map((entry) => (
          <li
            key={entry.id}
            className="flex flex-wrap items-center gap-x-3.5 gap-y-3 border-t border-border px-5 py-4 sm:px-7"
          >
            <ConnectorMark name={entry.name} />
            <div className="min-w-32 flex-1">
              <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
                {entry.name} {state(entry)}
              </p>
              <p className="mt-0.5 text-sm leading-snug text-muted-fg">
                {entry.account?.label ?? entry.summary}
              </p>
            </div>
            {entry.configured && action(entry)}
          </li>
        ))}
      </ul>
    )}
  </Card>
)
