import type { Message } from './message.ts'

// Clients of 2025 cancel a call by a message of its own, which any replica may get: it ends the call where it is one of
// this process, as hanging up does everywhere. Modern clients hang up.
const running = new Map<string, AbortController>()
const nameOf = (sessionId: string, requestId: string | number) =>
  `${sessionId}/${typeof requestId}/${requestId}`

/** @returns the signal that a request is to stop by, and how to say that it is over */
export function underway(signal: AbortSignal, sessionId: string | undefined, { id, method }: Message) {
  if (sessionId === undefined || id === null || method !== 'tools/call') return { signal, over: () => {} }
  const name = nameOf(sessionId, id)
  const own = new AbortController()
  running.set(name, own)
  const over = () => {
    if (running.get(name) === own) running.delete(name)
  }
  return { signal: AbortSignal.any([signal, own.signal]), over }
}

/** Ends a call of this session's, where this process makes it. */
export function cancelUnderway(sessionId: string, requestId: unknown): void {
  if (typeof requestId !== 'string' && typeof requestId !== 'number') return
  running.get(nameOf(sessionId, requestId))?.abort(new Error('the client has cancelled this call'))
}
