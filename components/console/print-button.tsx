'use client'

import { useEffect, useState } from 'react'
import { Button } from '#components/ui/button'

/** Prints the page, or saves it as a PDF, as the browser does either. Without a script its own menu is the way. */
export function PrintButton() {
  const [ready, setReady] = useState(false)
  useEffect(() => setReady(true), [])
  return ready ? (
    <Button variant="secondary" size="small" onClick={() => window.print()}>
      Print or save as PDF
    </Button>
  ) : null
}
