// Types of public/embed.js, which puts `Behalf` on the window.

declare namespace Behalf {
  /** A connect session as `POST /api/v1/connect_sessions` answered it to the host's backend; only `url` is used. */
  type Session = { url: string; token?: string; expires_at?: string }

  type ErrorCode =
    | 'session_expired'
    | 'session_used'
    | 'session_invalid'
    | 'user_mismatch'
    | 'account_mismatch'
    | 'popup_blocked'
    | 'provider_unavailable'
    | 'offline'
    | 'internal'

  type ConnectError = { code: ErrorCode; displayMessage: string; retryable: boolean }

  type Outcome =
    | { status: 'connected'; account: { id: string; label: string } | null }
    | { status: 'declined' | 'closed' }
    /** A window is gone and nobody said why: ask your own backend. */
    | { status: 'unknown' }
    | { status: 'error'; error: ConnectError }

  type Event =
    | { type: 'ready' | 'opened' | 'declined' | 'closed' }
    | { type: 'connected'; account: { id: string; label: string } | null }
    | { type: 'error'; error: ConnectError }

  type Options = {
    /** Asks the host's own backend for a session; never holds a secret key. */
    fetchSession: (why: 'open' | 'expired') => Promise<Session>
    /** With it the portal is shown inside this element; approving still happens in a window of its own. */
    container?: HTMLElement
    /** Without a container: a popup, or, on small touch screens, a redirect. */
    mode?: 'auto' | 'popup' | 'redirect'
    title?: string
    onEvent?: (event: Event) => void
  }

  type Connect = {
    /** To be called in a click. A second call while open answers with the same outcome. */
    open: () => Promise<Outcome>
    close: () => void
    /** Closes, and never opens again. */
    destroy: () => void
  }

  type Api = { createConnect: (options: Options) => Connect }
}

interface Window {
  Behalf?: Behalf.Api
}
