'use client'

import { useRouter } from 'next/navigation'
import { type KeyboardEvent, useId, useState } from 'react'
import { Dialog } from '#components/ui/dialog'
import { type Jump, offered } from './jump.ts'
import { baseOf, type NavGroup } from './navigation.ts'

/** A box to type into that leads to a page, or to whatever an id names. */
export function Palette({
  groups,
  org,
  open,
  onClose,
}: {
  groups: readonly NavGroup[]
  org: string | null
  open: boolean
  onClose: () => void
}) {
  return (
    <Dialog open={open} onClose={onClose} title="Go to" bare className="mt-[12vh]">
      <Finder groups={groups} org={org} onClose={onClose} />
    </Dialog>
  )
}

function Finder({
  groups,
  org,
  onClose,
}: {
  groups: readonly NavGroup[]
  org: string | null
  onClose: () => void
}) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const router = useRouter()
  const id = useId()
  const found = offered(baseOf(org), groups, text)
  const chosen = found[Math.min(at, found.length - 1)]
  const go = ({ href }: Jump) => {
    onClose()
    router.push(href)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && found.length > 0) {
      event.preventDefault()
      setAt((now) => (Math.min(now, found.length - 1) + step + found.length) % found.length)
    }
    if (event.key === 'Enter' && chosen && !event.nativeEvent.isComposing) {
      event.preventDefault()
      go(chosen)
    }
  }
  return (
    <div className="flex max-h-[inherit] flex-col">
      <input
        // biome-ignore lint/a11y/noAutofocus: the box was opened to be typed into
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen ? `${id}-${found.indexOf(chosen)}` : undefined}
        aria-autocomplete="list"
        aria-label="A page, or an id such as ca_…"
        placeholder="A page, or an id such as ca_…"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => {
          setText(target.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
        className="min-h-12 w-full border-b border-border bg-transparent px-4 text-base outline-none placeholder:text-muted-fg focus-visible:outline-none"
      />
      <div id={`${id}-list`} role="listbox" aria-label="Results" className="max-h-80 overflow-y-auto p-1.5">
        {found.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the combobox's, which keeps the focus
          <div
            key={one.href}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={one === chosen}
            ref={(element) => {
              if (one === chosen) element?.scrollIntoView({ block: 'nearest' })
            }}
            onClick={() => go(one)}
            className="flex cursor-pointer items-baseline justify-between gap-4 rounded-control px-3 py-2 text-sm hover:bg-muted aria-selected:bg-accent"
          >
            <span className="min-w-0 truncate">{one.words}</span>
            <span className="shrink-0 text-xs text-muted-fg">{one.about}</span>
          </div>
        ))}
      </div>
      <p role="status" className={found.length > 0 ? 'sr-only' : 'px-4 pb-4 text-sm text-muted-fg'}>
        {found.length > 0 ? `${found.length} found` : 'No page of that name, and no id that leads to one.'}
      </p>
    </div>
  )
}
