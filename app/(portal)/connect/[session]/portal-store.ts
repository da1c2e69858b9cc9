import type { PortalView } from '#lib/consent/schema'
import type { HostEvent, HostOutcome, Told } from './progress.ts'

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
      /** The window cannot be reached any more: closed, or cut off by a provider while it is still open. */
      lost?: boolean
      /** What an admin was asked in that window and has not decided yet. */
      approval?: string | null
    }
  | { name: 'connected'; view: PortalView; connector: string; account: string | null }
  | { name: 'declined'; view: PortalView }
  | { name: 'failed'; reason: string | null }
  | { name: 'notice'; code: string }

/** What the host's page is told: never a token, a code or an address. */
export type HostMessage =
  | { event: HostEvent | { type: 'ready' } | { type: 'view'; view: Screen['name'] } | WindowEvent | Chosen }
  | { event: { type: 'offline' | 'online' } }
  | { outcome: HostOutcome }
  /** Another session is needed; or the person is done here. */
  | { ask: 'session' | 'close' }
type WindowEvent = { type: 'window'; state: 'opening' | 'open' | 'blocked' | 'handle_lost' }
type Chosen = { type: 'connector.selected'; connector: string }

/** What a tab keeps over a reload, where only this page of this tab can read it. */
export type Kept = { resume: string; connector: string | null }

/** What the browser gives; a test gives its own. */
export type Surroundings = {
  /** Sends JSON or nothing to a path below the session. Rejects when there is no connection. */
  call: (
    path: string,
    bearer: string | null,
    body?: unknown,
  ) => Promise<{ ok: boolean; status: number; body: unknown }>
  /** Reads the session's event stream until it ends, or falls silent. Rejects when there is none to be had. */
  stream: (bearer: string, hear: (event: string, data: unknown) => void, signal: AbortSignal) => Promise<void>
  /** Opens an empty window in the click itself; `null` when the browser refuses. `gone` when it is out of reach. */
  openWindow: () => { go: (url: string) => void; close: () => void; gone: Promise<void> } | null
  tellHost: (message: HostMessage) => void
  /** Resolves after this long, or at once when something hints that it is worth looking. */
  pause: (ms: number) => Promise<void>
  kept: () => Kept | null
  keep: (kept: Kept | null) => void
  /** The connector that the host's page would begin with. */
  wished: () => string | null
}

type Held = { handle: string; resume: string }
type Entered = Held & { view: PortalView; told: Told }

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
  let handle = ''
  let said = ''
  let round = new AbortController()
  const listeners = new Set<() => void>()

  function show(next: Screen): void {
    if (next.name !== screen.name) around.tellHost({ event: { type: 'view', view: next.name } })
    screen = next
    for (const listener of listeners) listener()
  }

  function nextRound(): AbortSignal {
    round.abort()
    round = new AbortController()
    return round.signal
  }

  const remember = (held: Held, connector: string | null = around.kept()?.connector ?? null): void => {
    handle = held.handle
    around.keep({ resume: held.resume, connector })
  }

  /** Nothing goes on with this session: a page that knows of another can bring it. */
  function stop(code: string): void {
    nextRound()
    // Where nobody answered, nothing is known to be over: a reload tries again.
    if (code !== 'unavailable') around.keep(null)
    show({ name: 'notice', code })
    if (code === 'session_expired') around.tellHost({ ask: 'session' })
  }

  /** Trades what this tab kept, or else the token, for the handle: a reload goes on where it was. */
  async function start(token: string | null): Promise<void> {
    const kept = around.kept()
    if (token === null && !kept) return stop('session_expired')
    const trade = (body: object) => around.call('handle', null, body).catch(() => null)
    let answer = kept && (await trade({ resume: kept.resume }))
    if (!answer?.ok && token !== null) answer = await trade({ token })
    if (!answer) return stop('unavailable')
    if (!answer.ok) return stop(codeOf(answer.body))
    const { view: given, told, ...held } = answer.body as Entered
    remember(held)
    const view = { ...given, connectors: wishedFirst(given.connectors, around.wished()) }
    around.tellHost({ event: { type: 'ready' } })
    goOn(view, told, kept?.connector ?? null)
  }

  /** Where the session is by now. */
  function goOn(view: PortalView, told: Told, before: string | null): void {
    const connector = before ?? view.connectors[0]?.id ?? ''
    if (told.status === 'open' && before === null) {
      show({ name: 'catalogue', view })
      return
    }
    show({ name: 'waiting', view, connector, url: null, blocked: false, returned: false })
    hear(told)
    if (screen.name === 'waiting') void goAndFollow(connector, null)
  }

  /** To be called in the click: a window that is opened later is blocked. */
  function choose(connector: string): Promise<void> {
    if (screen.name !== 'catalogue' && screen.name !== 'waiting') return Promise.resolve()
    around.tellHost({ event: { type: 'connector.selected', connector } })
    around.tellHost({ event: { type: 'window', state: 'opening' } })
    const opened = around.openWindow()
    const { view } = screen
    show({ name: 'waiting', view, connector, url: null, blocked: opened === null, returned: false })
    if (!opened) around.tellHost({ event: { type: 'window', state: 'blocked' } })
    return goAndFollow(connector, opened)
  }

  async function goAndFollow(
    connector: string,
    opened: ReturnType<Surroundings['openWindow']>,
  ): Promise<void> {
    const mine = nextRound()
    const answer = await around.call('ticket', handle, { connector }).catch(() => null)
    if (mine.aborted) return opened?.close()
    if (answer && !answer.ok && answer.status < 500) {
      opened?.close()
      return stop(codeOf(answer.body))
    }
    const kept = around.kept()
    if (kept) around.keep({ ...kept, connector })
    if (answer?.ok && screen.name === 'waiting') {
      const { url } = answer.body as { url: string }
      show({ ...screen, url })
      if (opened) reach(opened, url, mine)
    } else opened?.close()
    await follow(mine)
  }

  /** Sends the window on its way, and says when it is out of reach. */
  function reach(
    opened: NonNullable<ReturnType<Surroundings['openWindow']>>,
    url: string,
    mine: AbortSignal,
  ): void {
    opened.go(url)
    around.tellHost({ event: { type: 'window', state: 'open' } })
    void opened.gone.then(() => {
      if (mine.aborted || screen.name !== 'waiting') return
      around.tellHost({ event: { type: 'window', state: 'handle_lost' } })
      show({ ...screen, lost: true })
    })
  }

  /** Follows the server until the session has ended or something else was chosen: by its events, else by asking. */
  async function follow(mine: AbortSignal): Promise<void> {
    const waits = () => !mine.aborted && screen.name === 'waiting'
    while (waits()) {
      const answer = await around.call('status', handle).catch(() => null)
      if (!waits()) return
      if (answer?.ok) hear(answer.body as Told)
      else if (answer && answer.status < 500 && answer.status !== 429) return stop(codeOf(answer.body))
      else offline(true)
      if (answer?.ok && waits()) {
        const heard = (event: string, data: unknown) => {
          if (!waits()) return
          if (event === 'held') remember(data as Held)
          else hear(data as Told)
        }
        await around.stream(handle, heard, mine).catch(() => undefined)
      }
      if (waits()) await around.pause(pauseMs)
    }
  }

  function offline(now: boolean): void {
    if (screen.name !== 'waiting' || (screen.offline ?? false) === now) return
    around.tellHost({ event: { type: now ? 'offline' : 'online' } })
    show({ ...screen, offline: now })
  }

  function hear({ status, status_reason, account, event, outcome, approval_request_id }: Told): void {
    if (screen.name !== 'waiting') return
    offline(false)
    const text = JSON.stringify([event, outcome?.status])
    if (text !== said) {
      if (event) around.tellHost({ event })
      if (outcome) around.tellHost({ outcome })
    }
    said = text
    const { view, connector } = screen
    switch (status) {
      case 'open':
      case 'authorizing':
      case 'awaiting_confirmation': {
        const returned = status === 'awaiting_confirmation'
        const approval = approval_request_id
        if (screen.returned !== returned || (screen.approval ?? null) !== approval) {
          show({ ...screen, returned, approval })
        }
        return
      }
      case 'completed':
        end({ name: 'connected', view, connector, account: account?.label ?? null })
        return
      case 'declined':
        end({ name: 'declined', view })
        return
      case 'failed':
        end({ name: 'failed', reason: status_reason })
        return
      default:
        stop('session_expired')
    }
  }

  /** What a reload would show is how it ended, for as long as that can be asked for. */
  function end(last: Screen): void {
    nextRound()
    show(last)
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
      nextRound()
      const kept = around.kept()
      if (kept) around.keep({ ...kept, connector: null })
      show({ name: 'catalogue', view: screen.view })
    },
    /** This session is over: the host's page can bring another. */
    again: (): void => around.tellHost({ ask: 'session' }),
    done: (): void => around.tellHost({ ask: 'close' }),
  }
}

const wishedFirst = <C extends { id: string }>(connectors: C[], wished: string | null): C[] => [
  ...connectors.filter(({ id }) => id === wished),
  ...connectors.filter(({ id }) => id !== wished),
]

export type PortalStore = ReturnType<typeof createPortalStore>
