'use client'

import { usePathname, useSearchParams } from 'next/navigation'
import { useEffect } from 'react'

/** Where one was last: the first page of a window is the browser's own to begin. */
let last: string | null = null

/**
 * Gives the focus to the content of a page that a link led to. What had it is gone with the page before, and whoever goes
 * by keyboard would begin anew at the top, before all of the navigation (WCAG 2.4.3).
 */
export function Arrival({ id }: { id: string }) {
  const here = `${usePathname()}?${useSearchParams()}`
  useEffect(() => {
    const lost = document.activeElement === null || document.activeElement === document.body
    if (last !== null && last !== here && lost) document.getElementById(id)?.focus({ preventScroll: true })
    last = here
  }, [id, here])
  return null
}
