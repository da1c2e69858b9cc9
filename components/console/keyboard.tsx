'use client'

import { useEffect, useState } from 'react'
import { Button } from '#components/ui/button'
import { Checkbox } from '#components/ui/checkbox'
import { Dialog } from '#components/ui/dialog'
import type { NavGroup } from './navigation.ts'
import { Palette } from './palette.tsx'

/** Where a person's wish to go without single keys is kept (WCAG 2.1.4). */
const offKey = 'behalf.single_keys'

const help: readonly (readonly [string, string])[] = [
  ['/', 'To the filter'],
  ['j', 'Next row'],
  ['k', 'Row before'],
  ['x', 'Select the row'],
  ['X', 'Select the page'],
  ['b', 'What can be done with the selection'],
  ['Enter', 'Open the row'],
  ['Ctrl K', 'Go to a page or an id (⌘ K on a Mac)'],
  ['?', 'These keys'],
]

const links = '[data-row] a[data-open]'

/** Moves the focus from row to row; the browser shows it, and opens the link by Enter as any other. */
function moveBy(step: 1 | -1) {
  const all = [...document.querySelectorAll<HTMLElement>(links)]
  const row = document.activeElement?.closest('[data-row]')
  const at = all.findIndex((link) => row?.contains(link))
  const next = at < 0 ? (step === 1 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)
  all[next]?.focus()
  all[next]?.scrollIntoView({ block: 'nearest' })
}

const selectRow = () =>
  document.activeElement
    ?.closest('[data-row]')
    ?.querySelector<HTMLInputElement>('input[type=checkbox]')
    ?.click()

const selectPage = () => document.querySelector<HTMLInputElement>('[data-all-rows]')?.click()

/** The bar is there once something is selected. */
const toSelection = () => document.querySelector<HTMLElement>('[data-selection] button[type=submit]')?.focus()

const toFilter = () =>
  document.querySelector<HTMLElement>('[data-filter] :is(input:not([type=hidden]), select)')?.focus()

/** Whether keys belong to what has the focus: somewhere to type or to choose. */
const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches(
      'input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select',
    ))

/** Keys for whoever does not want to reach for the mouse, the box that goes anywhere, and what says which keys there are. */
export function Keyboard({ groups, org }: { groups: readonly NavGroup[]; org: string | null }) {
  const [shown, setShown] = useState<'palette' | 'help' | null>(null)
  const [off, setOff] = useState(false)
  useEffect(() => setOff(localStorage.getItem(offKey) === 'off'), [])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setShown((now) => (now === 'palette' ? null : 'palette'))
        return
      }
      const modal = document.querySelector('dialog[open], [popover]:popover-open') !== null
      if (off || modal || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return
      const act = {
        '/': toFilter,
        j: () => moveBy(1),
        k: () => moveBy(-1),
        x: selectRow,
        X: selectPage,
        b: toSelection,
        '?': () => setShown('help'),
      }[event.key]
      if (!act) return
      event.preventDefault()
      act()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [off])
  const close = () => setShown(null)
  return (
    <>
      <Button
        variant="secondary"
        size="small"
        onClick={() => setShown('palette')}
        aria-keyshortcuts="Control+K Meta+K"
      >
        Go to
        <kbd aria-hidden className="hidden font-mono text-xs text-muted-fg sm:inline">
          Ctrl K
        </kbd>
      </Button>
      <Button
        variant="quiet"
        size="small"
        className="hidden sm:inline-flex"
        onClick={() => setShown('help')}
        aria-label="Keys"
      >
        <kbd aria-hidden className="font-mono">
          ?
        </kbd>
      </Button>
      <Palette groups={groups} org={org} open={shown === 'palette'} onClose={close} />
      <Dialog open={shown === 'help'} onClose={close} title="Keys">
        <dl className="grid grid-cols-[6rem_minmax(0,1fr)] gap-x-4 gap-y-2.5 text-sm">
          {help.map(([key, does]) => (
            <div key={key} className="contents">
              <dt>
                <kbd className="rounded-control border border-border bg-muted px-2 py-0.5 font-mono text-xs">
                  {key}
                </kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <Checkbox
          label="Single keys"
          description="Off, only Ctrl K does something: for those who speak their input. Kept in this browser."
          checked={!off}
          onChange={({ target }) => {
            localStorage.setItem(offKey, target.checked ? 'on' : 'off')
            setOff(!target.checked)
          }}
        />
      </Dialog>
    </>
  )
}
