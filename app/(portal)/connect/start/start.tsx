'use client'

import { useEffect } from 'react'
import { takeFragment } from '../[session]/surroundings.ts'

/** Finds out which session a token is of, and goes there; what stands in the way is said on that page. */
export function Start() {
  useEffect(() => {
    const token = takeFragment()
    const going = new AbortController()
    void sessionOf(token, going.signal).then((id) => {
      if (!going.signal.aborted) window.location.replace(`/connect/${id}#token=${token ?? ''}`)
    })
    return () => going.abort()
  }, [])
  return null
}

/** No session has this id: its page says that the link is not valid. */
const none = `cs_${'0'.repeat(32)}`

async function sessionOf(token: string | null, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch('/connect/start/session', {
      method: 'POST',
      body: JSON.stringify({ token: token ?? '' }),
      signal,
    })
    return response.ok ? ((await response.json()) as { id: string }).id : none
  } catch {
    return none
  }
}
