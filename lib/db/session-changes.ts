import pg from 'pg'
import { config } from '#lib/config'

type Hub = {
  /** What waits for a session, by the session's internal id. */
  waiting: Map<string, Set<() => void>>
  client: pg.Client | null
  retry: NodeJS.Timeout | null
}

// Next bundles a module once per route: the connection must be one per process all the same.
const anchor: { [key: symbol]: Hub | undefined } = globalThis as never
const key = Symbol.for('behalf.session-changes')

const retryMs = 1_000
/** After a lost connection everybody looks again, but not all at once. */
const spreadMs = 2_000

function hub(): Hub {
  anchor[key] ??= { waiting: new Map(), client: null, retry: null }
  return anchor[key]
}

/**
 * Calls `look` whenever a session may have moved on: through one LISTEN connection of this process, however many wait.
 * A notice can be lost with the connection, so that whoever waits also looks now and then.
 * @param id internal id of the session
 * @returns stops it; the connection is closed when nobody waits any more
 */
export function watchSession(id: string, look: () => void): () => void {
  const state = hub()
  const those = state.waiting.get(id) ?? new Set()
  state.waiting.set(id, those.add(look))
  if (!state.client && !state.retry) listen(state)
  return () => {
    those.delete(look)
    if (those.size > 0) return
    state.waiting.delete(id)
    if (state.waiting.size === 0) rest(state)
  }
}

function rest(state: Hub): void {
  if (state.retry) clearTimeout(state.retry)
  const { client } = state
  state.retry = state.client = null
  client?.end().catch(() => undefined)
}

function listen(state: Hub): void {
  const client = new pg.Client({
    connectionString: config().databaseUrl,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: 'behalf sessions',
  })
  state.client = client
  const lost = () => {
    if (state.client !== client) return
    state.client = null
    state.retry = setTimeout(() => {
      state.retry = null
      listen(state)
    }, retryMs)
    client.end().catch(() => undefined)
  }
  client.on('error', lost)
  client.on('end', lost)
  client.on('notification', ({ payload }) => {
    for (const look of state.waiting.get(payload ?? '') ?? []) look()
  })
  client
    .connect()
    .then(() => client.query('LISTEN behalf_session'))
    .then(() => {
      // What moved before this moment was told to nobody here.
      for (const those of state.waiting.values())
        for (const look of those) setTimeout(() => those.has(look) && look(), Math.random() * spreadMs)
    })
    .catch(lost)
}
