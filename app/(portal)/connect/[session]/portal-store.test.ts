import { describe, expect, it } from 'vitest'
import type { PortalView } from '#lib/consent/schema'
import { createPortalStore, type HostEvent, type Status, type Surroundings } from './portal-store.ts'

const view: PortalView = {
  session: { id: 'cs_1', status: 'open', expires_at: '2030-01-01T00:00:00.000Z' },
  organization: { name: 'Northwind', primary: null },
  user: { id: 'ana', name: 'Ana' },
  connectors: [{ id: 'sandbox', name: 'Acme Tasks', summary: 'Tasks', configured: true, account: null }],
  return_url: null,
}
const status = (now: Status['status'], reason: string | null = null): Status => ({
  status: now,
  status_reason: reason,
  account: now === 'completed' ? { id: 'ca_1', label: 'ana@acme.test' } : null,
})

type Scene = { statuses?: (Status | number | 'offline')[]; popups?: boolean; handle?: number }

/** A browser whose server answers as the scene says; the last status repeats. */
function scene({ statuses = [], popups = true, handle = 200 }: Scene = {}) {
  const told: HostEvent[] = []
  const bearers: (string | null)[] = []
  const gone: string[] = []
  const answer = (code: number, body: unknown) => ({ ok: code < 400, status: code, body })
  const around: Surroundings = {
    call: async (path, bearer) => {
      bearers.push(bearer)
      if (path === 'handle') {
        return answer(handle, handle < 400 ? { handle: 'h1', view } : { code: 'session_used' })
      }
      if (path === 'ticket') return answer(200, { url: '/connect/cs_1#ticket=t' })
      const next = statuses.length > 1 ? statuses.shift() : statuses[0]
      if (next === 'offline' || next === undefined) throw new TypeError('no connection')
      return typeof next === 'number' ? answer(next, { code: 'session_expired' }) : answer(200, next)
    },
    openWindow: () =>
      popups ? { go: (url) => void gone.push(url), close: () => void gone.push('closed') } : null,
    tellHost: (event) => void told.push(event),
    // Lets the event loop turn: a store that never stops asking must not stop the tests.
    pause: () => new Promise((resume) => setImmediate(resume)),
  }
  return { store: createPortalStore(around), told, bearers, gone }
}

describe('the framed portal', () => {
  it('shows the catalogue once the token was traded, and uses only the handle from then on', async () => {
    const { store, bearers, told } = scene({ statuses: [status('completed')] })
    await store.start('bhf_token')
    expect(store.get()).toEqual({ name: 'catalogue', view })
    await store.choose('sandbox')
    expect(bearers).toEqual([null, 'h1', 'h1'])
    expect(told[0]).toEqual({ event: 'ready' })
  })

  it('says why a link does not open', async () => {
    const { store, told } = scene({ handle: 410 })
    await store.start('bhf_token')
    expect(store.get()).toEqual({ name: 'notice', code: 'session_used' })
    expect(told).toEqual([{ event: 'error', code: 'session_used' }])
  })

  it('asks the host for another session when there is no token, as after a reload', async () => {
    const { store, told } = scene()
    await store.start(null)
    expect(store.get()).toEqual({ name: 'notice', code: 'session_expired' })
    expect(told).toEqual([{ event: 'expired' }])
  })

  it('opens the window in the click, before any answer is there', () => {
    const { store, gone } = scene({ statuses: [status('declined')] })
    return store.start('bhf_token').then(() => {
      void store.choose('sandbox')
      expect(store.get()).toMatchObject({ name: 'waiting', blocked: false, url: null })
      expect(gone).toEqual([])
    })
  })

  it('follows the session to its end and tells the host without token, code or address', async () => {
    const { store, told, gone } = scene({
      statuses: [status('open'), status('authorizing'), status('awaiting_confirmation'), status('completed')],
    })
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(gone).toEqual(['/connect/cs_1#ticket=t'])
    expect(store.get()).toMatchObject({ name: 'connected', account: 'ana@acme.test' })
    expect(told.at(-1)).toEqual({ event: 'connected', account: { id: 'ca_1', label: 'ana@acme.test' } })
    expect(JSON.stringify(told)).not.toMatch(/bhf_|ticket|h1|http/)
  })

  it('offers the way by hand when the browser blocks the window', async () => {
    const { store } = scene({ popups: false, statuses: [status('open'), status('open'), status('declined')] })
    const seen: unknown[] = []
    store.subscribe(() => seen.push(store.get()))
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(seen).toContainEqual(expect.objectContaining({ blocked: true, url: '/connect/cs_1#ticket=t' }))
    expect(store.get()).toMatchObject({ name: 'declined' })
  })

  it('goes on after the connection was lost or the server was busy', async () => {
    const { store } = scene({ statuses: ['offline', 503, 429, status('completed')] })
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(store.get().name).toBe('connected')
  })

  it('names why it failed', async () => {
    const { store, told } = scene({ statuses: [status('failed', 'user_mismatch')] })
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(store.get()).toEqual({ name: 'failed', reason: 'user_mismatch' })
    expect(told.at(-1)).toEqual({ event: 'error', code: 'user_mismatch' })
  })

  it('stops asking when the session is over', async () => {
    const { store, told } = scene({ statuses: [410] })
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(store.get()).toEqual({ name: 'notice', code: 'session_expired' })
    expect(told.at(-1)).toEqual({ event: 'expired' })
  })

  it('goes back to the list, and an answer that comes later changes nothing', async () => {
    const { store } = scene({ statuses: [status('open')] })
    await store.start('bhf_token')
    const followed = store.choose('sandbox')
    store.back()
    await followed
    expect(store.get()).toEqual({ name: 'catalogue', view })
  })
})
