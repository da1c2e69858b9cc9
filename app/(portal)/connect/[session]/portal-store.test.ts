import { describe, expect, it } from 'vitest'
import type { PortalView } from '#lib/consent/schema'
import { createPortalStore, type HostMessage, type Kept, type Surroundings } from './portal-store.ts'
import type { Told } from './progress.ts'

const view: PortalView = {
  session: { id: 'cs_1', status: 'open', expires_at: '2030-01-01T00:00:00.000Z' },
  organization: { name: 'Northwind', primary: null },
  user: { id: 'ana', name: 'Ana' },
  connectors: [
    { id: 'sandbox', name: 'Acme Tasks', summary: 'Tasks', configured: true, account: null },
    { id: 'github', name: 'GitHub', summary: 'Code', configured: true, account: null },
  ],
  return_url: null,
}
const account = { id: 'ca_1', label: 'ana@acme.test' }
const approved = { type: 'consent.decided', decision: 'approved' } as const

/** As the server tells it (progress.ts). */
function status(now: Told['status'], reason: string | null = null, more: Partial<Told> = {}): Told {
  const base = { status: now, status_reason: reason, account: null, approval_request_id: null }
  const error = {
    code: 'user_mismatch',
    displayMessage: 'No.',
    retryable: false,
    docUrl: 'https://b.test/docs/embed#user_mismatch',
    requestId: null,
  } as const
  if (now === 'open') return { ...base, event: null, outcome: null, ...more }
  if (now === 'completed') {
    const outcome = { status: 'connected', account } as const
    return { ...base, account, event: { type: 'connection.created', account }, outcome }
  }
  if (now === 'declined') {
    return {
      ...base,
      event: { type: 'consent.decided', decision: 'declined' },
      outcome: { status: 'declined' },
    }
  }
  if (now === 'failed') {
    return { ...base, event: { type: 'error', error }, outcome: { status: 'error', error } }
  }
  return { ...base, event: approved, outcome: null, ...more }
}

type Scene = {
  statuses?: (Told | number | 'offline')[]
  /** What each stream says before it ends; without any there is no stream to be had. */
  streams?: Told[][]
  popups?: boolean
  handle?: number
  kept?: Kept | null
  /** What was kept is good no more. */
  stale?: boolean
  /** How the session is when the tab comes in. */
  now?: Told
  wished?: string
  gone?: Promise<void>
}

/** A browser whose server answers as the scene says; the last status repeats. */
function scene(given: Scene = {}) {
  const { statuses = [], streams = [], popups = true, handle = 200, now = status('open') } = given
  const told: HostMessage[] = []
  const asked: [path: string, bearer: string | null, body: unknown][] = []
  const gone: string[] = []
  let kept = given.kept ?? null
  const answer = (code: number, body: unknown) => ({ ok: code < 400, status: code, body })
  const around: Surroundings = {
    call: async (path, bearer, body) => {
      asked.push([path, bearer, body])
      if (path === 'handle') {
        if (handle === 0) throw new TypeError('no connection')
        const old = given.stale && typeof body === 'object' && body !== null && 'resume' in body
        if (handle >= 400 || old) return answer(410, { code: 'session_used' })
        return answer(200, { handle: 'h1', resume: 'r1', view, told: now })
      }
      if (path === 'ticket') return answer(200, { url: '/connect/cs_1#ticket=t' })
      const next = statuses.length > 1 ? statuses.shift() : statuses[0]
      if (next === 'offline' || next === undefined) throw new TypeError('no connection')
      return typeof next === 'number' ? answer(next, { code: 'session_expired' }) : answer(200, next)
    },
    stream: async (_bearer, hear) => {
      const frames = streams.shift()
      if (!frames) throw new Error('none to be had')
      hear('held', { handle: 'h1', resume: 'renewed' })
      for (const frame of frames) hear('session', frame)
    },
    openWindow: () =>
      popups
        ? {
            go: (url) => void gone.push(url),
            close: () => void gone.push('closed'),
            gone: given.gone ?? new Promise(() => undefined),
          }
        : null,
    tellHost: (event) => void told.push(event),
    // Lets the event loop turn: a store that never stops asking must not stop the tests.
    pause: () => new Promise((resume) => setImmediate(resume)),
    kept: () => kept,
    keep: (next) => {
      kept = next
    },
    wished: () => given.wished ?? null,
  }
  const events = () => told.flatMap((each) => ('event' in each ? [each.event] : []))
  return { store: createPortalStore(around), told, events, asked, gone, kept: () => kept }
}

describe('the framed portal', () => {
  it('shows the catalogue once the token was traded, and uses only the handle from then on', async () => {
    const { store, asked, events, kept } = scene({ statuses: [status('completed')] })
    await store.start('bhf_token')
    expect(store.get()).toEqual({ name: 'catalogue', view })
    expect(kept()).toEqual({ resume: 'r1', connector: null })
    await store.choose('sandbox')
    expect(asked.map(([path, bearer]) => [path, bearer])).toEqual([
      ['handle', null],
      ['ticket', 'h1'],
      ['status', 'h1'],
    ])
    expect(events()[0]).toEqual({ type: 'ready' })
  })

  it('puts the connector first that the page around it wishes for', async () => {
    const { store } = scene({ wished: 'github' })
    await store.start('bhf_token')
    const screen = store.get()
    expect(screen.name === 'catalogue' && screen.view.connectors.map(({ id }) => id)).toEqual([
      'github',
      'sandbox',
    ])
  })

  it('says why a link does not open, and keeps nothing of it', async () => {
    const { store, told, kept } = scene({ handle: 410, kept: { resume: 'old', connector: null } })
    await store.start('bhf_token')
    expect(store.get()).toEqual({ name: 'notice', code: 'session_used' })
    expect(told).toEqual([{ event: { type: 'view', view: 'notice' } }])
    expect(kept()).toBeNull()
  })

  it('keeps what it has where nobody answers, so that a reload tries again', async () => {
    const before = { resume: 'old', connector: null }
    const { store, kept } = scene({ kept: before, handle: 0 })
    await store.start(null)
    expect(store.get()).toEqual({ name: 'notice', code: 'unavailable' })
    expect(kept()).toEqual(before)
  })

  it('asks the host for another session when there is neither token nor anything kept', async () => {
    const { store, told } = scene()
    await store.start(null)
    expect(store.get()).toEqual({ name: 'notice', code: 'session_expired' })
    expect(told.at(-1)).toEqual({ ask: 'session' })
  })

  it('opens the window in the click, before any answer is there', async () => {
    const { store, gone, events } = scene({ statuses: [status('declined')] })
    await store.start('bhf_token')
    const chosen = store.choose('sandbox')
    expect(store.get()).toMatchObject({ name: 'waiting', blocked: false, url: null })
    expect(gone).toEqual([])
    await chosen
    expect(events()).toContainEqual({ type: 'connector.selected', connector: 'sandbox' })
    expect(events().filter(({ type }) => type === 'window')).toEqual([
      { type: 'window', state: 'opening' },
      { type: 'window', state: 'open' },
    ])
  })

  it('follows the session to its end and tells the host each thing once, without token, code or address', async () => {
    const { store, told, gone } = scene({
      statuses: [
        status('open'),
        status('authorizing'),
        status('authorizing'),
        status('awaiting_confirmation'),
        status('completed'),
      ],
    })
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(gone).toEqual(['/connect/cs_1#ticket=t'])
    expect(store.get()).toMatchObject({ name: 'connected', account: 'ana@acme.test' })
    expect(told.slice(-4)).toEqual([
      { event: approved },
      { event: { type: 'connection.created', account } },
      { outcome: { status: 'connected', account } },
      { event: { type: 'view', view: 'connected' } },
    ])
    expect(JSON.stringify(told)).not.toMatch(/bhf_|ticket|h1|r1|http/)
  })

  it('is told by the event stream, renews what it resumes by, and comes again when the stream ends', async () => {
    const { store, asked, kept } = scene({
      statuses: [status('open'), status('authorizing')],
      streams: [[status('authorizing')], [status('awaiting_confirmation'), status('completed')]],
    })
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(store.get().name).toBe('connected')
    expect(kept()).toEqual({ resume: 'renewed', connector: 'sandbox' })
    // Once before each stream; the rest came by itself.
    expect(asked.filter(([path]) => path === 'status')).toHaveLength(2)
  })

  it('offers the way by hand when the browser blocks the window', async () => {
    const { store, events } = scene({
      popups: false,
      statuses: [status('open'), status('open'), status('declined')],
    })
    const seen: unknown[] = []
    store.subscribe(() => seen.push(store.get()))
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(seen).toContainEqual(expect.objectContaining({ blocked: true, url: '/connect/cs_1#ticket=t' }))
    expect(events()).toContainEqual({ type: 'window', state: 'blocked' })
    expect(store.get()).toMatchObject({ name: 'declined' })
  })

  it('goes on when the window is out of reach: that says nothing of the session', async () => {
    const { store, events } = scene({
      gone: Promise.resolve(),
      statuses: [status('open'), status('authorizing'), status('completed')],
    })
    const seen: unknown[] = []
    store.subscribe(() => seen.push(store.get()))
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(events()).toContainEqual({ type: 'window', state: 'handle_lost' })
    expect(seen).toContainEqual(expect.objectContaining({ name: 'waiting', lost: true }))
    expect(store.get().name).toBe('connected')
  })

  it('goes on after the connection was lost or the server was busy, and says so', async () => {
    const { store, events } = scene({ statuses: ['offline', 503, 429, status('completed')] })
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(store.get().name).toBe('connected')
    const names = events().map(({ type }) => type)
    expect(names.filter((type) => /line$/.test(type))).toEqual(['offline', 'online'])
  })

  it('tells the host that an admin was asked, and waits on', async () => {
    const asked = status('open', null, {
      approval_request_id: 'cr_1',
      outcome: { status: 'pending_approval', requestId: 'cr_1' },
    })
    const { store, told } = scene({ statuses: [status('open'), asked, asked, status('completed')] })
    const seen: unknown[] = []
    store.subscribe(() => seen.push(store.get()))
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(told.filter((each) => 'outcome' in each)).toEqual([
      { outcome: { status: 'pending_approval', requestId: 'cr_1' } },
      { outcome: { status: 'connected', account } },
    ])
    expect(seen).toContainEqual(expect.objectContaining({ name: 'waiting', approval: 'cr_1' }))
  })

  it('names why it failed', async () => {
    const { store, told } = scene({ statuses: [status('failed', 'user_mismatch')] })
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(store.get()).toEqual({ name: 'failed', reason: 'user_mismatch' })
    expect(told).toContainEqual({ outcome: { status: 'error', error: expect.anything() } })
  })

  it('stops asking when the session is over', async () => {
    const { store, told } = scene({ statuses: [410] })
    await store.start('bhf_token')
    await store.choose('sandbox')
    expect(store.get()).toEqual({ name: 'notice', code: 'session_expired' })
    expect(told.at(-1)).toEqual({ ask: 'session' })
  })

  it('goes back to the list, and an answer that comes later changes nothing', async () => {
    const { store, kept } = scene({ statuses: [status('open')] })
    await store.start('bhf_token')
    const followed = store.choose('sandbox')
    store.back()
    await followed
    expect(store.get()).toEqual({ name: 'catalogue', view })
    expect(kept()).toEqual({ resume: 'r1', connector: null })
  })
})

describe('the framed portal, loaded again', () => {
  const resume = { resume: 'r0', connector: 'sandbox' }

  it.each([
    ['nothing was chosen', { resume: 'r0', connector: null }, status('open'), 'catalogue'],
    ['a window was open', resume, status('open'), 'waiting'],
    ['the person was at the provider', resume, status('authorizing'), 'waiting'],
    ['it was connected', resume, status('completed'), 'connected'],
    ['it was declined', resume, status('declined'), 'declined'],
    ['it had failed', resume, status('failed', 'user_mismatch'), 'failed'],
  ] as const)('goes on where it was: %s', async (_, kept, now, name) => {
    const { store, asked } = scene({ kept, now, statuses: [now] })
    await store.start(null)
    expect(asked[0]).toEqual(['handle', null, { resume: 'r0' }])
    expect(store.get()).toMatchObject({ name })
    if (name === 'waiting') store.back()
  })

  it('can open the window again after a reload', async () => {
    const { store } = scene({ kept: resume, now: status('authorizing'), statuses: [status('authorizing')] })
    await store.start(null)
    await expect
      .poll(() => store.get())
      .toMatchObject({ name: 'waiting', connector: 'sandbox', url: '/connect/cs_1#ticket=t' })
    store.back()
  })

  it('falls back to the token where what was kept is good no more', async () => {
    const { store, asked } = scene({ kept: { resume: 'stale', connector: null }, stale: true })
    await store.start('bhf_token')
    expect(asked.map(([, , body]) => body)).toEqual([{ resume: 'stale' }, { token: 'bhf_token' }])
    expect(store.get().name).toBe('catalogue')
  })
})
