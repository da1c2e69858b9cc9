/**
 * A connect session, as `POST /api/v1/connect_sessions` answered it to the host's backend. The token is enough; with
 * `url`, whose fragment holds it too, one question to the server is saved.
 */
export type Session =
  | { token: string; expires_at?: string; url?: string }
  | { url: string; token?: string; expires_at?: string }

/** Why a session is asked for: to begin, because the last one is over, or to go on after this page was left. */
export type Why = 'open' | 'expired' | 'resume'

/** What the page wishes for. Its backend decides: what comes from a browser is a wish. */
export type Wish = {
  connector?: string | undefined
  connectedAccountId?: string | undefined
  returnUrl?: string | undefined
  locale?: string | undefined
}

export type Account = { id: string; label: string }

export type ErrorCode =
  | 'session_expired'
  | 'session_used'
  | 'session_invalid'
  | 'origin_not_allowed'
  | 'popup_blocked'
  | 'access_denied'
  | 'scopes_missing'
  | 'account_mismatch'
  | 'user_mismatch'
  | 'approval_required'
  | 'policy_blocked'
  | 'limit_reached'
  | 'credentials_rejected'
  | 'provider_unavailable'
  | 'provider_misconfigured'
  | 'offline'
  | 'timeout'
  | 'internal'

export type ConnectError = {
  code: ErrorCode
  /** Fit to be shown, in the session's language. */
  displayMessage: string
  retryable: boolean
  docUrl: string
  /** Finds the request in the server's log; `null` where none was answered. */
  requestId: string | null
}

export type Outcome =
  | { status: 'connected'; account: Account | null }
  | { status: 'pending_approval'; requestId: string }
  | { status: 'declined' }
  | { status: 'closed' }
  /**
   * The window is out of reach, closed or cut off by a provider, and the session has not ended. `poll` waits on, for
   * up to half a minute at a time.
   */
  | { status: 'unknown'; poll: () => Promise<Outcome> }
  | { status: 'error'; error: ConnectError }

export type ConnectEvent =
  /** The portal can be used. */
  | { type: 'ready' }
  /** A frame or window was opened. */
  | { type: 'opened' }
  | { type: 'view'; view: string }
  | { type: 'window'; state: 'opening' | 'open' | 'blocked' | 'handle_lost' }
  | { type: 'connector.selected'; connector: string }
  | { type: 'consent.decided'; decision: 'approved' | 'declined' }
  | { type: 'connection.created' | 'connection.updated' | 'connection.revoked'; account: Account | null }
  | { type: 'error'; error: ConnectError }
  | { type: 'offline' }
  | { type: 'online' }

export type ConnectOptions = {
  /** Asks the host's own backend for a session; a secret key never comes near the browser. */
  fetchSession: (why: Why, wish: Wish) => Promise<Session>
  /** The connector to begin with; the others of the session are one step away. */
  connector?: string
  /** Handed to `fetchSession`: the account to renew or widen. */
  connectedAccountId?: string
  /** Without a container: a popup or a redirect. `auto` is a redirect on small touch screens, else a popup. */
  mode?: 'auto' | 'popup' | 'redirect'
  /** Handed to `fetchSession`: where the browser comes back to. The session's own `return_url` is what counts. */
  returnUrl?: string
  /** With it the portal is shown inside this element; approving still happens in a window of its own. */
  container?: HTMLElement
  /** Handed to `fetchSession`, for the session's `locale`. */
  locale?: string
  /** Of the frame: its colour scheme, the browser's by default, and its accessible name. */
  appearance?: { scheme?: 'light' | 'dark'; title?: string }
  /** Of the page's content security policy. Nothing inline is made, so that a strict policy holds with or without it. */
  nonce?: string
  /** Ends it as `close()` does. */
  signal?: AbortSignal
  onEvent?: (event: ConnectEvent) => void
}

export type Connect = {
  /** To be called in a click, or the window is blocked. While it is open, a second call answers with the same outcome. */
  open: () => Promise<Outcome>
  /** Changes options, from the next `open()` on. */
  update: (options: Partial<ConnectOptions>) => void
  close: () => void
  /** Closes, and never opens again. */
  destroy: () => void
}

export type Behalf = {
  createConnect: (options: ConnectOptions) => Connect
  /**
   * Takes up what this tab was in the middle of when its page was left or loaded again: after a redirect, or a reload
   * with a frame or popup open.
   * @param url the address that the browser came back to; this page's by default
   * @returns `null` when there is nothing to take up
   */
  resumeConnect: (options: ConnectOptions, url?: string) => Promise<Outcome | null>
}
