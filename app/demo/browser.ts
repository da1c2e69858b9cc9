'use client'

/** Calls Northwind's own backend. */
export async function call(path: string, body?: unknown): Promise<{ ok: boolean; body: unknown }> {
  const response = await fetch(`/demo/api/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
    cache: 'no-store',
  })
  return { ok: response.ok, body: (await response.json()) as unknown }
}

/** Between the windows of Northwind: a finished popup says that the list is out of date. */
export const changed = {
  tell(): void {
    const channel = new BroadcastChannel('northwind')
    channel.postMessage('changed')
    channel.close()
  },
  hear(listener: () => void): () => void {
    const channel = new BroadcastChannel('northwind')
    channel.onmessage = listener
    return () => channel.close()
  },
}

const redirectMark = 'northwind_redirect'

/** Called before leaving, so that coming back is told from a popup that ends. */
export const leaveByRedirect = (): void => window.sessionStorage.setItem(redirectMark, 'yes')

export function cameByRedirect(): boolean {
  const yes = window.sessionStorage.getItem(redirectMark) === 'yes'
  window.sessionStorage.removeItem(redirectMark)
  return yes
}
