'use client'

import Link from 'next/link'
import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Checkbox } from '#components/ui/checkbox'
import { Field, Input } from '#components/ui/field'
import { TypedName } from './typed-name.tsx'

export type AskResult = { fault: string; reason: string; stop: boolean } | null

/** Asks a second person for what ends everything, or most, and stops all calls meanwhile where that is wanted. */
export function AskRevocation({
  action,
  typed,
  approvers,
  more,
  operators,
  mails,
  stop,
}: {
  action: (previous: AskResult, form: FormData) => Promise<AskResult>
  typed: string
  /** Addresses of those who could approve; `more` are not named. */
  approvers: readonly string[]
  more: number
  /** Whether operators of the deployment, who are nobody's business here, could as well. */
  operators: boolean
  /** Whether they are written to; else it is for whoever asks to tell them. */
  mails: boolean
  /** The stop of everything that holds already; `offer` where one may be placed; `null` where not. */
  stop: { href: string } | 'offer' | null
}) {
  const [result, submit, pending] = useActionState(action, null)
  const who = [
    ...approvers,
    ...(more > 0 ? [`${more} more`] : []),
    ...(operators ? ['an operator of this deployment'] : []),
  ]
  return (
    <form action={submit} className="grid max-w-xl gap-4">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      {who.length > 0 && (
        <p className="text-sm wrap-anywhere text-muted-fg">
          Who can approve: {who.join(', ')}.{' '}
          {mails
            ? 'They are written to, with a link to a page that asks them to sign in.'
            : 'No mail is sent from here, as no mail server is set up: tell them.'}
        </p>
      )}
      <Field
        label="Reason"
        hint="Shown to whoever approves, kept in the audit, and shown with every account."
      >
        <Input
          name="reason"
          required
          maxLength={500}
          autoComplete="off"
          defaultValue={result?.reason ?? ''}
        />
      </Field>
      {stop === 'offer' && (
        <Checkbox
          name="stop"
          defaultChecked={result?.stop ?? false}
          label="Stop everything now, revoke when approved"
          description="All calls end at once, on your word alone. They stay stopped until somebody releases the stop, whatever becomes of this request."
        />
      )}
      {stop !== null && stop !== 'offer' && (
        <p className="text-sm text-muted-fg">
          All calls are{' '}
          <Link href={stop.href} className="text-link underline underline-offset-2">
            stopped already
          </Link>
          .
        </p>
      )}
      <TypedName typed={typed} />
      <Button type="submit" variant="danger" disabled={pending} className="justify-self-start">
        {pending ? 'Asking' : 'Ask for approval'}
      </Button>
    </form>
  )
}
