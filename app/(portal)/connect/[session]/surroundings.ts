'use client'

import type { HostEvent, Surroundings } from './portal-store.ts'

export const isFramed = (): boolean => window.parent !== window

/** The secret of the address, which leaves the history at once. */
export function takeFragment(): string | null {
  const given = new URLSearchParams(window.location.hash.slice(1))
  window.history.replaceState(null, '', window.location.pathname)
  return given.get('token') ?? given.get('ticket')
}

/** The page around the frame, if it is one that the session allows; each message names it exactly. */
function hostOrigins(allowed: readonly string[]): readonly string[] {
  const [parent] = window.location.ancestorOrigins ?? []
  const named = parent ?? (document.referrer && new URL(document.referrer).origin)
  return named && allowed.includes(named) ? [named] : allowed
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

/** Trades a token or ticket for this browser's cookie. @returns where to go, or the code of what went wrong */
export async function enter(
  session: string,
  token: string,
): Promise<{ location: string } | { code: string }> {
  const answer = await call(session, 'enter', null, { token }).catch(() => null)
  if (answer?.ok) return answer.body as { location: string }
  return { code: (answer?.body as { code?: string } | undefined)?.code ?? 'unavailable' }
}

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
  openWindow,
  pause,
  tellHost: (event: HostEvent) => {
    for (const origin of hostOrigins(embedOrigins)) window.parent.postMessage({ behalf: 1, ...event }, origin)
  },
})

const belowPx = 24

/** Tells the host's page how tall the content is, whenever that changes. */
export function reportHeight(embedOrigins: readonly string[]): () => void {
  const main = document.querySelector('main')
  if (!main) return () => undefined
  const observer = new ResizeObserver(() => {
    const message = { behalf: 1, event: 'resize', height: main.offsetTop + main.offsetHeight + belowPx }
    for (const origin of hostOrigins(embedOrigins)) window.parent.postMessage(message, origin)
  })
  observer.observe(main)
  return () => observer.disconnect()
}
