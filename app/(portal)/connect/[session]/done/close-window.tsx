'use client'

import { useSyncExternalStore } from 'react'
import { Button } from '#components/ui/button'

/** Tells the frame that opened this window to look again, and offers to close it. Without script: nothing. */
export function CloseWindow({ text }: { text: string }) {
  const opened = useSyncExternalStore(
    hintOpener,
    () => window.opener !== null,
    () => false,
  )
  if (!opened) return null
  return (
    <Button variant="secondary" onClick={() => window.close()}>
      {text}
    </Button>
  )
}

/** Only a hint, to a page of our own origin: the server's row is what counts. */
function hintOpener(): () => void {
  const opener: Window | null = window.opener
  opener?.postMessage({ behalf: 1, event: 'look' }, window.location.origin)
  return () => undefined
}
