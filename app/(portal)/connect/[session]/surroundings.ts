'use client'

import type { HostMessage, Kept, Surroundings } from './portal-store.ts'

export const isFramed = (): boolean => window.parent !== window

/** What this tab remembers of a session: the secret of its address until that was traded, then what it resumes by. */
type Memory = {
  path: string
  token: string | null
  kept: Kept | null
  nonce: string
  connector: string
  scheme: string
}

const storageKey = 'behalf'
let memory: Memory | null = null

/** Storage may be off, in a frame more than elsewhere: then a reload begins anew, and nothing else is lost. */
function store(next: Memory): void {
  memory = next
  try {
    window.sessionStorage.setItem(storageKey, JSON.stringify(next))
  } catch {
    // Kept in memory alone.
  }
}

function remembered(): Memory | null {
  try {
    const found = JSON.parse(window.sessionStorage.getItem(storageKey) ?? 'null') as Memory | null
    return found?.path === window.location.pathname ? found : null
  } catch {
    return null
  }
}

/**
 * The secret of the address, which leaves the history at once; after a reload, the one that was not traded yet.
 * What the host's page said beside it is remembered too.
 */
export function takeFragment(): string | null {
  const given = new URLSearchParams(window.location.hash.slice(1))
  window.history.replaceState(null, '', window.location.pathname)
  const before = remembered()
  const said = (name: 'nonce' | 'connector' | 'scheme') => given.get(name) || (before?.[name] ?? '')
  const token = given.get('token') || given.get('ticket') || before?.token || null
  store({
    path: window.location.pathname,
    token,
    kept: before?.kept ?? null,
    nonce: said('nonce'),
    connector: said('connector'),
    scheme: said('scheme'),
  })
  const { scheme = '' } = memory ?? {}
  if (/^(light|dark)$/.test(scheme)) document.documentElement.dataset.scheme = scheme
  return token
}

/** Traded: from here on something else opens the session. */
function keep(kept: Kept | null): void {
  if (memory) store({ ...memory, token: null, kept })
}

/** The page around the frame, if it is one that the session allows; each message names it exactly. */
function hostOrigins(allowed: readonly string[]): readonly string[] {
  const [parent] = window.location.ancestorOrigins ?? []
  const named = parent ?? (document.referrer && new URL(document.referrer).origin)
  return named && allowed.includes(named) ? [named] : allowed
}

/** Each message carries the nonce that the page around gave this frame, so that no other frame's is taken for it. */
function tell(allowed: readonly string[], message: HostMessage | { height: number }): void {
  if (!isFramed()) return
  for (const origin of hostOrigins(allowed)) {
    window.parent.postMessage({ behalf: memory?.nonce ?? '', ...message }, origin)
  }
}

async function call(session: string, path: string, bearer: string | null, body?: unknown) {
  const response = await fetch(`/connect/${session}/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    cache: 'no-store',
    credentials: 'same-origin',
    signal: AbortSignal.timeout(15_000),
  })
  return { ok: response.ok, status: response.status, body: (await response.json()) as unknown }
}

/** More often than this something is said, unless somebody in between holds it back. */
const silentMs = 25_000

/** @see HTML standard, "Interpreting an event stream"; of it only what our server sends. */
async function stream(
  session: string,
  bearer: string,
  hear: (event: string, data: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(`/connect/${session}/events`, {
    headers: { authorization: `Bearer ${bearer}`, accept: 'text/event-stream' },
    cache: 'no-store',
    signal,
  })
  if (!response.ok || !response.body) throw new Error(String(response.status))
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  const leave = () => void reader.cancel()
  // A connection that is gone says nothing of it by itself.
  window.addEventListener('offline', leave, { signal, once: true })
  let text = ''
  for (;;) {
    const silent = setTimeout(leave, silentMs)
    const { done, value } = await reader.read().finally(() => clearTimeout(silent))
    if (done) return
    text += value
    const frames = text.split('\n\n')
    text = frames.pop() ?? ''
    for (const frame of frames) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? []
      if (event && data) hear(event, JSON.parse(data) as unknown)
    }
  }
}

/** Trades a token or ticket for this browser's cookie. @returns where to go, or the code of what went wrong */
export async function enter(
  session: string,
  token: string,
): Promise<{ location: string } | { code: string }> {
  const connector = memory?.connector || null
  const answer = await call(session, 'enter', null, { token, connector }).catch(() => null)
  // Without an answer the token is kept, and a reload tries again.
  if (answer) keep(null)
  if (answer?.ok) return answer.body as { location: string }
  return { code: (answer?.body as { code?: string } | undefined)?.code ?? 'unavailable' }
}

const lookMs = 400

function openWindow() {
  const left = window.screenX + Math.max(0, (window.outerWidth - 520) / 2)
  const opened = window.open(
    'about:blank',
    '_blank',
    `popup,width=520,height=760,left=${left},top=${window.screenY + 60}`,
  )
  if (!opened) return null
  return {
    go: (url: string) => opened.location.replace(new URL(url, window.location.origin).href),
    close: () => opened.close(),
    gone: new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (!opened.closed) return
        clearInterval(timer)
        resolve()
      }, lookMs)
    }),
  }
}

/** Waits, unless our own window says that it is done, or the person comes back to this one. */
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const done = new AbortController()
    const end = () => {
      clearTimeout(timer)
      done.abort()
      resolve()
    }
    const timer = setTimeout(end, ms)
    const { signal } = done
    window.addEventListener('focus', end, { signal })
    window.addEventListener('online', end, { signal })
    window.addEventListener('message', ({ origin }) => origin === window.location.origin && end(), { signal })
  })

/** The browser around a framed portal. */
export const surroundings = (session: string, embedOrigins: readonly string[]): Surroundings => ({
  call: (path, bearer, body) => call(session, path, bearer, body),
  stream: (bearer, hear, signal) => stream(session, bearer, hear, signal),
  openWindow,
  pause,
  tellHost: (message) => tell(embedOrigins, message),
  kept: () => memory?.kept ?? null,
  keep,
  wished: () => memory?.connector || null,
})

const belowPx = 24

/** Tells the host's page how tall the content is, whenever that changes. */
export function reportHeight(embedOrigins: readonly string[]): () => void {
  const main = document.querySelector('main')
  if (!main) return () => undefined
  const observer = new ResizeObserver(() =>
    tell(embedOrigins, { height: Math.max(120, main.offsetTop + main.offsetHeight + belowPx) }),
  )
  observer.observe(main)
  return () => observer.disconnect()
}
