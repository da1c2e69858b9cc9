'use client'

import { type ReactNode, useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input, Select } from '#components/ui/field'
import { ToldOnce } from '../told-once.tsx'

/** A token that was made, with its secret, this once. */
export type ScimTokenResult = { fault: string } | { name: string; secret: string } | null

type Token = {
  id: string
  name: string
  hint: string
  created_at: string
  expires_at: string | null
  last_used_at: string | null
}

const day = (moment: string) => moment.slice(0, 10)

/** Makes a token for an identity provider. */
export function NewScimToken({
  action,
}: {
  action: (previous: ScimTokenResult, form: FormData) => Promise<ScimTokenResult>
}) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <div className="grid max-w-2xl gap-4">
      {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
      {result && 'secret' in result && <ToldOnce what={`token “${result.name}”`} secret={result.secret} />}
      <form action={submit} className="grid gap-4">
        <Field label="Name of the token" hint="The identity provider that uses it: it is told in the audit.">
          <Input name="name" required maxLength={100} autoComplete="off" />
        </Field>
        <Field label="Token ends">
          <Select name="expires_in_days" defaultValue="365">
            <option value="90">In 90 days</option>
            <option value="365">In a year</option>
            <option value="">Never by itself</option>
          </Select>
        </Field>
        <Button type="submit" disabled={pending} className="justify-self-start">
          Create SCIM token
        </Button>
      </form>
    </div>
  )
}

/** The tokens in force, each with what may be done to it. */
export function ScimTokenList({
  tokens,
  children,
}: {
  tokens: readonly Token[]
  children?: Readonly<Record<string, ReactNode>>
}) {
  return (
    <ul className="grid gap-3">
      {tokens.map(({ id, name, hint, created_at, expires_at, last_used_at }) => (
        <li
          key={id}
          className="grid gap-2 rounded-card border border-border bg-card p-4 text-sm text-card-fg"
        >
          <p className="font-medium wrap-anywhere">
            {name} <span className="font-mono font-normal text-muted-fg">…{hint}</span>
          </p>
          <p className="text-muted-fg">
            Made {day(created_at)}; {last_used_at ? `last used ${day(last_used_at)}` : 'never used'};{' '}
            {expires_at ? `ends ${day(expires_at)}` : 'does not end by itself'}.
          </p>
          {children?.[id]}
        </li>
      ))}
    </ul>
  )
}
