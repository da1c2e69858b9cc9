'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'
import { memberRoles } from '#lib/identity/schema'
import { RoleSelect } from './role-select.tsx'
import { LinkToHandOver } from './sign-in-link.tsx'

export type InviteResult = { fault: string } | { email: string; url: string | null } | null

/** Asks for somebody's address and role. Whoever may not hear the link twice is told so with it. */
export function InviteForm({
  action,
  mails,
}: {
  action: (previous: InviteResult, form: FormData) => Promise<InviteResult>
  /** Whether the link goes by mail here. */
  mails: boolean
}) {
  const [result, submit, pending] = useActionState(action, null)
  const done = result && 'email' in result ? result : null
  return (
    <form action={submit} className="grid gap-4">
      {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
      {done && <LinkToHandOver email={done.email} url={done.url} />}
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Field label="E-mail address">
          <Input name="email" type="email" required maxLength={254} autoComplete="off" />
        </Field>
        <Field label="Name" hint="Need not be given.">
          <Input name="name" maxLength={100} autoComplete="off" />
        </Field>
      </div>
      <RoleSelect roles={memberRoles} initial="support" />
      <p className="text-xs text-muted-fg">
        {mails
          ? 'They get a link by mail. It is good for 15 minutes and one use; later they ask for another on the sign-in page.'
          : 'No mail is set up here: you get a link to hand over. It is good for 15 minutes and one use.'}
      </p>
      <Button type="submit" disabled={pending} className="justify-self-start">
        Invite
      </Button>
    </form>
  )
}
