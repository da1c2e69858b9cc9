import type { PortalView, SessionStatus } from '#lib/consent/schema'

export type Screen =
  | { name: 'loading' }
  | { name: 'catalogue'; view: PortalView; offline?: boolean }
  /** A window of its own is open, or could not be opened and `url` is to be followed by hand. */
  | {
      name: 'waiting'
      view: PortalView
      connector: string
      url: string | null
      blocked: boolean
      returned: boolean
      offline?: boolean
    }
  | { name: 'connected'; view: PortalView; connector: string; account: string | null }
  | { name: 'declined'; view: PortalView }
  | { name: 'failed'; reason: string | null }
  | { name: 'notice'; code: string }

/** What the server says of the session. */
export type Status = {
  status: SessionStatus
  status_reason: string | null
  account: { id: string; label: string } | null
}

/** What the host's page is told: never a token, a code or an address. */
export type HostEvent =
  | { event: 'ready' | 'opened' | 'declined' | 'closed' }
  | { event: 'connected'; account: { id: string; label: string } | null }
  | { event: 'error'; code: string }
  | { event: 'expired' }

/** What the browser gives; a test gives its own. */
export type Surroundings = {
  /** Sends JSON or nothing to a path below the session. Rejects when there is no connection. */
  call: (
    path: string,
    bearer: string | null,
    body?: unknown,
  ) => Promise<{ ok: boolean; status: number; body: unknown }>
  /** Opens an empty window in the click itself; `null` when the browser refuses. */
  openWindow: () => { go: (url: string) => void; close: () => void } | null
  tellHost: (event: HostEvent) => void
  /** Resolves after this long, or at once when something hints that it is worth looking. */
  pause: (ms: number) => Promise<void>
}

const pauseMs = 1000
const codeOf = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
    ? body.code
    : 'internal'

/**
 * What the framed portal does, without React and without the DOM: token → handle → choice → window → the outcome, as
 * the server's row says it. A window that is gone means nothing: a provider may cut the tie while it is still open.
 */
export function createPortalStore(around: Surroundings) {
  let screen: Screen = { name: 'loading' }
  let handle: string | null = null
  let round = 0
  const listeners = new Set<() => void>()

  function show(next: Screen): void {
    screen = next
    for (const listener of listeners) listener()
  }

  function stop(code: string): void {
    round++
    show({ name: 'notice', code })
    around.tellHost(code === 'session_expired' ? { event: 'expired' } : { event: 'error', code })
  }

  /** Trades the token for the handle. */
  async function start(token: string | null): Promise<void> {
    if (token === null) return stop('session_expired')
    const answer = await around.call('handle', null, { token }).catch(() => null)
    if (!answer) return stop('unavailable')
    if (!answer.ok) return stop(codeOf(answer.body))
    const { handle: given, view } = answer.body as { handle: string; view: PortalView }
    handle = given
    show({ name: 'catalogue', view })
    around.tellHost({ event: 'ready' })
  }

  /** To be called in the click: a window that is opened later is blocked. */
  function choose(connector: string): Promise<void> {
    if (screen.name !== 'catalogue' && screen.name !== 'waiting') return Promise.resolve()
    const opened = around.openWindow()
    const { view } = screen
    show({ name: 'waiting', view, connector, url: null, blocked: opened === null, returned: false })
    around.tellHost({ event: 'opened' })
    return goAndFollow(connector, opened)
  }

  async function goAndFollow(
    connector: string,
    opened: ReturnType<Surroundings['openWindow']>,
  ): Promise<void> {
    const mine = ++round
    const answer = await around.call('ticket', handle, { connector }).catch(() => null)
    if (mine !== round) return opened?.close()
    if (!answer?.ok) {
      opened?.close()
      return stop(answer ? codeOf(answer.body) : 'unavailable')
    }
    const { url } = answer.body as { url: string }
    opened?.go(url)
    if (screen.name === 'waiting') show({ ...screen, url })
    await follow(mine)
  }

  /** Asks the server until the session has ended or something else was chosen. */
  async function follow(mine: number): Promise<void> {
    while (mine === round && screen.name === 'waiting') {
      const answer = await around.call('status', handle).catch(() => null)
      if (mine !== round || screen.name !== 'waiting') return
      if (answer?.ok) settle(screen, answer.body as Status)
      else if (answer && answer.status < 500 && answer.status !== 429) return stop(codeOf(answer.body))
      else show({ ...screen, offline: true })
      if (screen.name === 'waiting') await around.pause(pauseMs)
    }
  }

  function settle(waiting: Screen & { name: 'waiting' }, { status, status_reason, account }: Status): void {
    const { view, connector } = waiting
    switch (status) {
      case 'open':
      case 'authorizing':
      case 'awaiting_confirmation': {
        const returned = status === 'awaiting_confirmation'
        if (waiting.returned !== returned || waiting.offline) show({ ...waiting, returned, offline: false })
        return
      }
      case 'completed':
        show({ name: 'connected', view, connector, account: account?.label ?? null })
        around.tellHost({ event: 'connected', account })
        return
      case 'declined':
        show({ name: 'declined', view })
        around.tellHost({ event: 'declined' })
        return
      case 'failed':
        show({ name: 'failed', reason: status_reason })
        around.tellHost({ event: 'error', code: status_reason ?? 'internal' })
        return
      default:
        stop('session_expired')
    }
  }

  return {
    get: (): Screen => screen,
    subscribe(listener: () => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    start,
    /** Something stands in the way, known before the start. */
    refuse: stop,
    choose,
    /** Back to the list; the window, if there is one, is left to itself. */
    back(): void {
      if (screen.name !== 'waiting') return
      round++
      show({ name: 'catalogue', view: screen.view })
    },
    /** This session is over: the host's page can bring another. */
    again: (): void => around.tellHost({ event: 'expired' }),
    done: (): void => around.tellHost({ event: 'closed' }),
  }
}

export type PortalStore = ReturnType<typeof createPortalStore>
