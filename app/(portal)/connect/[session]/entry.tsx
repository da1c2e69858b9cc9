'use client'

import { useState, useSyncExternalStore } from 'react'
import { actionName, Catalogue } from '#components/portal/catalogue'
import { ErrorNotice, Notice, noticeOf, noticeOfFailure } from '#components/portal/notice'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Field, Input } from '#components/ui/field'
import type { PortalView } from '#lib/consent/schema'
import { createPortalStore, type PortalStore, type Screen } from './portal-store.ts'
import { enter, isFramed, reportHeight, surroundings, takeFragment } from './surroundings.ts'
import { Waiting } from './waiting.tsx'

type Props = { session: string; embedOrigins: readonly string[] }

/** From how many connectors on a list is easier searched than read. */
const manyConnectors = 6

/** Where a link leads. In a frame the whole choice happens here; on its own it only trades the token and goes on. */
export function Entry(props: Props) {
  const [portal] = useState(() => createEntry(props))
  const screen = useSyncExternalStore(portal.subscribe, portal.store.get, serverScreen)
  return (
    <div aria-live="polite">
      <Shown screen={screen} store={portal.store} framed={props.embedOrigins.length > 0} />
      <noscript>
        <ErrorNotice
          notice={{
            title: 'This page needs JavaScript',
            body: 'Your browser does not run it for this page.',
            next: 'Ask for a link that opens in a window of its own: that one works without.',
          }}
        />
      </noscript>
    </div>
  )
}

const loading: Screen = { name: 'loading' }
const serverScreen = () => loading

/** Starts once, however often React subscribes. */
function createEntry({ session, embedOrigins }: Props) {
  const store = createPortalStore(surroundings(session, embedOrigins))
  let started = false
  return {
    store,
    subscribe(listener: () => void): () => void {
      const unsubscribe = store.subscribe(listener)
      const stopReporting = isFramed() ? reportHeight(embedOrigins) : () => undefined
      if (!started) {
        started = true
        void begin(session, store)
      }
      return () => {
        stopReporting()
        unsubscribe()
      }
    },
  }
}

async function begin(session: string, store: PortalStore): Promise<void> {
  const token = takeFragment()
  if (isFramed()) return store.start(token)
  // Reloaded: the cookie of the first time may still be there, and that page says so if not.
  if (token === null) return window.location.replace(`/connect/${session}/catalogue`)
  const entered = await enter(session, token)
  if ('location' in entered) window.location.replace(entered.location)
  else store.refuse(entered.code)
}

function Shown({ screen, store, framed }: { screen: Screen; store: PortalStore; framed: boolean }) {
  const again = framed && (
    <Button variant="secondary" onClick={store.again}>
      Start again
    </Button>
  )
  switch (screen.name) {
    case 'loading':
      return <Loading />
    case 'catalogue':
      return <Choice view={screen.view} choose={store.choose} />
    case 'waiting':
      return <Waiting screen={screen} store={store} />
    case 'connected':
      return (
        <Notice mark="done" title="Connected" actions={<Button onClick={store.done}>Done</Button>}>
          <p>
            {screen.view.connectors.find(({ id }) => id === screen.connector)?.name}
            {screen.account !== null && (
              <>
                {' '}
                as <strong className="font-medium text-fg">{screen.account}</strong>
              </>
            )}
            . You can take it back at any time.
          </p>
        </Notice>
      )
    case 'declined':
      return (
        <Notice mark="stopped" title="Nothing was connected" actions={again}>
          <p>You said no, and {screen.view.organization.name} has been told so.</p>
        </Notice>
      )
    case 'failed':
      return <ErrorNotice notice={noticeOfFailure(screen.reason)} actions={again} />
    case 'notice':
      return <ErrorNotice notice={noticeOf(screen.code)} actions={again} />
  }
}

function Choice({ view, choose }: { view: PortalView; choose: (connector: string) => Promise<void> }) {
  const [sought, setSought] = useState('')
  const words = sought.trim().toLowerCase()
  const entries = view.connectors.filter(({ name, summary }) =>
    `${name} ${summary}`.toLowerCase().includes(words),
  )
  return (
    <Catalogue
      view={view}
      entries={entries}
      search={
        view.connectors.length > manyConnectors && (
          <Field label="Search">
            <Input type="search" value={sought} onChange={(event) => setSought(event.target.value)} />
          </Field>
        )
      }
      action={(entry) => (
        <Button variant="secondary" aria-label={actionName(entry)} onClick={() => void choose(entry.id)}>
          {entry.account ? 'Reconnect' : 'Connect'}
        </Button>
      )}
    />
  )
}

/** The shape of the list to come, so that nothing jumps when it does. */
const Loading = () => (
  <Card className="overflow-hidden" aria-busy="true">
    <p role="status" className="px-5 pt-6 pb-4 text-sm text-muted-fg sm:px-7">
      One moment …
    </p>
    {[0, 1, 2].map((row) => (
      <div key={row} className="flex items-center gap-3.5 border-t border-border px-5 py-4 sm:px-7">
        <span className="size-10 animate-pulse rounded-control bg-muted" />
        <span className="h-4 flex-1 animate-pulse rounded bg-muted" />
      </div>
    ))}
  </Card>
)
