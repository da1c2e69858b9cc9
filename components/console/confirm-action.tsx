'use client'

import { type ReactNode, useActionState, useId } from 'react'
import { Alert } from '#components/ui/alert'
import { Button, type ButtonVariant } from '#components/ui/button'

/** `null` when it was done: the page then shows what it led to. */
export type ConfirmResult = { fault: string } | null

type Props = {
  action: (previous: ConfirmResult, form: FormData) => Promise<ConfirmResult>
  /** On the button that opens the question. */
  label: string
  /** The question. */
  title: string
  /** On the button that does it. */
  confirm: string
  variant?: ButtonVariant
  /** What happens then. */
  children: ReactNode
}

/** A button that says what it is about to do, and does it only when told again. Works without scripts. */
export function ConfirmAction({ action, label, title, confirm, variant = 'primary', children }: Props) {
  const [result, submit, pending] = useActionState(action, null)
  const id = useId()
  return (
    <div className="grid gap-3">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <Button type="button" variant="secondary" popoverTarget={id} className="justify-self-start">
        {label}
      </Button>
      <div
        id={id}
        popover="auto"
        role="dialog"
        aria-labelledby={`${id}-title`}
        onToggle={({ newState, currentTarget }) => {
          if (newState === 'open') currentTarget.querySelector('button')?.focus()
        }}
        className="m-auto w-[min(32rem,calc(100vw-2rem))] rounded-card border border-border bg-card p-5 text-card-fg shadow-card backdrop:bg-black/40"
      >
        <form
          action={submit}
          onSubmit={({ currentTarget }) => currentTarget.parentElement?.hidePopover()}
          className="grid gap-4"
        >
          <h2 id={`${id}-title`} className="text-base font-semibold">
            {title}
          </h2>
          <div className="grid gap-2 text-sm text-muted-fg">{children}</div>
          <div className="flex flex-wrap justify-end gap-2">
            <Button type="button" variant="secondary" popoverTarget={id} popoverTargetAction="hide">
              Cancel
            </Button>
            <Button type="submit" variant={variant} disabled={pending}>
              {confirm}
            </Button>
          </div>
        </form>
      </div>
    </div>
  )
}
