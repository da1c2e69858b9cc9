'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'

/** What was typed comes back with what is wrong with it. */
export type StopResult = { fault: string; reason: string; until: string } | null
type StopAction = (previous: StopResult, form: FormData) => Promise<StopResult>

/** The last step of a stop: why, how long and, where everything ends, its typed name. */
export function PlaceStop({ action, typed }: { action: StopAction; typed: string | null }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid max-w-xl gap-4">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <Field label="Reason" hint="Told to whoever calls, and kept in the audit: no secret, no personal data.">
        <Input
          name="reason"
          required
          maxLength={300}
          autoComplete="off"
          defaultValue={result?.reason ?? ''}
        />
      </Field>
      <Field label="Until (UTC)" hint="Ends by itself then. Empty: it holds until somebody releases it.">
        <Input name="until" type="datetime-local" defaultValue={result?.until ?? ''} className="max-w-64" />
      </Field>
      {typed !== null && (
        <Field
          label={
            <>
              Type <code className="font-mono">{typed}</code> to confirm
            </>
          }
        >
          <Input name="typed" required autoComplete="off" autoCapitalize="off" spellCheck={false} />
        </Field>
      )}
      <Button type="submit" variant="danger" disabled={pending} className="justify-self-start">
        {pending ? 'Stopping' : 'Stop now'}
      </Button>
    </form>
  )
}

/** Lets calls go on again. */
export function ReleaseStop({ action }: { action: StopAction }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid max-w-xl gap-4">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <Field label="Why calls may go on" hint="Kept in the audit.">
        <Input
          name="reason"
          required
          maxLength={300}
          autoComplete="off"
          defaultValue={result?.reason ?? ''}
        />
      </Field>
      <Button type="submit" variant="secondary" disabled={pending} className="justify-self-start">
        Release this stop
      </Button>
    </form>
  )
}
