import { listen } from './listener.ts'

type Tabs = {
  /** What waits for a session, by the session's internal id. */
  waiting: Map<string, Set<() => void>>
  stop: (() => void) | null
}

// Next bundles a module once per route: the tabs of one process hear through one ear all the same.
const anchor: { [key: symbol]: Tabs | undefined } = globalThis as never
const key = Symbol.for('behalf.session-changes')

/** After a lost connection everybody looks again, but not all at once. */
const spreadMs = 2_000

function tabs(): Tabs {
  anchor[key] ??= { waiting: new Map(), stop: null }
  return anchor[key]
}

/**
 * Calls `look` whenever a session may have moved on: through one LISTEN connection of this process, however many wait.
 * A notice can be lost with the connection, so that whoever waits also looks now and then.
 * @param id internal id of the session
 * @returns stops it; the connection is closed when nobody waits any more
 */
export function watchSession(id: string, look: () => void): () => void {
  const state = tabs()
  const { waiting } = state
  const those = waiting.get(id) ?? new Set()
  waiting.set(id, those.add(look))
  state.stop ??= listen(
    'behalf_session',
    (moved) => {
      for (const one of waiting.get(moved) ?? []) one()
    },
    () => {
      // What moved before this moment was told to nobody here.
      for (const all of waiting.values())
        for (const one of all) setTimeout(() => all.has(one) && one(), Math.random() * spreadMs)
    },
  )
  return () => {
    those.delete(look)
    if (those.size > 0) return
    waiting.delete(id)
    if (waiting.size > 0) return
    state.stop?.()
    state.stop = null
  }
}
