'use client'

import { useEffect, useState } from 'react'
import { Button } from './button.tsx'

type Said = 'nothing' | 'copied' | 'selected'

const words: Record<Said, string> = {
  nothing: '',
  copied: 'Copied',
  selected: 'Selected. Press Ctrl+C or ⌘C to copy.',
}

/** Where the browser keeps the clipboard from pages, what is to be copied is marked, to be copied by hand. */
function mark(id: string): void {
  const text = document.getElementById(id)
  if (text) window.getSelection()?.selectAllChildren(text)
}

/**
 * Copies a text that stands on the page, and says so. Without a script it is not there: the text can be selected.
 * @param id of the element whose text it is
 * @param what it is, for who does not see where the button stands
 */
export function Copy({ id, what }: { id: string; what: string }) {
  const [there, setThere] = useState(false)
  const [said, setSaid] = useState<Said>('nothing')
  useEffect(() => setThere(true), [])
  useEffect(() => {
    if (said === 'nothing') return
    const timer = setTimeout(() => setSaid('nothing'), 4_000)
    return () => clearTimeout(timer)
  }, [said])
  if (!there) return null
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(document.getElementById(id)?.textContent ?? '')
      setSaid('copied')
    } catch {
      mark(id)
      setSaid('selected')
    }
  }
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button type="button" variant="secondary" size="small" onClick={copy}>
        Copy<span className="sr-only"> {what}</span>
      </Button>
      <span role="status" className="text-sm text-muted-fg">
        {words[said]}
      </span>
    </div>
  )
}
