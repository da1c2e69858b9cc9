'use client'

import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Button } from './button.tsx'
import { classes } from './classes.ts'

/**
 * The browser's own modal dialog: it keeps the focus inside, closes by Escape and by a click beside it, and gives the
 * focus back to what had it.
 * @param title its name; `bare` shows neither it nor the button that closes it
 */
export function Dialog({
  open,
  onClose,
  title,
  bare = false,
  className,
  children,
}: {
  open: boolean
  onClose: () => void
  title: string
  bare?: boolean
  className?: string
  children: ReactNode
}) {
  const box = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = box.current
    if (open && !dialog?.open) dialog?.showModal()
    if (!open && dialog?.open) dialog.close()
  }, [open])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the browser's own way to close it by keyboard
    <dialog
      ref={box}
      // The browser tells of a closing later: by then what opened it may have opened something else, which stays.
      onClose={() => open && onClose()}
      onClick={({ target, currentTarget }) => target === currentTarget && currentTarget.close()}
      {...(bare ? { 'aria-label': title } : { 'aria-labelledby': id })}
      className={classes(
        'm-auto max-h-[min(42rem,calc(100dvh-2rem))] w-[min(34rem,calc(100vw-2rem))] overflow-hidden rounded-card border border-border bg-card p-0 text-card-fg shadow-card backdrop:bg-black/40',
        className,
      )}
    >
      {open && (
        // Fills the box, so that only a click beside it is one on the dialog itself.
        <div className={bare ? '' : 'grid max-h-[inherit] gap-4 overflow-y-auto p-5'}>
          {!bare && (
            <div className="flex items-start justify-between gap-4">
              <h2 id={id} className="text-base font-semibold">
                {title}
              </h2>
              <Button variant="quiet" size="small" onClick={onClose}>
                Close
              </Button>
            </div>
          )}
          {children}
        </div>
      )}
    </dialog>
  )
}
