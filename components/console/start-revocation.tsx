'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'

export type StartResult = { fault: string; reason: string } | null

/** The last step of a mass revocation: a reason and, where no filter narrows it, the typed name of what ends. */
export function StartRevocation({
  action,
  typed,
}: {
  action: (previous: StartResult, form: FormData) => Promise<StartResult>
  /** What must be typed; `null` where nothing has to. */
  typed: string | null
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
      {typed !== null && (
        <Field
          label={
            <>
              Type <code className="font-mono">{typed}</code> to confirm
            </>
          }
        >
          <Input
            name="typed"
            required
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            pattern={typed.replaceAll('.', '\\.')}
            title={typed}
          />
        </Field>
      )}
      <Button type="submit" variant="danger" disabled={pending} className="justify-self-start">
        {pending ? 'Stopping' : 'Stop these accounts now'}
      </Button>
    </form>
  )
}
