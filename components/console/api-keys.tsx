'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Checkbox } from '#components/ui/checkbox'
import { Field, Input, Select } from '#components/ui/field'
import { ToldOnce } from './told-once.tsx'

/** A key that was made, with its secret, this once. */
export type KeyResult = { fault: string } | { name: string; secret: string } | null

/** What each role of a key is for. */
const roleWords: Readonly<Record<string, { title: string; does: string }>> = {
  connect: { title: 'Connect', does: 'Make connect sessions and confirm them.' },
  execute: { title: 'Execute', does: 'Call tools with the accounts that people connected.' },
  read: { title: 'Read', does: 'Read accounts, consents, calls and the audit.' },
  manage: { title: 'Manage', does: 'Change anything: agents, policies, limits, keys.' },
  approve: { title: 'Approve', does: 'Decide on calls and connections that wait for a person.' },
}

/** Makes a key. What it may do is said before it is made, and cannot be widened after. */
export function NewApiKey({
  action,
  roles,
}: {
  action: (previous: KeyResult, form: FormData) => Promise<KeyResult>
  /** Those that its maker may give. */
  roles: readonly string[]
}) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <div className="grid max-w-2xl gap-4">
      {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
      {result && 'secret' in result && <ToldOnce what={`key “${result.name}”`} secret={result.secret} />}
      <form action={submit} className="grid gap-4">
        <Field label="Name" hint="What uses it, and where: it is told in the audit.">
          <Input name="name" required maxLength={100} autoComplete="off" />
        </Field>
        <fieldset className="grid gap-3 text-sm">
          <legend className="mb-2 font-medium">What it may do</legend>
          {roles.map((role) => (
            <Checkbox
              key={role}
              name="role"
              value={role}
              label={roleWords[role]?.title ?? role}
              description={roleWords[role]?.does}
            />
          ))}
        </fieldset>
        <Field label="Ends">
          <Select name="expires_in_days" defaultValue="90">
            <option value="30">In 30 days</option>
            <option value="90">In 90 days</option>
            <option value="365">In a year</option>
            <option value="">Never by itself</option>
          </Select>
        </Field>
        <Button type="submit" disabled={pending} className="justify-self-start">
          Create key
        </Button>
      </form>
    </div>
  )
}
