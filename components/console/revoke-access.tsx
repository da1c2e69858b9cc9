'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'

/** How far a revocation has come at the provider. */
type Upstream = 'revoked' | 'unsupported' | 'pending' | 'unconfirmed'
export type RevokeResult = { upstream: Upstream } | { fault: string }

const atProvider: Record<Upstream, string> = {
  revoked: 'yes. The provider has confirmed it.',
  unsupported:
    'not supported. The provider has no such call; what was given ends when it expires or the user removes it there.',
  pending: 'will retry. The provider could not be reached; Behalf keeps trying.',
  unconfirmed: 'not confirmed. The provider was told but did not confirm it.',
}

type Props = {
  action: (previous: RevokeResult | null, form: FormData) => Promise<RevokeResult>
  /** Whether there is still something to revoke. */
  revocable: boolean
  what: string
}

/** Asks for a reason, revokes, and says what has happened here and at the provider. */
export function RevokeAccess({ action, revocable, what }: Props) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <div className="grid gap-3">
      {result && 'upstream' in result && (
        <Alert tone={result.upstream === 'revoked' ? 'success' : 'warning'}>
          <p>
            <strong>Stopped here:</strong> yes. No agent can use this account any more.
          </p>
          <p className="mt-1">
            <strong>Revoked at the provider:</strong> {atProvider[result.upstream]}
          </p>
        </Alert>
      )}
      {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
      {revocable && (
        <>
          <Button type="button" variant="danger" popoverTarget="revoke-access" className="justify-self-start">
            Revoke access
          </Button>
          <div
            id="revoke-access"
            popover="auto"
            role="dialog"
            aria-labelledby="revoke-title"
            onToggle={({ newState, currentTarget }) => {
              if (newState === 'open') currentTarget.querySelector('input')?.focus()
            }}
            className="m-auto w-[min(28rem,calc(100vw-2rem))] rounded-card border border-border bg-card p-5 text-card-fg shadow-card backdrop:bg-black/40"
          >
            <form action={submit} className="grid gap-4">
              <h2 id="revoke-title" className="text-base font-semibold">
                Revoke {what}?
              </h2>
              <p className="text-sm text-muted-fg">
                Every call through this account is refused from now on. The user can connect it again.
              </p>
              <Field label="Reason" hint="Kept in the audit.">
                <Input name="reason" required maxLength={500} autoComplete="off" />
              </Field>
              <div className="flex flex-wrap justify-end gap-2">
                <Button
                  type="button"
                  variant="secondary"
                  popoverTarget="revoke-access"
                  popoverTargetAction="hide"
                >
                  Cancel
                </Button>
                <Button type="submit" variant="danger" disabled={pending}>
                  Revoke now
                </Button>
              </div>
            </form>
          </div>
        </>
      )}
    </div>
  )
}
