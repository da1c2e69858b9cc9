'use client'

import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Notice } from '#components/portal/notice'
import { createPortalStore, type PortalStore, type Screen } from './portal-store.ts'
import { type EntryTexts, PortalScreen } from './screens.tsx'
import { enter, isFramed, reportHeight, surroundings, takeFragment } from './surroundings.ts'
import { phaseOf } from './waiting.tsx'

type Props = { session: string; embedOrigins: readonly string[]; texts: EntryTexts }

/** Where a link leads. In a frame the whole choice happens here; on its own it only trades the token and goes on. */
export function Entry(props: Props) {
  const [portal] = useState(() => createEntry(props))
  const screen = useSyncExternalStore(portal.subscribe, portal.store.get, serverScreen)
  const { entry } = props.texts
  return (
    <Announced screen={screen}>
      <PortalScreen
        screen={screen}
        does={portal.store}
        texts={props.texts}
        framed={props.embedOrigins.length > 0}
      />
      <noscript>
        <Notice title={entry.script_title}>
          <p>{entry.script_body}</p>
          <p className="text-fg">{entry.script_next}</p>
        </Notice>
      </noscript>
    </Announced>
  )
}

const loading: Screen = { name: 'loading' }
const serverScreen = () => loading

/** What of a screen makes it another one to whoever cannot see it. */
const keyOf = (screen: Screen): string =>
  screen.name === 'waiting' ? `waiting ${phaseOf(screen)}` : screen.name

/**
 * Says that the screen has changed: the new heading takes the focus where this page has it, and is read out where
 * the person is elsewhere, in the window where they decide. A frame must not pull the focus out of the page around it.
 */
function Announced({ screen, children }: { screen: Screen; children: React.ReactNode }) {
  const around = useRef<HTMLDivElement>(null)
  const [said, setSaid] = useState('')
  const key = keyOf(screen)
  const before = useRef(key)
  useEffect(() => {
    if (before.current === key) return
    before.current = key
    const heading = around.current?.querySelector('h1')
    if (document.hasFocus()) heading?.focus()
    else setSaid(heading?.textContent ?? '')
  }, [key])
  return (
    <div ref={around}>
      {children}
      <p aria-live="polite" className="sr-only">
        {said}
      </p>
    </div>
  )
}

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
        void begin(session, embedOrigins, store)
      }
      return () => {
        stopReporting()
        unsubscribe()
      }
    },
  }
}

async function begin(session: string, embedOrigins: readonly string[], store: PortalStore): Promise<void> {
  const token = takeFragment()
  if (isFramed()) {
    // The browser shows no frame in a page that the session does not name; one that would is told so here.
    const parent = window.location.ancestorOrigins?.[0]
    if (parent !== undefined && !embedOrigins.includes(parent)) return store.refuse('origin_not_allowed')
    return store.start(token)
  }
  // Reloaded: the cookie of the first time may still be there, and that page says so if not.
  if (token === null) return window.location.replace(`/connect/${session}/catalogue`)
  const entered = await enter(session, token)
  if ('location' in entered) window.location.replace(entered.location)
  else store.refuse(entered.code)
}
