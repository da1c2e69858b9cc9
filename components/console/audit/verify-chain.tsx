'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import type { ChainReport } from '#lib/audit/schema'
import { Fact, Facts } from '../facts.tsx'

export type VerifyResult = { report: ChainReport } | { fault: string }

/** Has the server walk the chain, and shows what it found. */
export function VerifyChain({ action }: { action: () => Promise<VerifyResult> }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <div className="grid gap-3">
      <form action={submit}>
        <Button type="submit" variant="secondary" disabled={pending}>
          {pending ? 'Verifying' : 'Verify chain'}
        </Button>
      </form>
      {result && <Verdict result={result} />}
    </div>
  )
}

function Verdict({ result }: { result: VerifyResult }) {
  if ('fault' in result) return <Alert tone="danger">{result.fault}</Alert>
  const { ok, events, head, first_bad, reason, checkpoints, signed_through, contradicted_by } = result.report
  return (
    <Alert tone={ok ? 'success' : 'danger'} title={ok ? 'Chain verified' : 'Chain broken'}>
      <div className="mt-2">
        <Facts>
          <Fact name={ok ? 'Events' : 'Events that hold'}>{events}</Fact>
          {first_bad && (
            <Fact name="First bad event">
              <code className="font-mono text-xs break-all">{first_bad}</code>
            </Fact>
          )}
          {reason && <Fact name="Reason">{reason}</Fact>}
          {contradicted_by && (
            <Fact name="Contradicted by">
              the head of event {contradicted_by.sequence}, signed at {contradicted_by.at} (
              {contradicted_by.from})
            </Fact>
          )}
          {ok && (
            <Fact name="Signed heads that agree">
              {signed_through === null
                ? 'none within reach of this server'
                : `${checkpoints}, up to event ${signed_through}`}
            </Fact>
          )}
          <Fact name={ok ? 'Head' : 'Last good hash'}>
            <code className="font-mono text-xs break-all">{head}</code>
          </Fact>
        </Facts>
      </div>
    </Alert>
  )
}
