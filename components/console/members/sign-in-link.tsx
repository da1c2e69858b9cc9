'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import type { InviteResult } from './invite-form.tsx'

/** Where a link went; or the link itself, for the only time. */
export const LinkToHandOver = ({ email, url }: { email: string; url: string | null }) =>
  url === null ? (
    <Alert tone="success">A sign-in link is on its way to {email}.</Alert>
  ) : (
    <Alert tone="warning" title={`Hand this link to ${email}`}>
      <p>It is shown this once. Whoever opens it in the next 15 minutes is signed in as them.</p>
      <code className="mt-2 block font-mono text-xs wrap-anywhere select-all">{url}</code>
    </Alert>
  )

/** Makes another link for a member. */
export function AnotherLink({
  action,
  mails,
}: {
  action: (previous: InviteResult, form: FormData) => Promise<InviteResult>
  mails: boolean
}) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-3">
      {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
      {result && 'email' in result && <LinkToHandOver email={result.email} url={result.url} />}
      <Button type="submit" variant="secondary" disabled={pending} className="justify-self-start">
        {mails ? 'Mail a sign-in link' : 'Make a sign-in link'}
      </Button>
    </form>
  )
}
