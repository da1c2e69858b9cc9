'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Checkbox } from '#components/ui/checkbox'
import { Field, Input, Select } from '#components/ui/field'
import type { SsoConnection } from '#lib/identity/schema'
import type { ConfirmResult } from '../confirm-action.tsx'

const plain = { autoCapitalize: 'none', autoCorrect: 'off', spellCheck: false } as const

/** An identity provider, to add or to change. */
export function ConnectionForm({
  action,
  connection,
}: {
  action: (previous: ConfirmResult, form: FormData) => Promise<ConfirmResult>
  connection?: SsoConnection
}) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="mt-4 grid max-w-2xl gap-4">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <Field label="Name" hint="As members know it, such as Okta or Entra.">
        <Input name="name" required maxLength={100} defaultValue={connection?.name} />
      </Field>
      <Field label="Issuer" hint="Exactly as the provider's discovery document says it.">
        <Input
          name="issuer"
          type="url"
          required
          maxLength={300}
          placeholder="https://login.example.com"
          defaultValue={connection?.issuer}
          {...plain}
        />
      </Field>
      <Field label="Client ID">
        <Input name="client_id" required maxLength={500} defaultValue={connection?.clientId} {...plain} />
      </Field>
      <Field label="How the client proves itself">
        <Select name="client_auth" defaultValue={connection?.clientAuth}>
          <option value="client_secret_basic">Secret, in a header (client_secret_basic)</option>
          <option value="client_secret_post">Secret, in the body (client_secret_post)</option>
          <option value="none">No secret: a public client with PKCE alone</option>
        </Select>
      </Field>
      <Field
        label="Client secret"
        hint={
          connection?.hasSecret
            ? 'Kept sealed. Leave it empty to keep it; another issuer needs its own.'
            : 'Kept sealed and never shown again.'
        }
      >
        <Input name="client_secret" type="password" autoComplete="off" maxLength={4000} />
      </Field>
      <Field label="Scopes" hint="Separated by spaces. Add what the provider needs to name groups.">
        <Input
          name="scopes"
          defaultValue={(connection?.scopes ?? ['openid', 'email', 'profile']).join(' ')}
          {...plain}
        />
      </Field>
      <Field label="Claim with the groups" hint="A claim of the ID token: a list of names or ids.">
        <Input
          name="groups_claim"
          maxLength={200}
          defaultValue={connection?.groupsClaim ?? 'groups'}
          {...plain}
        />
      </Field>
      <Checkbox
        name="creates_members"
        label="Make members at their first sign-in"
        description="Only those whose groups are bound to a role, with an address of a domain verified below."
        defaultChecked={connection?.createsMembers ?? true}
      />
      <Button type="submit" disabled={pending} className="justify-self-start">
        {connection ? 'Save' : 'Add connection'}
      </Button>
    </form>
  )
}
