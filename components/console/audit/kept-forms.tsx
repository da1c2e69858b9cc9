'use client'

import { type ReactNode, useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input, Select } from '#components/ui/field'
import type { ConfirmResult } from '../confirm-action.tsx'

type Action = (previous: ConfirmResult, form: FormData) => Promise<ConfirmResult>

/** A form that opens where it is asked for; what could not be done is said above its button. */
function Opening({
  label,
  submit: words,
  action,
  children,
}: {
  label: string
  submit: string
  action: Action
  children: ReactNode
}) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <details className="rounded-card border border-border bg-card p-4 text-sm text-card-fg">
      <summary className="min-h-6 font-medium">{label}</summary>
      <form action={submit} className="mt-3 grid max-w-xl gap-3">
        {result && <Alert tone="danger">{result.fault}</Alert>}
        {children}
        <Button type="submit" disabled={pending} className="justify-self-start">
          {words}
        </Button>
      </form>
    </details>
  )
}

export const PlaceHold = ({ action }: { action: Action }) => (
  <Opening label="Place a legal hold" submit="Place the hold" action={action}>
    <Field
      label="Reason"
      hint="Such as the name of the matter. Only an operator of the deployment can lift a hold."
    >
      <Input name="reason" required maxLength={500} autoComplete="off" />
    </Field>
  </Opening>
)

export const StreamForm = ({ action }: { action: Action }) => (
  <Opening label="Add a stream" submit="Add the stream" action={action}>
    <Field label="Name">
      <Input name="name" required maxLength={100} autoComplete="off" />
    </Field>
    <Field label="Kind">
      <Select name="kind">
        <option value="https">HTTPS, NDJSON</option>
        <option value="syslog">Syslog over TLS</option>
      </Select>
    </Field>
    <Field label="Address" hint="https://siem.example.com/events, or syslog+tls://siem.example.com:6514">
      <Input name="url" required maxLength={2000} autoComplete="off" spellCheck={false} />
    </Field>
    <Field
      label="Authorization header"
      hint="For HTTPS, such as Bearer …. It is sealed and never shown again."
    >
      <Input name="authorization" type="password" maxLength={4000} autoComplete="off" />
    </Field>
  </Opening>
)

/** One button; what it led to is in the list above it. */
export function SignNow({ action }: { action: () => Promise<ConfirmResult> }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-3 justify-items-start">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <Button type="submit" variant="secondary" disabled={pending}>
        Sign the head now
      </Button>
    </form>
  )
}
