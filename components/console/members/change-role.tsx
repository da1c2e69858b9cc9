'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { type MemberRole, memberRoles } from '#lib/identity/schema'
import type { ConfirmResult } from '../confirm-action.tsx'
import { RoleSelect } from './role-select.tsx'

/** Gives a member another role. */
export function ChangeRole({
  action,
  role,
}: {
  action: (previous: ConfirmResult, form: FormData) => Promise<ConfirmResult>
  role: MemberRole
}) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-4">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <RoleSelect key={role} roles={memberRoles} initial={role} />
      <Button type="submit" disabled={pending} className="justify-self-start">
        Change role
      </Button>
    </form>
  )
}
