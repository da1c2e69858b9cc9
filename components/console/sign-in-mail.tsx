'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'

export type MailLinkResult = { said: string } | { fault: string } | null

/**
 * Asks for a sign-in link by mail. The answer is the same for an address that nobody here has.
 * @param email where it is known whose: nothing is asked then
 */
export function MailLinkForm({
  action,
  email,
}: {
  action: (previous: MailLinkResult, form: FormData) => Promise<MailLinkResult>
  email?: string
}) {
  const [result, submit, pending] = useActionState(action, null)
  const fault = result && 'fault' in result ? result.fault : null
  return (
    <form action={submit} className="grid gap-3">
      {result && 'said' in result && <Alert tone="success">{result.said}</Alert>}
      {email === undefined ? (
        <Field label="Your e-mail address" {...(fault !== null && { error: fault })}>
          <Input name="email" type="email" required maxLength={254} autoComplete="email" />
        </Field>
      ) : (
        <>
          {fault !== null && <Alert tone="danger">{fault}</Alert>}
          <input type="hidden" name="email" value={email} />
        </>
      )}
      <Button type="submit" variant="secondary" disabled={pending}>
        Mail me a sign-in link
      </Button>
    </form>
  )
}
