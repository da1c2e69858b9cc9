'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input, Select } from '#components/ui/field'
import type { ConfirmResult } from '../confirm-action.tsx'

type Act = (previous: ConfirmResult, form: FormData) => Promise<ConfirmResult>

/** Asks for a domain of e-mail addresses. */
export function AddSsoDomain({ action }: { action: Act }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="mt-4 flex max-w-xl flex-wrap items-end gap-3">
      <div className="min-w-0 flex-1 basis-56">
        <Field label="Domain of e-mail addresses" {...(result && { error: result.fault })}>
          <Input
            name="domain"
            required
            maxLength={253}
            placeholder="example.com"
            autoCapitalize="none"
            spellCheck={false}
            inputMode="url"
          />
        </Field>
      </div>
      <Button type="submit" disabled={pending}>
        Add domain
      </Button>
    </form>
  )
}

/** Binds a group of the identity provider to a role. */
export function BindGroup({
  action,
  roles,
}: {
  action: Act
  roles: readonly { role: string; words: string }[]
}) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="flex max-w-2xl flex-wrap items-end gap-3">
      <div className="min-w-0 flex-1 basis-48">
        <Field label="Group" {...(result && { error: result.fault })}>
          <Input name="group" required maxLength={300} autoCapitalize="none" spellCheck={false} />
        </Field>
      </div>
      <div className="min-w-0 basis-44">
        <Field label="Role">
          <Select name="role" required>
            {roles.map(({ role, words }) => (
              <option key={role} value={role}>
                {words}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <Button type="submit" variant="secondary" disabled={pending}>
        Bind
      </Button>
    </form>
  )
}

/** A button that does one thing at once, with what it carries. */
export function ActButton({
  action,
  label,
  name,
  fields = {},
}: {
  action: Act
  label: string
  /** For those who do not see beside what it stands. */
  name?: string
  fields?: Readonly<Record<string, string>>
}) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-3">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      {Object.entries(fields).map(([field, value]) => (
        <input key={field} type="hidden" name={field} value={value} />
      ))}
      <Button
        type="submit"
        variant="secondary"
        size="small"
        disabled={pending}
        className="justify-self-start"
        {...(name !== undefined && { 'aria-label': name })}
      >
        {label}
      </Button>
    </form>
  )
}
