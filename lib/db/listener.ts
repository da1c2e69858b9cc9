import pg from 'pg'
import { config } from '#lib/config'

/** What is told through one channel: `hear` each notice; `joined` once the connection is there, at first and again. */
type Ear = { channel: string; hear: (payload: string) => void; joined: () => void }

type Hub = {
  ears: Set<Ear>
  client: pg.Client | null
  /** Whether LISTEN has been answered on it. */
  ready: boolean
  retry: NodeJS.Timeout | null
}

// Next bundles a module once per route: the connection must be one per process all the same.
const anchor: { [key: symbol]: Hub | undefined } = globalThis as never
const key = Symbol.for('behalf.listener')

const retryMs = 1_000
const channels = ['behalf_session', 'behalf_stop'] as const

function hub(): Hub {
  anchor[key] ??= { ears: new Set(), client: null, ready: false, retry: null }
  return anchor[key]
}

/**
 * Hears the notices of a channel, through the one LISTEN connection of this process. A notice can be lost with the
 * connection: `joined` is where to look for what was missed.
 * @returns stops it; the connection is closed when nobody hears any more
 */
export function listen(
  channel: (typeof channels)[number],
  hear: (payload: string) => void,
  joined: () => void,
): () => void {
  const state = hub()
  const ear = { channel, hear, joined }
  state.ears.add(ear)
  if (!state.client && !state.retry) connect(state)
  else if (state.ready) queueMicrotask(() => state.ears.has(ear) && joined())
  return () => {
    state.ears.delete(ear)
    if (state.ears.size === 0) rest(state)
  }
}

function rest(state: Hub): void {
  if (state.retry) clearTimeout(state.retry)
  const { client } = state
  state.retry = state.client = null
  state.ready = false
  client?.end().catch(() => undefined)
}

/** Ends the connection of this process, for when it ends. */
export function stopListening(): void {
  const state = anchor[key]
  if (!state) return
  state.ears.clear()
  rest(state)
}

function connect(state: Hub): void {
  const client = new pg.Client({
    connectionString: config().databaseUrl,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: 'behalf notices',
  })
  state.client = client
  const lost = () => {
    if (state.client !== client) return
    state.client = null
    state.ready = false
    state.retry = setTimeout(() => {
      state.retry = null
      connect(state)
    }, retryMs)
    client.end().catch(() => undefined)
  }
  client.on('error', lost)
  client.on('end', lost)
  client.on('notification', ({ channel, payload = '' }) => {
    for (const ear of state.ears) if (ear.channel === channel) ear.hear(payload)
  })
  client
    .connect()
    .then(() => client.query(channels.map((channel) => `LISTEN ${channel}`).join('; ')))
    .then(() => {
      if (state.client !== client) return
      state.ready = true
      for (const ear of state.ears) ear.joined()
    })
    .catch(lost)
}
