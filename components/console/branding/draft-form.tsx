'use client'

import { type ReactNode, startTransition, useActionState, useEffect, useRef, useState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'

export type DraftResult = { fault: string } | { saved: string } | null

/** How long nobody has typed before what was typed is kept. */
const quietMs = 700

/**
 * Keeps the draft: at the press of a button, and by itself a moment after each change, so that the preview follows.
 * @param children the fields
 */
export function DraftForm({
  action,
  children,
}: {
  action: (previous: DraftResult, form: FormData) => Promise<DraftResult>
  children: ReactNode
}) {
  const [result, submit, pending] = useActionState(action, null)
  const form = useRef<HTMLFormElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [dirty, setDirty] = useState(false)
  useEffect(() => () => clearTimeout(timer.current), [])
  const keep = () => {
    clearTimeout(timer.current)
    const at = form.current
    if (!at) return
    setDirty(false)
    // Not by the form's own action, which would put back what is typed meanwhile.
    startTransition(() => submit(new FormData(at)))
  }
  const keepSoon = () => {
    setDirty(true)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      if (form.current?.checkValidity()) keep()
    }, quietMs)
  }
  const state = pending ? 'Saving' : dirty ? 'Not saved yet' : result && 'saved' in result ? result.saved : ''
  return (
    <form
      ref={form}
      action={submit}
      onSubmit={(event) => {
        event.preventDefault()
        keep()
      }}
      onChange={keepSoon}
      className="grid gap-4"
    >
      {children}
      {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" variant="secondary" disabled={pending}>
          Save draft
        </Button>
        <span role="status" className="text-sm text-muted-fg">
          {state}
        </span>
      </div>
    </form>
  )
}
