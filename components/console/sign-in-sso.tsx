'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'
import type { ConfirmResult } from './confirm-action.tsx'

type Act = (previous: ConfirmResult, form: FormData) => Promise<ConfirmResult>

/** Asks for an address and leads to where it signs in. Works without scripts. */
export function SsoForm({ action }: { action: Act }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-3">
      <Field label="Work e-mail address" {...(result && { error: result.fault })}>
        <Input
          name="email"
          type="email"
          required
          maxLength={254}
          autoComplete="email"
          autoCapitalize="none"
        />
      </Field>
      <Button type="submit" variant="secondary" disabled={pending}>
        Continue with single sign-on
      </Button>
    </form>
  )
}

/** One button that leads to the identity provider. @param token of a sign-in link that is to be joined to it */
export function SsoButton({ action, label, token }: { action: Act; label: string; token?: string }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-3">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      {token !== undefined && <input type="hidden" name="token" value={token} />}
      <Button type="submit" variant="secondary" disabled={pending}>
        {label}
      </Button>
    </form>
  )
}
