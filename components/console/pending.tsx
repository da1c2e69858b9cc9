'use client'

import { useLinkStatus } from 'next/link'

/**
 * Inside a link: says that the page behind it is being read. The page itself comes whole, with its own status and
 * readable without scripts, which one that streams behind a placeholder does not.
 */
export function Pending() {
  const { pending } = useLinkStatus()
  return (
    <span
      aria-hidden
      className={`pointer-events-none absolute inset-x-2 bottom-0 h-0.5 origin-left rounded-pill bg-primary transition-opacity delay-150 ${pending ? 'animate-pulse opacity-100' : 'opacity-0'}`}
    />
  )
}
