'use client'

import { Notice } from '#components/portal/notice'
import { Button, buttonClass } from '#components/ui/button'
import type { PortalStore, Screen } from './portal-store.ts'

/** Something goes on in a window of its own; this says so until the server says how it ended. */
export function Waiting({ screen, store }: { screen: Screen & { name: 'waiting' }; store: PortalStore }) {
  const { view, connector, url, blocked, returned, offline } = screen
  const name = view.connectors.find(({ id }) => id === connector)?.name ?? connector
  const actions = (
    <>
      {blocked && url ? (
        <a href={url} target="_blank" rel="noopener opener" className={buttonClass()}>
          Continue in a new tab
        </a>
      ) : (
        <Button variant="secondary" disabled={url === null} onClick={() => void store.choose(connector)}>
          Open it again
        </Button>
      )}
      <Button variant="quiet" onClick={store.back}>
        Back
      </Button>
    </>
  )
  if (returned) {
    return (
      <Notice mark="waiting" title="Almost done">
        <p>{view.organization.name} is making sure that it was you.</p>
        {offline && <Offline />}
      </Notice>
    )
  }
  return (
    <Notice
      mark="waiting"
      title={blocked ? 'Your browser blocked the window' : 'Finish in the window that opened'}
      actions={actions}
    >
      <p>
        {blocked
          ? `Open it yourself: you decide there what ${view.organization.name} may do in ${name}.`
          : `You decide there what ${view.organization.name} may do in ${name}. This page goes on by itself.`}
      </p>
      {offline && <Offline />}
    </Notice>
  )
}

const Offline = () => <p className="text-warning">You seem to be offline. This goes on when you are back.</p>
