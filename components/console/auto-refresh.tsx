'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'

/** Keeps a page that shows work under way up to date; without scripts the browser loads it again. */
export function AutoRefresh({ seconds }: { seconds: number }) {
  const router = useRouter()
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') router.refresh()
    }, seconds * 1000)
    return () => clearInterval(timer)
  }, [router, seconds])
  return (
    <noscript>
      <meta httpEquiv="refresh" content={String(seconds * 3)} />
    </noscript>
  )
}
