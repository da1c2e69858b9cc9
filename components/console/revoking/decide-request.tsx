'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'
import { TypedName } from './typed-name.tsx'

export type DecideRequestResult = { fault: string } | null
type Action = (previous: DecideRequestResult, form: FormData) => Promise<DecideRequestResult>

/** The second person's yes, which revokes at once. */
export function ApproveRequest({ action, typed }: { action: Action; typed: string }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-4">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <TypedName typed={typed} />
      <Button type="submit" variant="danger" disabled={pending} className="justify-self-start">
        {pending ? 'Revoking' : 'Approve and revoke now'}
      </Button>
    </form>
  )
}

/** The second person's no. */
export function DenyRequest({ action }: { action: Action }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-4">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <Field label="Why not" hint="Whoever asked reads it here; kept in the audit.">
        <Input name="note" required maxLength={500} autoComplete="off" />
      </Field>
      <Button type="submit" variant="secondary" disabled={pending} className="justify-self-start">
        Deny
      </Button>
    </form>
  )
}

/** Takes back what one asked for. */
export function WithdrawRequest({ action }: { action: Action }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-4">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <Button type="submit" variant="secondary" disabled={pending} className="justify-self-start">
        Withdraw this request
      </Button>
    </form>
  )
}
