'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'

export type StartResult = { fault: string; reason: string } | null

/** The last step of a mass revocation that one person may do: its reason. */
export function StartRevocation({
  action,
}: {
  action: (previous: StartResult, form: FormData) => Promise<StartResult>
}) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid max-w-xl gap-4">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <Field label="Reason" hint="Kept in the audit, and shown with every account.">
        <Input
          name="reason"
          required
          maxLength={500}
          autoComplete="off"
          defaultValue={result?.reason ?? ''}
        />
      </Field>
      <Button type="submit" variant="danger" disabled={pending} className="justify-self-start">
        {pending ? 'Stopping' : 'Stop these accounts now'}
      </Button>
    </form>
  )
}
