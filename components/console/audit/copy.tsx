'use client'

import { useEffect, useState } from 'react'
import { Button } from '#components/ui/button'

/** Copies a text, or the address of the page with what is open on it. Without a script there is nothing to press. */
export function Copy({ words, text }: { words: string; text?: string }) {
  const [ready, setReady] = useState(false)
  const [said, setSaid] = useState<'copied' | 'failed' | null>(null)
  useEffect(() => setReady(true), [])
  if (!ready) return null
  const copy = async () => {
    const done = await navigator.clipboard.writeText(text ?? location.href).then(
      () => true,
      () => false,
    )
    setSaid(done ? 'copied' : 'failed')
    setTimeout(() => setSaid(null), 3_000)
  }
  return (
    <>
      <Button variant="secondary" size="small" onClick={copy}>
        {words}
      </Button>
      <span role="status" className={said === 'failed' ? 'text-xs text-danger' : 'sr-only'}>
        {said === 'copied' ? 'Copied' : said === 'failed' ? 'The browser did not allow it' : ''}
      </span>
    </>
  )
}
