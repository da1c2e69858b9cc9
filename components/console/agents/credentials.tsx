'use client'

import Link from 'next/link'
import { type ReactNode, useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Checkbox } from '#components/ui/checkbox'
import { Field, Input, Select } from '#components/ui/field'
import { ToldOnce } from '../told-once.tsx'
import { Area } from './agent-form.tsx'

/** A credential that was made; of a client secret the secret too, this once. */
export type CredentialResult = { fault: string } | { made: string; secret: string | null } | null
export type CredentialAction = (previous: CredentialResult, form: FormData) => Promise<CredentialResult>

function Made({ result }: { result: CredentialResult }) {
  if (!result) return null
  if ('fault' in result) return <Alert tone="danger">{result.fault}</Alert>
  if (result.secret === null) return <Alert tone="success">Added {result.made}.</Alert>
  return <ToldOnce what="secret" secret={result.secret} />
}

const kinds = {
  client_secret: 'A client secret',
  federated: "Another issuer's tokens",
  private_key_jwt: 'Its own key',
  tls_client_auth: 'A certificate',
} as const
type Kind = keyof typeof kinds

const keys = (
  <>
    <Field label="Address of its public keys (JWKS)">
      <Input name="jwks_uri" inputMode="url" maxLength={1000} placeholder="https://" autoComplete="off" />
    </Field>
    <Field label="Or the public keys themselves" hint='As JSON: {"keys":[…]}'>
      <Area name="jwks" />
    </Field>
  </>
)

const fields: Record<Kind, ReactNode> = {
  client_secret: null,
  private_key_jwt: keys,
  federated: (
    <>
      <Field
        label="Issuer"
        hint="As it stands in iss. Empty for a SPIFFE trust bundle. Without keys below, they are discovered."
      >
        <Input name="issuer" inputMode="url" maxLength={300} placeholder="https://" autoComplete="off" />
      </Field>
      <Field
        label="Subject"
        hint="As it stands in sub. It may end in :* after a whole repository, project or namespace."
      >
        <Input
          name="subject"
          required
          maxLength={500}
          placeholder="repo:acme/app:ref:refs/heads/main"
          autoComplete="off"
        />
      </Field>
      <Field label="Audience" hint="Empty for the issuer of this server, which is best.">
        <Input name="audience" maxLength={300} autoComplete="off" />
      </Field>
      <Field label="Further claims" hint='As JSON, each of which must be exactly so: {"repository_id":"42"}'>
        <Area name="claims" rows={2} />
      </Field>
      {keys}
      <Checkbox
        name="kept"
        label="A token may be used more than once"
        description="For tokens that a workload keeps in a file until they run out, as in Kubernetes."
      />
    </>
  ),
  tls_client_auth: (
    <Field label="SHA-256 thumbprint of its certificate" hint="Of the DER form, in base64url: 43 characters.">
      <Input name="certificate_thumbprint" required maxLength={43} autoComplete="off" />
    </Field>
  ),
}

/**
 * Adds a credential beside those that an agent has.
 * @param path of the page, which says in its address what is to be added
 * @param asked what the address says
 */
export function AddCredential({
  action,
  path,
  asked,
}: {
  action: CredentialAction
  path: string
  asked: string | null
}) {
  const [result, submit, pending] = useActionState(action, null)
  const kind: Kind = asked !== null && Object.hasOwn(kinds, asked) ? (asked as Kind) : 'client_secret'
  return (
    <div className="grid gap-4">
      <Made result={result} />
      <nav aria-label="What it proves itself with" className="flex flex-wrap gap-2">
        {Object.entries(kinds).map(([value, words]) => (
          <Link
            key={value}
            href={`${path}?add=${value}`}
            scroll={false}
            aria-current={value === kind ? 'true' : undefined}
            className="rounded-control border border-input px-3 py-1.5 text-sm hover:bg-muted aria-[current=true]:border-primary aria-[current=true]:font-medium"
          >
            {words}
          </Link>
        ))}
      </nav>
      <form key={kind} action={submit} className="grid max-w-xl gap-4">
        <input type="hidden" name="kind" value={kind} />
        <Field label="Credential name" hint="For people: what uses it.">
          <Input name="name" maxLength={100} autoComplete="off" />
        </Field>
        {fields[kind]}
        <Field label="Ends after">
          <Select name="expires_in_days" defaultValue="">
            <option value="">Never by itself</option>
            <option value="30">30 days</option>
            <option value="90">90 days</option>
            <option value="365">a year</option>
          </Select>
        </Field>
        <Button type="submit" disabled={pending} className="justify-self-start">
          Add credential
        </Button>
      </form>
    </div>
  )
}

/** Makes a new secret beside an old one, which ends by itself. */
export function RotateSecret({ action, what }: { action: CredentialAction; what: string }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <div className="grid gap-3">
      <Made result={result} />
      <form action={submit} className="flex flex-wrap items-end gap-2">
        <Select
          name="overlap_seconds"
          defaultValue="3600"
          aria-label={`The old secret of ${what} is good for`}
        >
          <option value="0">ends at once</option>
          <option value="3600">good for an hour</option>
          <option value="86400">good for a day</option>
          <option value="604800">good for a week</option>
        </Select>
        <Button type="submit" variant="secondary" disabled={pending} aria-label={`Rotate ${what}`}>
          Rotate
        </Button>
      </form>
    </div>
  )
}
