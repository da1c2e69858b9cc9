'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'

export type DecideResult = { fault: string } | null
export type Decide = (previous: DecideResult, form: FormData) => Promise<DecideResult>

/** Both answers with one note. */
export function Decision({ action, what, hint }: { action: Decide; what: string; hint: string }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-3" aria-label={`Decide on ${what}`}>
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <Field label="Note" hint={hint}>
        <Input name="note" maxLength={500} autoComplete="off" />
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" name="decision" value="approve" disabled={pending}>
          Approve
        </Button>
        <Button type="submit" name="decision" value="deny" variant="secondary" disabled={pending}>
          Deny
        </Button>
      </div>
    </form>
  )
}
