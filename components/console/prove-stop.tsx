'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'

/** What a rehearsed call was answered with; `refused` is what a stop that holds does. */
export type ProofResult =
  | { tool: string; account: string; refused: true; code: string; why: string; at: string }
  | { tool: string; account: string; refused: false; at: string }
  | { fault: string }
  | null

/** Rehearses a read through one of the accounts and shows what it is answered with. Nothing reaches a provider. */
export function ProveStop({ action }: { action: (previous: ProofResult) => Promise<ProofResult> }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid max-w-3xl gap-4">
      <p className="text-sm text-muted-fg">
        Rehearses a read through one of these accounts: every stage but the call itself. Nothing reaches the
        provider, and the refusal is in the audit.
      </p>
      <div aria-live="polite">
        {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
        {result && 'tool' in result && (
          <Alert
            tone={result.refused ? 'success' : 'danger'}
            title={result.refused ? 'Refused, as it should be' : 'It would have been made'}
          >
            <p>
              <code className="font-mono text-xs">{result.tool}</code> through{' '}
              <code className="font-mono text-xs break-all">{result.account}</code>, {result.at}
            </p>
            {result.refused && (
              <p className="mt-1">
                <code className="font-mono text-xs">{result.code}</code>: {result.why}
              </p>
            )}
            {!result.refused && (
              <p className="mt-1">Somebody connected this account again, or it is in use.</p>
            )}
          </Alert>
        )}
      </div>
      <Button type="submit" variant="secondary" disabled={pending} className="justify-self-start">
        Try a call now
      </Button>
    </form>
  )
}
